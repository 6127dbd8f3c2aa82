# ARG in FROM, with a default, a platform and a name from variables.
ARG DISTRO=mad/base
ARG SUITE=trixie
ARG BASE=${DISTRO}:${SUITE}
FROM ${BASE} AS runtime
ARG SUITE
RUN useradd -m dev && echo "${SUITE}" >/etc/suite
USER dev
