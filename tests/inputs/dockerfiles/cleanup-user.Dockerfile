# root cleans up after dev, who made what it cleans: the order is a must.
ARG BASE=mad/base:trixie
FROM ${BASE}
RUN useradd -m dev
USER dev
RUN mkdir -p /tmp/work && echo big >/tmp/work/big && cp /tmp/work/big ~/kept
USER root
RUN rm -rf /tmp/work && cp /home/dev/kept /etc/kept
USER dev
RUN cat /etc/kept
