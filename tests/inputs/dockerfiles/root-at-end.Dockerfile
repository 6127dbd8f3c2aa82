# dev works and root is left as the image's user.
ARG BASE=mad/base:trixie
FROM ${BASE}
RUN useradd -m dev
USER dev
RUN echo built >~/built
USER root
COPY app.sh /usr/local/bin/app.sh
ENTRYPOINT ["sh", "/usr/local/bin/app.sh"]
