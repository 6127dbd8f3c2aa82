# COPY is root's, whoever is in force, and replaces what dev changed.
ARG BASE=mad/base:trixie
FROM ${BASE}
RUN useradd -m dev
COPY --chown=dev:dev context/collect.sh /home/dev/run.sh
USER dev
RUN echo '# dev' >> ~/run.sh
USER root
RUN cp /home/dev/run.sh /opt/run.sh
USER dev
COPY context/tool.sh /home/dev/run.sh
RUN cp ~/run.sh ~/copy.sh
