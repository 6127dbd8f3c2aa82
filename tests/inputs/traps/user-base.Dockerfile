# A stand-in for `pip --user`: root's tool finds what dev installed below its home.
ARG BASE=mad/base:trixie
FROM ${BASE}
COPY context/lookup.sh /usr/local/bin/lookup
RUN useradd -m dev && chmod +x /usr/local/bin/lookup
USER dev
RUN mkdir -p ~/.local/lib && echo 1 > ~/.local/lib/module
USER root
RUN lookup module > /opt/found
USER dev
RUN echo 2 > ~/.local/lib/module
