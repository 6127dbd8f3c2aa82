# BusyBox: adduser -D -H -u -G, addgroup -S, su-exec.
FROM alpine:3.20 AS build
RUN addgroup -S app && adduser -S -D -H -u 100 -G app app
RUN apk add --no-cache su-exec && su-exec app:app id
USER app
WORKDIR /srv

FROM alpine:3.20
RUN adduser -D -h /home/web -s /sbin/nologin web
COPY --from=build --chown=web:web /srv /srv
USER web
CMD ["httpd", "-f"]
