# escape=`
# The backtick continues and escapes; the backslash is a character.
ARG BASE=mad/base:trixie
FROM ${BASE}
RUN useradd -m dev `
 && echo 'a\b' >/home/dev/path
USER dev
ENV DIR=C:\temp\ `
    OTHER="a`"b"
RUN test "$DIR" = 'C:\temp\'
