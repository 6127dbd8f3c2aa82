# An ARG and an ENV of one name: the ENV wins, wherever it stands.
ARG BASE=mad/base:trixie
FROM ${BASE}
RUN useradd -m dev
ARG NAME=argument
USER dev
RUN echo $NAME > ~/one
USER root
ENV NAME=environment
RUN mkdir -p /opt/x
USER dev
RUN echo $NAME > ~/two
USER root
ARG NAME=again
RUN echo $NAME > /opt/three
