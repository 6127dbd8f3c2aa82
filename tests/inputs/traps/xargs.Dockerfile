# xargs executes what it reads.
ARG BASE=mad/base:trixie
FROM ${BASE}
RUN useradd -m dev
USER dev
RUN echo /opt/made > /tmp/list
USER root
RUN xargs touch < /tmp/list
USER dev
RUN echo /opt/other > /tmp/list
