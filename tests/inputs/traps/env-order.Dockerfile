# A variable changes between two steps of one user.
ARG BASE=mad/base:trixie
FROM ${BASE}
RUN useradd -m dev
ENV LEVEL=one
USER dev
RUN echo $LEVEL > ~/one
USER root
RUN echo $LEVEL > /opt/one
ENV LEVEL=two
USER dev
RUN echo $LEVEL > ~/two
USER root
RUN echo $LEVEL > /opt/two
