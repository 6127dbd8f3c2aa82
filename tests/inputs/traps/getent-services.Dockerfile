# `getent` reads /etc/services.
ARG BASE=mad/base:trixie
FROM ${BASE}
RUN useradd -m dev && touch /etc/services && chmod 666 /etc/services
USER dev
RUN echo "mine 4242/tcp" >> /etc/services
USER root
RUN getent services mine > /opt/x || echo none > /opt/x
USER dev
RUN echo two > ~/y
