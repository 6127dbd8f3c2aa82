# syntax=docker/dockerfile:1.4
# A heredoc for another program: no shell text, whatever it looks like.
FROM python:3.12-slim
RUN <<EOF
#!/usr/bin/env python3
sudo = "chmod 777 /x"
print(sudo)
EOF
RUN python3 - 3<<DATA
chown -R x /y
DATA
RUN useradd -m dev
USER dev
