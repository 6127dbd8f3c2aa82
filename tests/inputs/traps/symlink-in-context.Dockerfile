# A folder of the context has a link in it.
ARG BASE=mad/base:trixie
FROM ${BASE}
RUN useradd -m dev && mkdir /srv/target && chmod 777 /srv/target
COPY context/tree /srv/tree
USER dev
RUN echo one > /srv/tree/link/x
USER root
RUN cp /srv/target/x /opt/x
USER dev
RUN echo two > /srv/target/x
