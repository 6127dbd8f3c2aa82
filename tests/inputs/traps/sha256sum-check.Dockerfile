# `sha256sum -c` reads what its list names.
ARG BASE=mad/base:trixie
FROM ${BASE}
RUN useradd -m dev
USER dev
RUN echo one > /tmp/data
USER root
RUN echo "2c8b08da5ce60398e1f19af0e5dccc744df274b826abe585eaba68c525434806  /tmp/data" | sha256sum -c - && echo good > /opt/checked || echo bad > /opt/checked
USER dev
RUN echo two > ~/y
