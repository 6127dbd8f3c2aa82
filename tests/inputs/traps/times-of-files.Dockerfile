# A program compares the times of files, and nobody can see it.
ARG BASE=mad/base:trixie
FROM ${BASE}
RUN useradd -m dev && mkdir /srv/w && chmod 777 /srv/w
COPY context/newer.sh /usr/local/bin/cargo
RUN chmod 755 /usr/local/bin/cargo
USER dev
RUN touch /srv/w/main.rs
USER root
RUN touch /srv/w/stamp
USER dev
RUN touch ~/b
RUN cargo /srv/w/main.rs /srv/w/stamp > ~/verdict
