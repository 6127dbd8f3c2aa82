# /dev/shm is empty for every RUN.
ARG BASE=mad/base:trixie
FROM ${BASE}
RUN echo a > /dev/shm/f && touch /opt/x
RUN test -e /dev/shm/f && touch /opt/leaked || touch /opt/clean
