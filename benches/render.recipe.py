# The stages and packages of the profile `cpu` as a recipe of HPCCM, for benches/render. Not for building.
# pylint: disable=undefined-variable  # HPCCM gives the names
Stage0 += baseimage(image="debian:trixie-slim", _as="base", _distro="ubuntu22")
Stage0 += environment(variables={"LANG": "C.UTF-8"})
Stage0 += packages(
    apt=["ca-certificates", "curl", "git", "jq", "less", "nodejs", "openssh-client", "procps", "python3", "ripgrep", "tini"]
)
Stage1 += baseimage(image="debian:trixie-slim", _as="toolchain", _distro="ubuntu22")
Stage1 += packages(apt=["build-essential", "ccache", "libnode-dev", "patch", "python3-venv", "nodejs", "python3"])
Stage1 += workdir(directory="/opt/mad/node")
Stage1 += copy(src=["locks/package.json", "locks/package-lock.json"], dest="./")
Stage1 += shell(commands=["corepack npm ci --ignore-scripts", "corepack npm rebuild better-sqlite3 node-pty"])
Stage1 += copy(src="patches/claude-flow", dest="/opt/mad/patches/claude-flow")
Stage1 += shell(commands=["sha256sum -c before.sha256", "patch -p1 -i 02.patch", "sha256sum -c after.sha256"])
Stage1 += copy(src="locks/cpu.txt", dest="/opt/mad/locks/")
Stage1 += shell(commands=["python3 -m venv /opt/mad/venv", "/opt/mad/venv/bin/pip install -r /opt/mad/locks/cpu.txt"])
Stage0 += copy(_from="toolchain", src="/opt/mad/node", dest="/opt/mad/node")
Stage0 += copy(_from="toolchain", src="/opt/mad/venv", dest="/opt/mad/venv")
Stage0 += shell(commands=["useradd -u 1000 -m dev", "install -d -m 2775 -o 1000 -g 1000 /workspace"])
Stage0 += user(user="dev")
Stage0 += workdir(directory="/workspace")
