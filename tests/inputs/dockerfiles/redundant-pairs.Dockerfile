# USER lines that nothing needs: pairs, and the same again.
ARG BASE=mad/base:trixie
FROM ${BASE}
USER root
RUN useradd -m dev
USER dev
USER root
RUN mkdir /opt/a
USER root
RUN mkdir /opt/b
USER dev

# settings only: no step runs as root here
USER root
ENV A=1
LABEL org.example.a="1"
USER dev
RUN touch ~/done
