# CRLF line endings throughout, in continuations too.
ARG BASE=mad/base:trixie
FROM ${BASE}
RUN useradd -m dev
# why: a comment
USER dev
RUN echo one >~/one && \
    # inside
    echo two >~/two
USER root
LABEL a="b" \
      c="d"
USER dev
