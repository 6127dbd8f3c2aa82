# The same folder, made with two umasks by two users.
ARG BASE=mad/base:trixie
FROM ${BASE}
RUN useradd -m dev && mkdir /srv/box && chmod 777 /srv/box
USER root
RUN umask 027 && mkdir -p /srv/box/in/root
USER dev
RUN mkdir -p /srv/box/in/dev || true
USER root
RUN mkdir -p /srv/box/other
USER dev
RUN mkdir -p /srv/box/mine/dev
