# Two homes made one by links, as grown images do.
ARG BASE=mad/base:trixie
FROM ${BASE}
RUN useradd -m dev \
 && mkdir -p /home/dev/.config /home/dev/.cache
RUN ln -s /home/dev/.config /root/.config \
 && ln -sfn /home/dev/.cache /root/.cache
RUN chown -R dev:dev /home/dev
USER dev
