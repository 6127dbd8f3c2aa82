# dev makes a link in its home with a tool that is not known; root follows it.
ARG BASE=mad/base:trixie
FROM ${BASE}
RUN useradd -m dev
USER dev
RUN perl -e 'symlink("/tmp", "$ENV{HOME}/box")'
USER root
RUN touch /home/dev/box/by-root
USER dev
RUN ls /tmp > ~/seen
