# shellcheck shell=bash
# What quickstart and test share: an engine and a base image, set up only where there is none.
# Sourced, not run. Expects to be in the repository's root.

say() { printf '\n== %s\n' "$*" >&2; }

as_root() {
    if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo "$@"; fi
}

# install PACKAGE...: Debian packages, those that are missing.
install() {
    missing=
    for package in "$@"; do
        dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing="$missing $package"
    done
    [ -z "$missing" ] && return 0
    say "installing$missing"
    as_root apt-get update -qq
    # shellcheck disable=SC2086 # a list of names
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >&2
}

# Whether an engine answers. Its socket is asked, not mad, which may have other complaints. perl-base is on every Debian.
engine_answers() {
    local host=${DOCKER_HOST:-unix:///var/run/docker.sock}
    case $host in
    unix://*)
        # shellcheck disable=SC2016 # for perl
        perl -MIO::Socket::UNIX -e '
            alarm 10;
            my $socket = IO::Socket::UNIX->new(Peer => $ARGV[0]) or exit 1;
            $socket->print("GET /_ping HTTP/1.0\r\n\r\n");
            exit !(($socket->getline // "") =~ m{^HTTP/1\.[01] 200 });' \
            "${host#unix://}" ;;
    *) "$mad" doctor 2>/dev/null | grep -q '^ok *engine' ;;
    esac
}

# Builds mad itself; $mad is the program afterwards.
build_mad() {
    command -v cc >/dev/null || install build-essential
    # For the program in the image: half as large again without, see build.rs.
    if command -v rustup >/dev/null; then
        local musl
        musl=$(uname -m)-unknown-linux-musl
        rustup target list --installed | grep -qx "$musl" || rustup target add "$musl" ||
            say "without the target $musl: mad-runtime is linked with glibc"
    fi
    say "building mad"
    cargo build --release --locked
    mad=${CARGO_TARGET_DIR:-target}/release/mad
}

# An engine: the one that answers, else Debian's or Ubuntu's docker.io.
ensure_engine() {
    engine_answers && return 0
    [ -z "${DOCKER_HOST:-}" ] || { echo "no engine answers at DOCKER_HOST=$DOCKER_HOST" >&2; return 1; }
    command -v dockerd >/dev/null || install docker.io iptables
    say "starting the engine"
    if [ -d /run/systemd/system ]; then
        as_root systemctl start docker
    else
        as_root sh -c 'exec setsid dockerd >>/var/log/dockerd.log 2>&1 </dev/null &'
    fi
    for _ in $(seq 60); do
        engine_answers && return 0
        sleep 0.5
    done
    echo "the engine did not start; see /var/log/dockerd.log or 'journalctl -u docker'" >&2
    "$mad" doctor >&2
    return 1
}

# Docker's client: since trixie Debian's docker.io comes without it.
ensure_client() {
    command -v docker >/dev/null || install docker-cli
}

# What the client builds with since Docker 23; before, it needed nothing and there is no such package.
ensure_buildx() {
    docker buildx version >/dev/null 2>&1 && return 0
    if apt-cache show docker-buildx >/dev/null 2>&1; then
        install docker-buildx
    fi
}

# Compose 2, as `docker compose` or `docker-compose`: the distribution's, else Debian trixie's into FOLDER. Version 1,
# which Debian had until bookworm, does not read what mad writes.
ensure_compose() {
    docker compose version --short 2>/dev/null | grep -q '^v\?[2-9]' && return 0
    PATH=$PWD/$1:$PATH docker-compose version --short 2>/dev/null | grep -q '^v\?[2-9]' && return 0
    plugin_of_trixie "$1" docker-compose 2.26.1-4 47681197cb2b1ab88206b42a1a92fc75f50d9530a6322d03494a473eed0408ea
}

# What `mad bake` is tried with: buildx as `docker buildx` or `docker-buildx`, likewise into FOLDER.
ensure_bake() {
    docker buildx version >/dev/null 2>&1 && return 0
    PATH=$PWD/$1:$PATH command -v docker-buildx >/dev/null && return 0
    plugin_of_trixie "$1" docker-buildx 0.13.1+ds1-3 fcf8c48204d1603c8f209451d7827eb91bf30759578baf7704e9e1a87e5f1d7f
}

# plugin_of_trixie FOLDER PACKAGE VERSION SHA256: the program of a Docker CLI plugin, without its package.
plugin_of_trixie() {
    local file=${2}_${3}_amd64.deb
    say "no $2: taking Debian trixie's"
    curl -sSfL -o "$1/$file" "${DEBIAN_MIRROR:-http://deb.debian.org/debian}/pool/main/d/$2/$file"
    echo "$4  $1/$file" | sha256sum --check --quiet
    dpkg-deb --fsys-tarfile "$1/$file" | tar -x -C "$1" --strip-components=5 "./usr/libexec/docker/cli-plugins/$2"
    rm "$1/$file"
}

# A base image: the profile's own where a registry answers, else one from Debian's packages.
ensure_base() {
    "$mad" doctor 2>/dev/null | grep -q '^ok *base image' && return 0
    if timeout 60 docker pull -q debian:trixie-slim >&2; then
        return 0
    fi
    say "no image registry answers: making a base image from Debian's packages"
    install mmdebstrap debian-archive-keyring
    "$mad" base bootstrap --suite trixie --default
}
