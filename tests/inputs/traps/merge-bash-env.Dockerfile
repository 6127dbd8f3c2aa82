# bash reads a file at the start of every RUN that the steps write.
ARG BASE=mad/base:trixie
FROM ${BASE}
SHELL ["/bin/bash", "-c"]
ENV BASH_ENV=/etc/bash_env
RUN touch /etc/bash_env
RUN echo 'X=one' >> /etc/bash_env
RUN echo "$X" > /opt/x
