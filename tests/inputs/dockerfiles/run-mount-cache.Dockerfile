# RUN --mount=type=cache with uid and gid: the cache is the user's.
ARG BASE=mad/base:trixie
FROM ${BASE}
RUN useradd -m -u 1000 dev
USER dev
RUN --mount=type=cache,target=/home/dev/.cache/tool,uid=1000,gid=1000,mode=0700 \
    date >/home/dev/.cache/tool/last && cp /home/dev/.cache/tool/last ~/last
USER root
RUN --mount=type=cache,target=/var/cache/tool,sharing=locked touch /var/cache/tool/x
USER dev
