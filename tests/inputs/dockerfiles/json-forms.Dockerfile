# The JSON form of RUN, COPY, CMD, ENTRYPOINT and VOLUME.
ARG BASE=mad/base:trixie
FROM ${BASE}
RUN ["/usr/sbin/useradd", "-m", "dev"]
RUN ["/bin/sh", "-c", "mkdir -p /data && chmod 777 /data"]
COPY ["app.sh", "/app/app.sh"]
VOLUME ["/data"]
USER dev
ENTRYPOINT ["sh"]
CMD ["/app/app.sh"]
