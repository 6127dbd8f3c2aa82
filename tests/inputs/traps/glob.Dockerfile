# A root step reads what dev made, through a pattern.
ARG BASE=mad/base:trixie
FROM ${BASE}
RUN useradd -m dev
USER dev
RUN touch /tmp/a.txt /tmp/b.txt
USER root
RUN cat /tmp/*.txt > /opt/all && ls /tmp/*.txt > /opt/names
USER dev
RUN echo c > /tmp/c.txt
