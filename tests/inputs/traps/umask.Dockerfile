# A step with a umask of its own makes the folder that another would make too.
ARG BASE=mad/base:trixie
FROM ${BASE}
RUN useradd -m dev
USER dev
RUN umask 077 && mkdir -p ~/shared/private
USER root
RUN ls /home > /opt/homes
USER dev
RUN mkdir -p ~/shared/public
