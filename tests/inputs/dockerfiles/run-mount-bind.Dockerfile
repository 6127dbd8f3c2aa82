# RUN --mount=type=bind from the context and from a stage.
ARG BASE=mad/base:trixie
FROM ${BASE} AS tools
RUN mkdir /out && echo tool >/out/tool

FROM ${BASE}
RUN useradd -m dev
USER dev
RUN --mount=type=bind,source=app.sh,target=/tmp/app.sh \
    --mount=type=bind,from=tools,source=/out,target=/tools \
    sh /tmp/app.sh >~/app.out && cp /tools/tool ~/tool
