#!/bin/bash
# mounts-case.sh NAME: one broken mount, in a mount namespace of its own. Prints what the check says of it, applies
# the fix that it prints, and prints what the check says then.
#
# /host is the project's folder on the host, /c what the container has mounted. `docker` is a stand-in: it does to
# these two what the engine would. /t holds the program, and of each case its configuration (NAME.json), how it is
# broken (NAME.break) and its mounts as `KIND WRITABLE SOURCE TARGET MORE` (NAME.mounts).
set -u
name=$1

# As compose.yaml has it: all that is mounted below /c goes, and comes anew.
recreate() {
    # What lies below another mount is reached once that is gone.
    while findmnt -rno TARGET | grep -q '^/c'; do
        for at in $(findmnt -rno TARGET | grep '^/c' | sort -r); do
            umount -l "$at" 2>/dev/null || true
        done
    done
    while read -r kind writable source target more; do
        if [ "$kind" = tmpfs ]; then
            mkdir -p "$target"
            mount -t tmpfs -o "$more" tmpfs "$target"
            continue
        fi
        [ -e "$source" ] || { echo "bind source path does not exist: $source" >&2; return 1; }
        mkdir -p "$(dirname "$target")"
        if [ -d "$source" ]; then
            [ -d "$target" ] || { rm -f "$target"; mkdir -p "$target"; }
        else
            [ -f "$target" ] || { rm -rf "$target"; : > "$target"; }
        fi
        mount --bind "$source" "$target"
        [ "$writable" = rw ] || mount -o remount,bind,ro "$target"
    done < "/t/$name.mounts"
}

docker() {
    case "$*" in
        'compose up --detach --force-recreate') recreate ;;
        'compose exec --user 0 agents '*) shift 5; "$@" ;;
        'run --rm --user 0 --volume '*)
            mount --bind "/vol/${6%%:*}/_data" /mnt
            shift 7
            "$@"
            umount /mnt
            ;;
        *) echo "docker: what is $*?" >&2; return 1 ;;
    esac
}

check() {
    setpriv --reuid 1000 --regid 1000 --clear-groups \
        /t/mad-runtime --config "/t/$name.json" mounts check --timeout "${timeout:-5s}"
    echo "status $?"
}

export EDITOR=/t/editor
export -f docker recreate
export name
mkdir -p /host /c /vol
mount -t tmpfs tmpfs /host
chmod 755 /host
cd /host
. "/t/$name.break"
echo "== broken"
check > /tmp/said
cat /tmp/said
fix=$(sed -n 's/^  fix: //p' /tmp/said | head -1)
echo "== fixed"
case $fix in
    'delete what is not needed; '*)
        # The last line is the folder itself.
        rm -rf "$(bash -c "${fix#*: }" | tail -2 | head -1 | cut -f2)"
        ;;
    *) bash -c "$fix" ;;
esac
timeout=5s
check
