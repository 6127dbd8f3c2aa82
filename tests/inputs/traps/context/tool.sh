#!/bin/sh
# A tool with settings in its user's home, as npm has them.
case "$1" in
  set) echo "$3" > "$HOME/.toolrc" ;;
  install) mkdir -p "$(cat "$HOME/.toolrc")" && echo installed > "$(cat "$HOME/.toolrc")/tool" ;;
esac
