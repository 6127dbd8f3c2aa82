# Root at the end on purpose: the entrypoint drops its rights itself.
ARG BASE=mad/base:trixie
FROM ${BASE}
RUN useradd -r -d /var/lib/app app && install -d -o app /var/lib/app
RUN printf '#!/bin/sh\nexec setpriv --reuid=app --regid=app --clear-groups "$@"\n' >/entrypoint \
 && chmod 755 /entrypoint
VOLUME /var/lib/app
ENTRYPOINT ["/entrypoint"]
CMD ["id", "-un"]
