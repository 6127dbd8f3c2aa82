# Users with groups: by name, by number, mixed.
ARG BASE=mad/base:trixie
FROM ${BASE}
RUN groupadd -g 2000 build && useradd -u 2001 -g build builder
USER builder:build
RUN id -g
USER 2001:build
RUN id -g
USER builder:2000
RUN id -g
USER root
