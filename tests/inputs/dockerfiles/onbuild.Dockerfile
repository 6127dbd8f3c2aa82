# ONBUILD: its USER counts in the builds on top, not here.
ARG BASE=mad/base:trixie
FROM ${BASE}
RUN useradd -m app
WORKDIR /srv
ONBUILD COPY --chown=app . .
ONBUILD USER root
ONBUILD RUN echo prepared >/srv/prepared
ONBUILD USER app
USER app
