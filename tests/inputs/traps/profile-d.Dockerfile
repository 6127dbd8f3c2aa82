# A login shell reads /etc/profile.d.
ARG BASE=mad/base:trixie
FROM ${BASE}
RUN useradd -m dev
USER dev
RUN bash -lc 'echo "${MARK:-none}" > ~/one'
USER root
RUN echo 'export MARK=set' > /etc/profile.d/mark.sh
USER dev
RUN bash -lc 'echo "${MARK:-none}" > ~/two'
