# tmpfs and an optional secret: neither is in a layer.
ARG BASE=mad/base:trixie
FROM ${BASE}
RUN useradd -m -u 1000 dev
USER dev
RUN --mount=type=tmpfs,target=/work --mount=type=secret,id=token,required=false,uid=1000,mode=0400 \
    test ! -e /run/secrets/token || wc -c </run/secrets/token
