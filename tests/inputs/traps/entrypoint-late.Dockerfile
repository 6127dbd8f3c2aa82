# The entrypoint is copied late, over one that dev was given.
ARG BASE=mad/base:trixie
FROM ${BASE}
RUN useradd -m dev
COPY --chown=dev context/collect.sh /srv/entrypoint.sh
USER dev
RUN sed -i 's/sh/sh -e/' /srv/entrypoint.sh || cp /srv/entrypoint.sh ~/entrypoint.sh
USER root
COPY context/tool.sh /srv/entrypoint.sh
RUN chmod 755 /srv/entrypoint.sh
USER dev
RUN cp /srv/entrypoint.sh ~/final.sh
ENTRYPOINT ["/srv/entrypoint.sh"]
