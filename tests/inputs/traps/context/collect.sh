#!/bin/sh
# Lists a folder into a file.
ls "$1" > "$2"
