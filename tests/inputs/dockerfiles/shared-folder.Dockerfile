# A folder that two users share, done well: group, setgid, sticky.
ARG BASE=mad/base:trixie
FROM ${BASE}
RUN groupadd share \
 && useradd -m -G share one \
 && useradd -m -G share two \
 && install -d -g share -m 2775 /share \
 && install -d -m 1777 /drop
USER one
RUN echo 1 >/share/one
USER two
RUN echo 2 >/share/two
