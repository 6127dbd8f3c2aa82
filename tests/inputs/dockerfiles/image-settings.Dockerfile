# Instructions that no user changes, between switches that they do not need.
ARG BASE=mad/base:trixie
FROM ${BASE}
LABEL org.example.name="app" \
      org.example.version="1"
RUN useradd -m dev
USER dev
EXPOSE 8080/tcp
ENV PORT=8080
STOPSIGNAL SIGINT
USER root
HEALTHCHECK --interval=5s --retries=2 CMD test -e /tmp/ok || exit 1
VOLUME /data
USER dev
MAINTAINER nobody
CMD exec sleep 1
