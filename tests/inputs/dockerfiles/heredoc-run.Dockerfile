# syntax=docker/dockerfile:1.4
# Heredocs as scripts; USER within them is text.
FROM debian:trixie
RUN <<EOF
set -eu
useradd -m dev
cat >/etc/motd <<INNER
USER root
INNER
chmod 777 /srv
EOF
USER dev
RUN <<-'SCRIPT'
	echo "$HOME" >~/home
	SCRIPT
RUN bash -e <<"END OF IT"
USER=nobody
echo "$USER" >~/user
END OF IT
USER root
RUN echo end
USER dev
