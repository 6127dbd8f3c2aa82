# chmod 777 and its friends, on the lines that they stand on.
ARG BASE=mad/base:trixie
FROM ${BASE}
RUN mkdir -p /data /srv/share \
 && chmod -R 777 /data \
 && chmod a+w /srv/share
RUN install -d -m 0777 /scratch && mkdir -m 1777 /sticky
RUN useradd -m dev
USER dev
WORKDIR /data
RUN echo mine >file
