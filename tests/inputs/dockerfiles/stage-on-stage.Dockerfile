# A stage inherits user, folder, variables and shell of the stage that it stands on.
ARG BASE=mad/base:trixie
FROM ${BASE} AS base
SHELL ["/bin/bash", "-euo", "pipefail", "-c"]
ARG GREETING=hello
ENV APP_HOME=/home/dev/app
RUN useradd -m dev
USER dev
WORKDIR $APP_HOME

FROM base AS test
RUN [[ "$(whoami)" == dev ]] && echo "$GREETING" >greeting

FROM base AS release
USER root
RUN echo release >/etc/release-name
USER dev
RUN pwd >where
