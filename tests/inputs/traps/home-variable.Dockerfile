# `$HOME` of root and `$HOME` of dev are two folders.
ARG BASE=mad/base:trixie
FROM ${BASE}
RUN useradd -m dev
RUN echo root > $HOME/mark
USER dev
RUN echo dev > $HOME/mark
USER root
RUN cat $HOME/mark > /etc/mark && cat /home/dev/mark >> /etc/mark
USER dev
RUN echo later > $HOME/mark
