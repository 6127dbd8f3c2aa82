# Root and dev in turn, although the steps do not need each other.
ARG BASE=mad/base:trixie
FROM ${BASE}
RUN useradd -m -u 1000 dev

# a tool for everybody
RUN echo '#!/bin/sh' >/usr/local/bin/one && chmod 755 /usr/local/bin/one

USER dev
# dev's settings
RUN mkdir -p ~/.config && echo a=1 >~/.config/one

USER root
# another tool
RUN echo '#!/bin/sh' >/usr/local/bin/two && chmod 755 /usr/local/bin/two

USER dev
RUN echo b=2 >~/.config/two

USER root
RUN echo '#!/bin/sh' >/usr/local/bin/three && chmod 755 /usr/local/bin/three

USER dev
RUN echo c=3 >~/.config/three
WORKDIR /home/dev
