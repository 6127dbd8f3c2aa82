# A count of users is one more after each.
ARG BASE=mad/base:trixie
FROM ${BASE}
RUN useradd -m dev
USER dev
RUN wc -l /etc/passwd > ~/count
USER root
RUN useradd -m other
USER dev
RUN wc -l < /etc/passwd > ~/count2
