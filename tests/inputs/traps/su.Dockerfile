# su executes as another user, in a root step.
ARG BASE=mad/base:trixie
FROM ${BASE}
RUN useradd -m dev
USER root
RUN su dev -c 'echo one > ~/x'
USER dev
RUN cp ~/x ~/y
USER root
RUN su - dev -c 'echo two > ~/x'
USER dev
RUN cp ~/x ~/z
