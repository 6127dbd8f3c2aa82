# `env` looks at every variable.
ARG BASE=mad/base:trixie
FROM ${BASE}
RUN useradd -m dev
USER dev
RUN env | sort > ~/env
USER root
ENV LATER=1
RUN mkdir -p /opt/x
USER dev
RUN env | sort > ~/env2
