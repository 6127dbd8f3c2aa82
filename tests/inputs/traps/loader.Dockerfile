# The loader's settings are read by every command.
ARG BASE=mad/base:trixie
FROM ${BASE}
RUN useradd -m dev
USER dev
RUN touch ~/x
USER root
RUN echo /opt/lib > /etc/ld.so.conf.d/opt.conf && mkdir -p /opt/lib
USER dev
RUN touch ~/y
USER root
RUN ldconfig
