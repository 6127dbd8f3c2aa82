# runuser executes as another user, and what it makes is that user's.
ARG BASE=mad/base:trixie
FROM ${BASE}
RUN useradd -m dev
USER dev
RUN mkdir -p ~/own
USER root
RUN runuser -u dev -- touch /home/dev/own/x
USER dev
RUN ls ~/own > ~/list
