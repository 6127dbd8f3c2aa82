# chown -R takes what is there at its time.
ARG BASE=mad/base:trixie
FROM ${BASE}
RUN useradd -m dev && mkdir -p /srv/tree && chmod 777 /srv/tree
USER dev
RUN touch /srv/tree/one
USER root
RUN chown -R root:root /srv/tree
USER dev
RUN touch /srv/tree/two
