# Three accounts for three jobs; every switch is needed.
ARG BASE=mad/base:trixie
FROM ${BASE}
RUN useradd -m build && useradd -m test && useradd -m run \
 && install -d -m 0755 -o build /work
USER build
RUN echo built >/work/result && chmod 644 /work/result
USER test
RUN grep built /work/result >~/report
USER run
RUN cat /work/result >~/result
