# The shell has -e from its start: left of `&&` it would not count.
ARG BASE=mad/base:trixie
FROM ${BASE}
SHELL ["/bin/bash", "-e", "-c"]
RUN touch /opt/a && touch /opt/b
RUN (false; touch /opt/never) || touch /opt/c
RUN mkdir /opt/d && echo "$(false; echo x)" > /opt/d/x
RUN if true; then touch /opt/e; fi
RUN touch /opt/f
