# A cache mount carries files from step to step, past the image.
ARG BASE=mad/base:trixie
FROM ${BASE}
RUN useradd -m dev
USER root
RUN --mount=type=cache,id=mad-trap-cache,target=/cache,mode=0777 rm -rf /cache/* && echo first > /cache/x && chmod 666 /cache/x
USER dev
RUN --mount=type=cache,id=mad-trap-cache,target=/cache,mode=0777 cat /cache/x > ~/x; echo second > /cache/x
USER root
RUN --mount=type=cache,id=mad-trap-cache,target=/cache,mode=0777 cat /cache/x > /opt/x
USER dev
RUN --mount=type=cache,id=mad-trap-cache,target=/cache,mode=0777 cat /cache/x > ~/y
