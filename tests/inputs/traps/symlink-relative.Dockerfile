# A relative link between folders.
ARG BASE=mad/base:trixie
FROM ${BASE}
RUN useradd -m dev && mkdir /srv/real && chmod 777 /srv/real && ln -s real /srv/alias
USER dev
RUN echo one > /srv/alias/x
USER root
RUN cat /srv/real/x > /opt/x
USER dev
RUN echo two > /srv/real/x
