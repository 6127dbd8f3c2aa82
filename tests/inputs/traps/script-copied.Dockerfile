# A script copied before is executed after dev wrote its input.
ARG BASE=mad/base:trixie
FROM ${BASE}
COPY context/collect.sh /usr/local/bin/collect.sh
RUN useradd -m dev && chmod +x /usr/local/bin/collect.sh
USER dev
RUN echo x > /tmp/input
USER root
RUN collect.sh /tmp /opt/collected
USER dev
RUN echo y > /tmp/input2
