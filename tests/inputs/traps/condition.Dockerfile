# What a step does depends on what is there.
ARG BASE=mad/base:trixie
FROM ${BASE}
RUN useradd -m dev
USER dev
RUN if [ -e /opt/mark ]; then echo yes > ~/x; else echo no > ~/x; fi
USER root
RUN touch /opt/mark
USER dev
RUN [ -e /opt/mark ] && echo yes > ~/y
