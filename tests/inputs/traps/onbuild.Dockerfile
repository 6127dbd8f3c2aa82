# ONBUILD is for the children, in its order.
ARG BASE=mad/base:trixie
FROM ${BASE}
RUN useradd -m dev
USER dev
ONBUILD RUN echo one
RUN touch ~/x
USER root
ONBUILD USER root
RUN touch /opt/x
USER dev
ONBUILD RUN echo two
RUN touch ~/y
