# A script makes the link; its text shows nothing.
ARG BASE=mad/base:trixie
FROM ${BASE}
COPY context/link.sh /usr/local/bin/link-it
RUN useradd -m dev && chmod +x /usr/local/bin/link-it && link-it /home/dev /work
USER dev
RUN echo one > /work/x
USER root
RUN mkdir -p /opt/seen && cp /home/dev/x /opt/seen/x
USER dev
RUN echo two > /home/dev/x
