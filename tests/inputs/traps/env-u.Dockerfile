# `env -u` executes a command with other variables.
ARG BASE=mad/base:trixie
FROM ${BASE}
ENV MARK=set
RUN useradd -m dev
USER dev
RUN env -u MARK sh -c 'echo ${MARK:-none}' > ~/x
USER root
RUN env -i sh -c 'cat /home/dev/x' > /opt/x
USER dev
RUN echo two > ~/x
