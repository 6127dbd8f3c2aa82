# A `cd` that fails leaves the folder as it was.
ARG BASE=mad/base:trixie
FROM ${BASE}
RUN useradd -m dev && mkdir /srv/a && chmod 777 /srv/a
WORKDIR /srv/a
USER dev
RUN cd /missing; echo one > x
USER root
RUN cat /srv/a/x > /opt/x
USER dev
RUN cd /missing; echo two > x
