# In a sticky folder only the owner may remove.
ARG BASE=mad/base:trixie
FROM ${BASE}
RUN useradd -m dev && mkdir /srv/sticky && chmod 1777 /srv/sticky && touch /srv/sticky/root
USER dev
RUN rm -f /srv/sticky/root 2>/dev/null || touch /srv/sticky/could-not
USER root
RUN chmod 777 /srv/sticky
USER dev
RUN rm -f /srv/sticky/root || touch /srv/sticky/could-not-again
