# A folder of a lower layer cannot be renamed, only copied, by whom it does not belong to.
ARG BASE=mad/base:trixie
FROM ${BASE}
RUN useradd -m dev && mkdir /srv/open && chmod 777 /srv/open
RUN mkdir /srv/open/d && touch /srv/open/d/f
RUN perl -e 'rename("/srv/open/d", "/srv/open/e") or mkdir("/srv/open/refused")'
RUN mkdir /srv/open/g && touch /srv/open/g/f
RUN mv /srv/open/g /srv/open/h
