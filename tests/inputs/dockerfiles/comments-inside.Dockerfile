# Comments and blank lines within continued instructions; headings that belong to nobody.
ARG BASE=mad/base:trixie
FROM ${BASE}

#
# Accounts
#

# dev is for people
RUN useradd -m dev \
    # its folder
    && mkdir /home/dev/bin \

    # an empty line above
    && chown dev /home/dev/bin

# ---------------------------------------------------------------- tools

# the first
USER dev
RUN echo 1 >~/bin/1
# the second
RUN echo 2 >~/bin/2

# the end of the file
