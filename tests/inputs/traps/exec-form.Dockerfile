# The exec form has no shell: nothing is expanded.
ARG BASE=mad/base:trixie
FROM ${BASE}
RUN useradd -m dev && mkdir '/opt/$HOME' && chmod 777 '/opt/$HOME'
USER dev
RUN ["touch", "/opt/$HOME/x"]
USER root
RUN ["cp", "-r", "/opt/$HOME", "/srv/copy"]
USER dev
RUN ["touch", "/opt/$HOME/y"]
