# A user named above the step that makes it: the engine refuses this file.
FROM debian:trixie
COPY --chown=dev:staff . /app
USER dev
RUN whoami
USER root
RUN groupadd staff2 && useradd -m dev
USER dev:staff2
