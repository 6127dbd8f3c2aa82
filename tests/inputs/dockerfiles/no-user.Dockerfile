# No USER at all: everything is the base's user.
ARG BASE=mad/base:trixie
FROM ${BASE}
RUN mkdir -p /opt/tool
RUN echo tool >/opt/tool/name
ENV PATH=/opt/tool:$PATH
CMD ["cat", "/opt/tool/name"]
