# A program that goes into the background by itself.
ARG BASE=mad/base:trixie
FROM ${BASE}
RUN printf '#!/bin/sh\n(sleep 0.2; echo late > /opt/late) > /dev/null 2>&1 &\n' > /usr/local/bin/tool && chmod 755 /usr/local/bin/tool
RUN tool --daemonize && touch /opt/started
RUN sleep 0.6 && touch /opt/x
