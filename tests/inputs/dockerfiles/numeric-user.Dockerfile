# USER 1000:1000 and nobody made that account.
ARG BASE=mad/base:trixie
FROM ${BASE}
RUN mkdir /data && chown 1000:1000 /data
USER 1000:1000
WORKDIR /data
RUN id -u >owner
