# syntax=docker/dockerfile:1.4
# COPY with heredocs, two on one line, ONBUILD with one.
FROM debian:trixie
RUN useradd -m dev
COPY --chown=dev:dev <<one.conf <<-"two.conf" /home/dev/
a=${HOME}
one.conf
	b=$HOME
	two.conf
ONBUILD RUN <<EOF
USER nobody
EOF
COPY <<EOF /etc/app.conf
FROM here
EOF
USER dev
