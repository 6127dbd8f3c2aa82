# PATH changes between two steps that use one name.
ARG BASE=mad/base:trixie
FROM ${BASE}
RUN useradd -m dev && mkdir -p /opt/tools && printf '#!/bin/sh\necho tool\n' > /opt/tools/which-one && chmod +x /opt/tools/which-one
RUN printf '#!/bin/sh\necho standard\n' > /usr/local/bin/which-one && chmod +x /usr/local/bin/which-one
USER dev
RUN which-one > ~/first
USER root
RUN which-one > /opt/first
ENV PATH=/opt/tools:$PATH
USER dev
RUN which-one > ~/second
USER root
RUN which-one > /opt/second
