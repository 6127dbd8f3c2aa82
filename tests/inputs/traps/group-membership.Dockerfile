# dev may write the folder once it is in the group.
ARG BASE=mad/base:trixie
FROM ${BASE}
RUN useradd -m dev && groupadd crew && mkdir /srv/crew && chgrp crew /srv/crew && chmod 2775 /srv/crew
USER dev
RUN touch /srv/crew/early 2>/dev/null || echo no > ~/early
USER root
RUN usermod -aG crew dev
USER dev
RUN touch /srv/crew/late || echo no > ~/late
