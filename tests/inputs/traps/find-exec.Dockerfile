# find executes for all that it finds.
ARG BASE=mad/base:trixie
FROM ${BASE}
RUN useradd -m dev
USER dev
RUN mkdir -p ~/tree/a && touch ~/tree/a/one
USER root
RUN find /home/dev/tree -type f -exec cp {} /opt/ \;
USER dev
RUN touch ~/tree/a/two
