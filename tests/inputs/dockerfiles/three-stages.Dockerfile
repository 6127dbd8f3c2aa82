# Users in three stages: each has its own runs, and its own minimum.
ARG BASE=mad/base:trixie
FROM ${BASE} AS one
RUN useradd -m -u 1000 a
USER a
RUN echo 1 >~/1
USER root
RUN mkdir /one
USER a
RUN echo 2 >~/2

FROM ${BASE} AS two
COPY --from=one /home/a/1 /two/1
USER nobody
RUN id -un

FROM one
COPY --from=two /two /two
COPY --from=1 /two/1 /again
USER root
RUN mkdir /three
USER a
