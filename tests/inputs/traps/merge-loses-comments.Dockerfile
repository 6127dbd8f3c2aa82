# Comments within a step, in front of its text.
ARG BASE=mad/base:trixie
FROM ${BASE}
RUN \
    # why a is there
    touch /opt/a && \
    # why b is there
    touch /opt/b
RUN touch /opt/c
