# Two names of one file.
ARG BASE=mad/base:trixie
FROM ${BASE}
RUN useradd -m dev && touch /srv/a && chmod 666 /srv/a
USER root
RUN ln /srv/a /srv/b
USER dev
RUN echo dev >> /srv/b
USER root
RUN echo root >> /srv/a
USER dev
RUN echo dev again >> /srv/b
