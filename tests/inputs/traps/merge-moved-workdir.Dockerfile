# A working folder is moved away, and one that is named below is made again.
ARG BASE=mad/base:trixie
FROM ${BASE}
WORKDIR /srv/build/deep
RUN touch f && cd / && mv /srv/build /srv/done
RUN touch g
RUN cd /srv && rm -rf build
RUN touch h
