# A stage that stands on another has its user and its files.
ARG BASE=mad/base:trixie
FROM ${BASE} AS base
RUN useradd -m dev
USER dev
RUN echo one > ~/x
FROM base
RUN id -un > ~/who
USER root
RUN cp /home/dev/x /opt/x
USER dev
RUN echo two > ~/x
