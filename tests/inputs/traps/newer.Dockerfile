# `test -nt` compares times, which the order of steps makes.
ARG BASE=mad/base:trixie
FROM ${BASE}
RUN useradd -m dev
USER dev
RUN touch /tmp/dev
USER root
RUN touch /tmp/root
USER dev
RUN test /tmp/root -nt /tmp/dev && touch ~/root-is-newer || touch ~/dev-is-newer
USER root
RUN touch /tmp/root
