# A loop over what a variable and a pattern give.
ARG BASE=mad/base:trixie
FROM ${BASE}
RUN useradd -m dev
USER dev
RUN for name in a b c; do echo $name > /tmp/$name.in; done
USER root
RUN for file in /tmp/*.in; do cp $file /opt/; done
USER dev
RUN for name in a b; do echo again > /tmp/$name.in; done
