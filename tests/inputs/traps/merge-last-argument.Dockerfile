# bash keeps the last argument of the command before.
ARG BASE=mad/base:trixie
FROM ${BASE}
SHELL ["/bin/bash", "-c"]
RUN touch /opt/a
RUN echo "$_" | grep -c opt > /opt/last || true
RUN cd /opt && touch b
RUN pwd > /opt/pwd && echo "$OLDPWD" > /opt/oldpwd
