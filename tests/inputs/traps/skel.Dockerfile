# A home is made from /etc/skel, as it is at the time.
ARG BASE=mad/base:trixie
FROM ${BASE}
RUN useradd -m dev
USER dev
RUN ls -A ~ > ~/list
USER root
RUN echo hello > /etc/skel/hello
USER dev
RUN touch ~/x
USER root
RUN useradd -m later
