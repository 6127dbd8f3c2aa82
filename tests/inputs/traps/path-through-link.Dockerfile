# A folder of PATH is a link.
ARG BASE=mad/base:trixie
FROM ${BASE}
RUN useradd -m dev && mkdir -p /srv/tools && ln -s /srv/tools /opt/cmds
ENV PATH=/opt/cmds:$PATH
RUN printf '#!/bin/sh\necho hidden > /tmp/log; exec /usr/bin/touch "$@"\n' > /srv/tools/touch && chmod 755 /srv/tools/touch
USER dev
RUN touch ~/x
USER root
RUN cp /tmp/log /opt/log || echo none > /opt/log
USER dev
RUN echo two > ~/y
