# Numbers are given out in order: two users swapped have swapped numbers.
ARG BASE=mad/base:trixie
FROM ${BASE}
RUN useradd -m first
USER first
RUN touch ~/x
USER root
RUN useradd -m second
USER second
RUN touch ~/x
USER root
RUN useradd -m third
USER first
RUN id > ~/id
