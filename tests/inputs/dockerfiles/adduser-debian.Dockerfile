# Debian's adduser, its options, and a user added to a group.
FROM debian:trixie
RUN apt-get update \
 && apt-get install -y --no-install-recommends adduser sudo \
 && rm -rf /var/lib/apt/lists/*
RUN addgroup --gid 1500 team
RUN adduser --disabled-password --gecos "" --uid 1500 --gid 1500 --home /srv/dev dev \
 && adduser dev sudo
USER dev
RUN sudo install -d -o dev /opt/dev
USER dev:team
RUN touch ~/x
