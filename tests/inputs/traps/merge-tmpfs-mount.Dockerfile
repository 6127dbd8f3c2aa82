# A tmpfs is empty for every RUN.
ARG BASE=mad/base:trixie
FROM ${BASE}
RUN --mount=type=tmpfs,target=/work echo a > /work/f && touch /opt/x
RUN --mount=type=tmpfs,target=/work ls -A /work > /opt/list
