# A stand-in for sudo: what dev may do depends on a file of root's.
ARG BASE=mad/base:trixie
FROM ${BASE}
COPY context/may.sh /usr/local/bin/may
RUN useradd -m dev && chmod +x /usr/local/bin/may && mkdir -p /etc/sudoers.d
USER dev
RUN may dev > ~/one
USER root
RUN echo 'dev ALL=(ALL) NOPASSWD:ALL' > /etc/sudoers.d/dev
USER dev
RUN may dev > ~/two
