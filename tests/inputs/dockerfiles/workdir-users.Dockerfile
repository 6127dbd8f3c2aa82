# WORKDIR makes its folder as the user in force.
ARG BASE=mad/base:trixie
FROM ${BASE}
RUN useradd -m dev && chmod 755 /home/dev
WORKDIR /root-made
USER dev
WORKDIR /home/dev/a
WORKDIR b
RUN test -w .
USER root
WORKDIR /home/dev/c
RUN pwd
USER dev
RUN test ! -w .
