# Copied under USER dev, and yet root's: dev reads it, and writes beside it.
ARG BASE=mad/base:trixie
FROM ${BASE}
RUN useradd -m dev && install -d -o dev /home/dev/app
USER dev
WORKDIR /home/dev/app
COPY . .
RUN sh app.sh >out.txt
