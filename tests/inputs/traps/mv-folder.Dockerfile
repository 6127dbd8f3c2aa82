# A folder is moved between two steps that use it.
ARG BASE=mad/base:trixie
FROM ${BASE}
RUN useradd -m dev && mkdir -p /srv/old && chmod 777 /srv/old
USER dev
RUN touch /srv/old/x
USER root
RUN mv /srv/old /srv/new
USER dev
RUN touch /srv/new/y
