# What is made in a setgid folder belongs to its group.
ARG BASE=mad/base:trixie
FROM ${BASE}
RUN useradd -m dev && groupadd crew && mkdir /srv/crew && chmod 777 /srv/crew
USER dev
RUN touch /srv/crew/before
USER root
RUN chgrp crew /srv/crew && chmod g+s /srv/crew
USER dev
RUN touch /srv/crew/after && mkdir -p /srv/crew/sub/sub
