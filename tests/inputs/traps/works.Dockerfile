# No trap: all of this may move, and does.
ARG BASE=mad/base:trixie
FROM ${BASE}
RUN useradd -m dev
USER dev
RUN mkdir -p ~/.config/tool && echo a=b > ~/.config/tool/rc
USER root
RUN mkdir -p /opt/service && echo on > /opt/service/state
COPY context/collect.sh /opt/service/collect.sh
USER dev
RUN printf 'export A=1\n' >> ~/.bashrc
USER root
RUN ln -s /opt/service /srv/service && chmod 755 /opt/service
USER dev
RUN chmod 700 ~/.config
