# Under `set -e` a subshell would end at its first command.
ARG BASE=mad/base:trixie
FROM ${BASE}
RUN touch /opt/a && (cat /etc/missing 2>/dev/null; echo default > /opt/x)
RUN cd /opt && touch b
