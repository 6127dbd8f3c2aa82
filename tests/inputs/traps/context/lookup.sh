#!/bin/sh
# Finds a module in any home.
cat /home/*/.local/lib/"$1"
