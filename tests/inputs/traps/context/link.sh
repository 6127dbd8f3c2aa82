#!/bin/sh
ln -s "$1" "$2"
