# chown -R in the step that writes: nothing is stored twice.
ARG BASE=mad/base:trixie
FROM ${BASE}
RUN useradd -m dev \
 && mkdir -p /app/data \
 && echo 1 >/app/data/one \
 && chown -R dev:dev /app
USER dev
WORKDIR /app
