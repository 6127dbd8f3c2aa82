# A command in a folder of PATH hides the standard one.
ARG BASE=mad/base:trixie
FROM ${BASE}
ENV PATH=/home/dev/bin:$PATH
RUN useradd -m dev
USER root
RUN touch /opt/before
USER dev
RUN mkdir -p ~/bin && printf '#!/bin/sh\necho hidden > /tmp/hidden\n' > ~/bin/touch && chmod +x ~/bin/touch
USER root
RUN touch /opt/after
USER dev
RUN echo x > ~/x
