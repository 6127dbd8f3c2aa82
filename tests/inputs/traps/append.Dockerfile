# Two users append to one file.
ARG BASE=mad/base:trixie
FROM ${BASE}
RUN useradd -m dev && touch /srv/list && chmod 666 /srv/list
USER dev
RUN echo dev >> /srv/list
USER root
RUN echo root >> /srv/list
USER dev
RUN printf 'dev\n' >> /srv/list
