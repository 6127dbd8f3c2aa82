# SHELL changes for some steps and travels with them.
ARG BASE=mad/base:trixie
FROM ${BASE}
RUN useradd -m -s /bin/bash dev
SHELL ["/bin/bash", "-o", "pipefail", "-c"]
USER dev
RUN echo {1..3} | tr ' ' '\n' >~/numbers
USER root
SHELL ["/bin/sh", "-c"]
RUN echo plain >/etc/plain
SHELL ["/bin/bash", "-c"]
USER dev
RUN [[ -f ~/numbers ]]
