# The last line has no end.
ARG BASE=mad/base:trixie
FROM ${BASE}
RUN useradd -m dev
USER dev
RUN touch ~/x
USER root
RUN mkdir /y
USER dev