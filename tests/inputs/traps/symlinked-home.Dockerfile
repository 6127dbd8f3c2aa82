# Two homes are one folder.
ARG BASE=mad/base:trixie
FROM ${BASE}
RUN useradd -m dev && rm -rf /home/user && ln -s /home/dev /home/user
USER dev
RUN echo one > /home/user/x
USER root
RUN cp /home/dev/x /opt/x
USER dev
RUN echo two > /home/user/x
