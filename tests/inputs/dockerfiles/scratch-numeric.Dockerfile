# On scratch there is no account: a number is all there is.
ARG BASE=mad/base:trixie
FROM ${BASE} AS build
RUN mkdir -p /out/data && echo static >/out/app && chmod 755 /out/app

FROM scratch
COPY --from=build /out/app /app
COPY --from=build --chown=65532:65532 /out/data /data
USER 65532:65532
WORKDIR /data
ENTRYPOINT ["/app"]
