# The next step is executed by another shell.
ARG BASE=mad/base:trixie
FROM ${BASE}
RUN ln -sf /bin/bash /bin/sh
RUN echo "${BASH_VERSION:+bash}" > /opt/shell
RUN ln -sf dash /bin/sh
RUN echo "${BASH_VERSION:+bash}" > /opt/shell-again
