# USER from ENV, which an ARG of the same name overrides below.
ARG BASE=mad/base:trixie
FROM ${BASE}
ENV APP_USER=app
RUN useradd -r app && useradd -r other
USER ${APP_USER}
RUN whoami
ARG APP_USER=other
USER ${APP_USER}
RUN whoami
