# A default value names the file.
ARG BASE=mad/base:trixie
FROM ${BASE}
RUN useradd -m dev
USER dev
RUN echo one > /tmp/${PLACE:-place}
USER root
RUN cp /tmp/place /opt/place
USER dev
ENV PLACE=elsewhere
RUN echo two > /tmp/${PLACE:-place}
