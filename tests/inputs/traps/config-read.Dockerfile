# A stand-in for `npm config`: dev's settings decide what root's tool writes, and where.
ARG BASE=mad/base:trixie
FROM ${BASE}
COPY context/tool.sh /usr/local/bin/tool
RUN useradd -m dev && chmod +x /usr/local/bin/tool
USER dev
RUN tool set prefix /tmp/prefix
USER root
RUN HOME=/home/dev tool install
USER dev
RUN tool set prefix /tmp/other
