# The home of dev is changed by hand.
ARG BASE=mad/base:trixie
FROM ${BASE}
RUN useradd -m dev && mkdir /srv/home && chmod 777 /srv/home
USER dev
RUN touch ~/old
USER root
RUN sed -i 's|/home/dev|/srv/home|' /etc/passwd
USER dev
RUN touch ~/new
