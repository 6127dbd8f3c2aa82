# The plain good case: an account, one switch, its own folder.
ARG BASE=mad/base:trixie
FROM ${BASE}
RUN useradd --create-home --uid 1000 dev
WORKDIR /home/dev/app
COPY --chown=dev:dev app.sh ./
USER dev
RUN chmod +x app.sh
CMD ["./app.sh"]
