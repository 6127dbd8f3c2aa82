# A number and a name are one user, or two.
ARG BASE=mad/base:trixie
FROM ${BASE}
RUN useradd -m -u 4242 dev
USER 4242
RUN echo $HOME > /tmp/home
USER root
RUN cp /tmp/home /opt/home
USER dev
RUN echo two > /tmp/home
