"""Runs inside an image, by its own python3, and prints what is in it as JSON. Reads only."""

import glob
import hashlib
import json
import os
import pwd
import stat
import subprocess


def apt():
    said = subprocess.run(["dpkg-query", "-W", "-f", "${Package} ${Version}\n"], capture_output=True, text=True, check=True)
    return dict(line.split(" ", 1) for line in said.stdout.splitlines())


def apt_of_tools():
    """What would go if the tools of the build were not asked for: apt's own answer, nothing is removed."""
    tools = ["build-essential", "libnode-dev", "patch", "python3-venv"]
    here = [tool for tool in tools if tool in apt()]
    if not here:
        return []
    extended = "/tmp/extended_states"
    with open(extended, "w", encoding="utf-8") as states:
        for tool in here:
            states.write(f"Package: {tool}\nArchitecture: amd64\nAuto-Installed: 1\n\n")
        try:
            with open("/var/lib/apt/extended_states", encoding="utf-8") as own:
                states.write(own.read())
        except FileNotFoundError:
            pass
    options = ["-o", f"Dir::State::extended_states={extended}"]
    for name in ("RecommendsImportant", "SuggestsImportant"):
        options += ["-o", f"APT::AutoRemove::{name}=false"]
    said = subprocess.run(["apt-get", "-s", *options, "autoremove"], capture_output=True, text=True, check=True)
    return sorted({line.split()[1] for line in said.stdout.splitlines() if line.startswith("Remv ")})


def node_modules():
    """Folder of the agents' packages."""
    for folder in ("/opt/mad/node/node_modules", "/usr/local/lib/agents/node_modules"):
        if os.path.isdir(folder):
            return folder
    raise SystemExit("no node_modules")


def npm():
    """name -> versions; a package is a folder with a package.json below a node_modules."""
    found = {}
    for folder, folders, files in os.walk(node_modules()):
        parts = folder.split("/")
        at = len(parts) - 1 - parts[::-1].index("node_modules")
        depth = len(parts) - at - 1
        is_package = depth == 2 if depth and parts[at + 1].startswith("@") else depth == 1
        if is_package and "package.json" in files:
            with open(os.path.join(folder, "package.json"), encoding="utf-8") as file:
                package = json.load(file)
            if "version" in package:
                found.setdefault("/".join(parts[at + 1 :]), set()).add(package["version"])
    return {name: sorted(versions) for name, versions in found.items()}


def native():
    """Native modules by name, those of the packages that are compiled here."""
    names = ("better-sqlite3", "diskusage", "hnswlib-node", "node-pty")
    found = set()
    for name in names:
        for path in glob.glob(f"{node_modules()}/**/{name}/build/Release/*.node", recursive=True):
            found.add(f"{name}/{os.path.basename(path)}")
    return sorted(found)


def python():
    """Packages of the environment that is on PATH."""
    ask = "import json; from importlib.metadata import distributions as d; print(json.dumps({x.name.lower().replace('_', '-'): x.version for x in d()}))"
    return json.loads(subprocess.run(["python", "-c", ask], capture_output=True, text=True, check=True).stdout)


def files(top):
    """path -> type, mode, owner, SHA-256."""
    found = {}
    for folder, folders, names in os.walk(top):
        for name in sorted(folders) + sorted(names):
            path = os.path.join(folder, name)
            status = os.lstat(path)
            fact = {"mode": stat.filemode(status.st_mode), "owner": f"{status.st_uid}:{status.st_gid}"}
            if stat.S_ISREG(status.st_mode):
                with open(path, "rb") as file:
                    fact["sha256"] = hashlib.sha256(file.read()).hexdigest()
            found[path] = fact
    return found


def users():
    people = [entry for entry in pwd.getpwall() if 1000 <= entry.pw_uid < 60000]
    return {f"{entry.pw_name}": f"{entry.pw_uid}:{entry.pw_gid} {entry.pw_dir} {entry.pw_shell}" for entry in people}


def patched():
    with open(f"{node_modules()}/claude-flow/src/mcp/mcp-server.js", "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


def du(top):
    """Bytes on disk below a folder."""
    said = subprocess.run(["du", "-sxb", top], capture_output=True, text=True, check=False).stdout
    return int(said.split()[0]) if said else 0


print(
    json.dumps(
        {
            "apt": apt(),
            "apt_of_tools": apt_of_tools(),
            "npm": npm(),
            "native": native(),
            "python": python(),
            "files": {**files("/app"), **files("/workspace")},
            "users": users(),
            "mcp_server": patched(),
            "bytes": {
                "node_modules": du(node_modules()),
                "python": du(os.environ["VIRTUAL_ENV"]),
                "caches": du("/root/.npm") + du("/root/.cache"),
            },
        }
    )
)
