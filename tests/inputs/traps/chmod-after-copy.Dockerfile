# The mode that dev's tool sees is set after the copy.
ARG BASE=mad/base:trixie
FROM ${BASE}
RUN useradd -m dev
COPY context/collect.sh /srv/run.sh
USER dev
RUN test -x /srv/run.sh && touch ~/early || touch ~/too-early
USER root
RUN chmod +x /srv/run.sh
USER dev
RUN test -x /srv/run.sh && touch ~/late || touch ~/too-late
