# WORKDIR makes the folder for the user in force.
ARG BASE=mad/base:trixie
FROM ${BASE}
RUN useradd -m dev
USER dev
WORKDIR /srv/dev/deep
USER root
WORKDIR /srv/root/deep
RUN touch /srv/root/x
USER dev
WORKDIR /srv/dev/other
RUN touch /srv/dev/x
