# The number and the name are one user, and the file cannot know.
ARG BASE=mad/base:trixie
FROM ${BASE}
RUN groupadd --gid 1000 dev && useradd --uid 1000 --gid 1000 --create-home dev
USER 1000
RUN touch ~/one
USER dev
RUN touch ~/two
USER 1000:1000
