# frontend: heredoc
# The text of a step stands below it.
ARG BASE=mad/base:trixie
FROM ${BASE}
RUN useradd -m dev
USER dev
RUN <<EOF
mkdir -p ~/x
echo one > ~/x/y
EOF
USER root
RUN <<EOF
cp /home/dev/x/y /opt/y
EOF
USER dev
RUN <<EOF
echo two > ~/x/y
EOF
