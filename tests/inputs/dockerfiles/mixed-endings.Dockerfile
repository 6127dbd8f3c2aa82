# Some lines end in CRLF, some in LF: an editor and a merge.
ARG BASE=mad/base:trixie
FROM ${BASE}
RUN useradd -m dev
USER dev
RUN echo one >~/one && \
    echo two >~/two
USER root
RUN mkdir /three
USER dev
