FROM alpine:4

SHELL ["/bin/sh"]
SHELL "bin/sh"
SHELL ["/bin/sh", "-c"]