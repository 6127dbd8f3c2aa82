# chown -R over what earlier steps wrote: every file is in the image twice.
ARG BASE=mad/base:trixie
FROM ${BASE}
RUN useradd -m dev
WORKDIR /app
COPY . .
RUN mkdir -p /var/lib/app && echo state >/var/lib/app/state
RUN chown -R dev:dev /app \
 && chown -R dev /var/lib/app
USER dev
CMD ["sh", "app.sh"]
