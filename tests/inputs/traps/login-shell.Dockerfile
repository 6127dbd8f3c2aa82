# SHELL asks for a login shell, which reads what was written before.
ARG BASE=mad/base:trixie
FROM ${BASE}
SHELL ["/bin/bash", "-lc"]
RUN useradd -m dev
USER dev
RUN echo "${MARK:-none}" > ~/one
USER root
RUN echo 'export MARK=set' > /etc/profile.d/mark.sh
USER dev
RUN echo "${MARK:-none}" > ~/two
