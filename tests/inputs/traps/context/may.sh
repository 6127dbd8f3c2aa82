#!/bin/sh
# Whether a user is named in sudoers.
grep -qs "^$1" /etc/sudoers.d/* && echo yes || echo no
