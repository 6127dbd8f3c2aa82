# A shell remembers where it found a command.
ARG BASE=mad/base:trixie
FROM ${BASE}
RUN mkdir /srv/tools && printf '#!/bin/sh\necho other > /opt/other\n' > /srv/tools/touch && chmod 755 /srv/tools/touch
RUN touch /opt/a
RUN cp /srv/tools/* /usr/local/bin/
RUN touch /opt/b
