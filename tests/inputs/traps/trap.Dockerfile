# A trap executes at the end, whatever the text says before.
ARG BASE=mad/base:trixie
FROM ${BASE}
RUN useradd -m dev
USER dev
RUN trap 'echo end >> /tmp/log' EXIT; echo start >> /tmp/log
USER root
RUN cp /tmp/log /opt/log
USER dev
RUN echo more >> /tmp/log
