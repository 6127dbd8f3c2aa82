# A listing has whatever is there at its time.
ARG BASE=mad/base:trixie
FROM ${BASE}
RUN useradd -m dev
USER dev
RUN touch /tmp/one
USER root
RUN ls /tmp > /opt/listing
USER dev
RUN touch /tmp/two
