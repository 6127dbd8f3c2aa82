# The groups of a user are read when a RUN starts.
ARG BASE=mad/base:trixie
FROM ${BASE}
USER root
RUN groupadd crew && usermod -aG crew root
RUN id -Gn > /opt/groups
