# A folder of the context with the name of a file.
ARG BASE=mad/base:trixie
FROM ${BASE}
RUN useradd -m dev && mkdir /srv/lib && chmod 777 /srv/lib && echo old > /srv/lib/a
USER dev
RUN touch ~/x
USER root
RUN cp /srv/lib/a /opt/a
USER dev
COPY context/three.js /srv/lib/
RUN touch ~/b
USER root
RUN touch /opt/z
