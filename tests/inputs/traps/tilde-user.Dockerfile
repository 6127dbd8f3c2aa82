# A root step reads `~dev`.
ARG BASE=mad/base:trixie
FROM ${BASE}
RUN useradd -m -d /srv/dev dev
USER dev
RUN echo token > ~/token
USER root
RUN install -m 600 ~dev/token /etc/token
USER dev
RUN rm ~/token
