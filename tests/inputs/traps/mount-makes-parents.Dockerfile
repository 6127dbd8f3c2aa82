# A mount makes the folders above its target.
ARG BASE=mad/base:trixie
FROM ${BASE}
RUN useradd -m dev
USER dev
RUN test -d /srv/q && touch ~/yes || touch ~/no
USER root
RUN --mount=type=cache,target=/srv/q/cache true
USER dev
RUN touch ~/b
