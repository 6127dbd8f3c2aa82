# A root step reads what dev made, through a variable.
ARG BASE=mad/base:trixie
FROM ${BASE}
ENV DATA=/home/dev/data
RUN useradd -m dev
USER dev
RUN mkdir -p "$DATA" && echo one > "$DATA/a"
USER root
RUN cp "$DATA/a" /etc/a
USER dev
RUN echo two > "$DATA/a"
