# Modes under different umasks, and a private folder.
ARG BASE=mad/base:trixie
FROM ${BASE}
RUN useradd -m dev && install -d -m 0700 -o dev /home/dev/private
USER dev
RUN umask 077 && echo secret >/home/dev/private/one
RUN echo open >/home/dev/open
USER root
RUN umask 027 && mkdir /srv/team && chgrp dev /srv/team
USER dev
