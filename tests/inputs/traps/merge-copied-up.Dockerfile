# Two names of one file: a later layer changes one of them only.
ARG BASE=mad/base:trixie
FROM ${BASE}
RUN echo a > /opt/a && ln /opt/a /opt/b
RUN chmod 600 /opt/a
RUN touch /opt/c
