# USER $X from a build argument with a default.
ARG BASE=mad/base:trixie
FROM ${BASE}
ARG USERNAME=dev
ARG USER_UID=1000
RUN useradd -m -u ${USER_UID} ${USERNAME}
USER $USERNAME
RUN touch /home/$USERNAME/mine
