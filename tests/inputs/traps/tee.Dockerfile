# tee writes files that no redirection names.
ARG BASE=mad/base:trixie
FROM ${BASE}
RUN useradd -m dev && touch /srv/log && chmod 666 /srv/log
USER dev
RUN echo dev | tee -a /srv/log > /dev/null
USER root
RUN echo root | tee -a /srv/log | tee /opt/copy
USER dev
RUN cat /srv/log > ~/log
