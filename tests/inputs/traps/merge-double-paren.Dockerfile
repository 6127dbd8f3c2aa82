# Two brackets in a row are arithmetic for bash.
ARG BASE=mad/base:trixie
FROM ${BASE}
SHELL ["/bin/bash", "-c"]
RUN (cd /srv && touch a)
RUN cd /opt && touch b
