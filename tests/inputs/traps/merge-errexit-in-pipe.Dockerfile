# Under `set -e` a group in a pipeline would end at its first command.
ARG BASE=mad/base:trixie
FROM ${BASE}
RUN { cat /etc/missing 2>/dev/null; echo default; } | cat > /opt/x
RUN cd /opt && touch b
