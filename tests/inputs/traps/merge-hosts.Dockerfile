# A container is given /etc/hosts for every RUN, and a host name.
ARG BASE=mad/base:trixie
FROM ${BASE}
RUN (echo 192.0.2.1 here.example >> /etc/hosts) 2> /dev/null || touch /opt/refused
RUN grep -c here.example /etc/hosts > /opt/count || true
RUN touch /opt/x
