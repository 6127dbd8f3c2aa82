# The ARG above FROM is not seen in the stage: USER is empty there.
ARG USERNAME=dev
FROM debian:trixie
RUN useradd -m dev
USER $USERNAME
RUN whoami
ARG USERNAME
USER ${USERNAME}
RUN whoami
