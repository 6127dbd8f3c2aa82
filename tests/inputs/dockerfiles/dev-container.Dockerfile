# A development container: user and numbers from arguments, password-less sudo, homes of two users.
FROM mcr.microsoft.com/devcontainers/base:bookworm
ARG USERNAME=vscode
ARG USER_UID=1000
ARG USER_GID=$USER_UID
USER root
RUN groupmod --gid $USER_GID $USERNAME \
    && usermod --uid $USER_UID --gid $USER_GID $USERNAME \
    && chown -R $USER_UID:$USER_GID /home/$USERNAME
RUN echo "$USERNAME ALL=(root) NOPASSWD:ALL" >/etc/sudoers.d/$USERNAME \
    && chmod 0440 /etc/sudoers.d/$USERNAME
USER $USERNAME
RUN curl -fsSL https://example.com/install.sh | sh
RUN sudo apt-get update && sudo apt-get install -y ripgrep
USER root
RUN ln -s /home/$USERNAME/.local/bin/tool /usr/local/bin/tool
USER $USERNAME
ENV HOME=/home/$USERNAME
WORKDIR /workspaces
