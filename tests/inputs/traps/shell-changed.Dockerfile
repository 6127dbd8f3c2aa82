# SHELL changes between two steps of one user.
ARG BASE=mad/base:trixie
FROM ${BASE}
RUN useradd -m dev
USER dev
RUN echo "${BASH_VERSION:-none}" > ~/one
USER root
SHELL ["/bin/bash", "-c"]
RUN echo "${BASH_VERSION:+bash}" > /opt/one
USER dev
RUN echo "${BASH_VERSION:+bash}" > ~/two
