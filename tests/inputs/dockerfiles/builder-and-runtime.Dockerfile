# Two stages, an account in each, COPY --from between them.
ARG BASE=mad/base:trixie
FROM ${BASE} AS builder
RUN useradd -m builder
USER builder
WORKDIR /home/builder/src
COPY --chown=builder app.sh .
RUN mkdir out && cp app.sh out/app

FROM ${BASE}
RUN useradd -r app
COPY --from=builder --chown=app:app /home/builder/src/out/app /usr/local/bin/app
USER app
CMD ["sh", "/usr/local/bin/app"]
