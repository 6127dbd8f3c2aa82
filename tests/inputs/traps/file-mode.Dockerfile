# dev can write only after root opened the folder; the mode of what is made before differs.
ARG BASE=mad/base:trixie
FROM ${BASE}
RUN useradd -m dev && mkdir /srv/open
USER dev
RUN test -w /srv/open && touch /srv/open/by-dev || touch /tmp/refused
USER root
RUN chmod 777 /srv/open
USER dev
RUN test -w /srv/open && touch /srv/open/by-dev || touch /tmp/refused-again
