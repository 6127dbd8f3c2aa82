# Commands come whose names the file does not say.
ARG BASE=mad/base:trixie
FROM ${BASE}
RUN useradd -m dev && mkdir /srv/tools && printf '#!/bin/sh\necho hidden > /tmp/log; exec /usr/bin/touch "$@"\n' > /srv/tools/touch && chmod 755 /srv/tools/touch
RUN cp /srv/tools/* /usr/local/bin/
USER dev
RUN touch ~/x
USER root
RUN cp /tmp/log /opt/log || echo none > /opt/log
USER dev
RUN echo two > ~/y
