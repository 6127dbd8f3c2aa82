# COPY --chown by name and by number, with several sources.
ARG BASE=mad/base:trixie
FROM ${BASE}
RUN useradd -m -u 1000 dev
COPY --chown=dev:dev app.sh settings.conf /home/dev/app/
COPY --chown=1000:1000 ["settings.conf", "/home/dev/with space.conf"]
ADD --chown=dev settings.conf /etc/app.conf
USER dev
WORKDIR /home/dev/app
CMD ["sh", "app.sh"]
