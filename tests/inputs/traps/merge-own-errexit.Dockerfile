# A step sets -e for itself.
ARG BASE=mad/base:trixie
FROM ${BASE}
RUN (set -e; touch /opt/a; test -e /opt/a; touch /opt/b)
RUN set -eu && touch /opt/c
RUN touch /opt/d
RUN cd /opt && umask 077 && touch e
RUN touch /opt/f
RUN X=1 && let Y=2 || touch "/opt/g$X$Y"
RUN touch "/opt/h$X$Y"
