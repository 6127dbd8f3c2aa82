# WORKDIR adds to itself, and steps are relative to it.
ARG BASE=mad/base:trixie
FROM ${BASE}
RUN useradd -m dev
WORKDIR /srv
USER dev
WORKDIR data
RUN touch one
USER root
WORKDIR sub
RUN touch two
USER dev
WORKDIR /srv/data
RUN touch three
