# What is written to a bind mount is gone after the RUN.
ARG BASE=mad/base:trixie
FROM ${BASE}
RUN --mount=type=bind,target=/w,rw touch /w/new && touch /opt/a
RUN --mount=type=bind,target=/w,rw test -e /w/new && touch /opt/leaked || touch /opt/clean
