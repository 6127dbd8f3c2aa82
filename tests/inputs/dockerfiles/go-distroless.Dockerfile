# Cross-building: FROM --platform, platform arguments, COPY --link, a numeric user at the end.
# syntax is left to the engine
FROM --platform=$BUILDPLATFORM golang:1.23 AS build
ARG TARGETOS TARGETARCH
WORKDIR /src
RUN --mount=type=bind,target=. \
    --mount=type=cache,target=/root/.cache/go-build \
    --mount=type=cache,target=/go/pkg \
    GOOS=$TARGETOS GOARCH=$TARGETARCH go build -o /out/app .

FROM gcr.io/distroless/static
COPY --link --chown=65532:65532 --chmod=0555 --from=build /out/app /app
USER 65532:65532
ENTRYPOINT ["/app"]
