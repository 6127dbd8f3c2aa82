# A working folder that is gone is made again for the next RUN.
ARG BASE=mad/base:trixie
FROM ${BASE}
WORKDIR /tmp/build
RUN touch f && rm -rf /tmp/build
RUN touch /opt/x
WORKDIR /
