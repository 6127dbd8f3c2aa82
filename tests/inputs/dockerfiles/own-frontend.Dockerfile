# syntax=example/dockerfile-plus:1
# Another frontend: its instructions are kept as they are.
FROM debian:trixie
INCLUDE common.Dockerfile
USER dev
INCLUDE+ "more \
  lines"
USER root
