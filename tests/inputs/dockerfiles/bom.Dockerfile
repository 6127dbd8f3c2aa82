# A byte order mark in front: editors on Windows leave one.
ARG BASE=mad/base:trixie
FROM ${BASE}
RUN useradd -m dev
USER dev
RUN touch ~/x
