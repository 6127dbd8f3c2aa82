# COPY --chmod, once open to everybody.
ARG BASE=mad/base:trixie
FROM ${BASE}
RUN useradd -m dev
COPY --chmod=755 app.sh /usr/local/bin/app
COPY --chmod=0666 settings.conf /etc/app.conf
USER dev
CMD ["app"]
