# A here-string with a substitution reads a file.
ARG BASE=mad/base:trixie
FROM ${BASE}
SHELL ["/bin/bash", "-c"]
RUN useradd -m dev
USER dev
RUN echo one > ~/x
USER root
RUN cat <<< "$(cat /home/dev/x)" > /opt/x
USER dev
RUN echo two > ~/x
