# ${X:-d}, ${X-d} and ${X:+a} in USER and --chown.
ARG BASE=mad/base:trixie
FROM ${BASE}
ARG RUN_AS
ARG GROUP=staff
RUN useradd -g ${GROUP:-users} dev
COPY --chown=${RUN_AS:-dev}:${GROUP} app.sh /srv/app.sh
USER ${RUN_AS:-dev}:${GROUP:+staff}
CMD ["sh", "/srv/app.sh"]
