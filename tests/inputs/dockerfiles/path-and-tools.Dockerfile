# A tool that dev installs for itself, used under root through PATH.
ARG BASE=mad/base:trixie
FROM ${BASE}
RUN useradd -m dev
USER dev
RUN mkdir -p ~/bin && printf '#!/bin/sh\necho tool\n' >~/bin/tool && chmod +x ~/bin/tool
ENV PATH=/home/dev/bin:$PATH
USER root
RUN tool >/etc/tool.out
USER dev
RUN tool >~/tool.out
