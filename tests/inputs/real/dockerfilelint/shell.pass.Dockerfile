FROM alpine:4

SHELL ["/bin/sh", "-c"]