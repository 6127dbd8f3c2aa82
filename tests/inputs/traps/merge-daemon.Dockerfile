# A program that stays when its step is over: it ends with its RUN, and would not in one RUN.
ARG BASE=mad/base:trixie
FROM ${BASE}
RUN printf '#!/bin/sh\nsleep 0.2; echo late > /opt/late\n' > /usr/local/bin/svc && chmod 755 /usr/local/bin/svc && start-stop-daemon --start --background --startas /usr/local/bin/svc --pidfile /run/svc.pid --make-pidfile && echo started > /opt/started
RUN sleep 0.6 && touch /opt/x
