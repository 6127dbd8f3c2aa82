# Where a relative path is depends on the `cd` before it.
ARG BASE=mad/base:trixie
FROM ${BASE}
RUN useradd -m dev && mkdir -p /srv/a/b && chmod -R 777 /srv/a
USER dev
RUN cd /srv/a && cd b && echo one > x
USER root
RUN cd /srv && cat a/b/x > y
USER dev
RUN cd /srv/a; cd missing || cd b; echo two > x
