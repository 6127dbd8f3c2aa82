# A user renamed and moved: usermod -l, -d, -u; a group renamed with it.
ARG BASE=mad/base:trixie
FROM ${BASE}
RUN useradd -m -u 1000 ubuntu
RUN usermod -l dev -d /home/dev -m ubuntu \
 && groupmod -n dev ubuntu
USER dev
RUN echo ok >~/ok
USER root
RUN usermod -u 1001 dev && groupmod -g 1001 dev && chown -R dev:dev /home/dev
USER 1001
