# setpriv executes as a number.
ARG BASE=mad/base:trixie
FROM ${BASE}
RUN useradd -m -u 4242 dev && mkdir /srv/n && chmod 777 /srv/n
USER root
RUN setpriv --reuid=4242 --clear-groups touch /srv/n/x
USER dev
RUN test -O /srv/n/x && echo mine > ~/mine
USER root
RUN chown root /srv/n/x
