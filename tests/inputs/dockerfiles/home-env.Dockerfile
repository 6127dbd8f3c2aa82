# ENV HOME does not follow USER: root writes into dev's home.
ARG BASE=mad/base:trixie
FROM ${BASE}
RUN useradd -m dev
ENV HOME=/home/dev
RUN mkdir -p "$HOME/.config" && echo root >"$HOME/.config/owner"
USER dev
RUN test ! -w "$HOME/.config/owner"
USER root
ENV HOME=/root
RUN echo root >"$HOME/owner"
USER dev
RUN test "$HOME" = /root
