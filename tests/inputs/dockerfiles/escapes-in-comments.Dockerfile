# What would like to drive a terminal: [2J[31mred]0;title ‮txt.exe
ARG BASE=mad/base:trixie
FROM ${BASE}
LABEL evil="::error file=x::oops [1m"
RUN useradd -m dev && echo '[2J' >/dev/null && chmod 777 /opt
USER dev
