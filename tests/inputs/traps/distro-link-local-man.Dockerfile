# /usr/local/man is the distribution's link to share/man.
ARG BASE=mad/base:trixie
FROM ${BASE}
RUN useradd -m dev && mkdir -p /usr/local/share/man && chmod 777 /usr/local/share/man
USER dev
RUN echo one > /usr/local/man/x
USER root
RUN cp /usr/local/share/man/x /opt/x
USER dev
RUN echo two > ~/y
