# HOME is read from /etc/passwd when a RUN starts.
ARG BASE=mad/base:trixie
FROM ${BASE}
USER root
RUN mkdir /srv/home && sed -i 's#^root:x:0:0:root:/root:#root:x:0:0:root:/srv/home:#' /etc/passwd
RUN echo "$HOME" > /opt/home && touch ~/x
