#!/bin/sh
# Greets whoever opens a shell.
echo "claude-flow $(claude-flow --version), $(claude --version), $(node --version), $(python3 --version)"
