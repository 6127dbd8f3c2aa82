# Copied under USER dev, and yet root's: the build step cannot write beside it.
ARG BASE=mad/base:trixie
FROM ${BASE}
RUN useradd -m dev && install -d -o dev /home/dev/app
USER dev
WORKDIR /home/dev/app
COPY . .
RUN sh app.sh >out.txt
