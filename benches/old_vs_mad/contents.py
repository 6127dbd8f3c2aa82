"""What is in both images: packages with their versions, files, users; and why they differ where they do.

A difference that no rule here explains is listed as such, and `benches/old-vs-mad check` fails on it: no scenario may
be won by leaving work out.
"""

import json
import subprocess
from pathlib import Path

from .engine import DOCKER, Failed

INVENTORY = Path(__file__).with_name("inventory.py")
ONE_STAGE = "what only the build needs stays in an image of one stage; mad's comes from a stage that is not kept"
NO_LOCK = "the old way has no lock file: the newest version that its dependants allow"
PRUNED = "mad removes what can never run here (templates/files/prune-node): other systems' binaries"
START = "the old image's own: what it does at each start"
LISTS = "the old image's own: the lists for pip; mad's lock stays in its build stage"
OWN_FOLDERS = "the old image's own: folders for its supervisor"
OWNER = "the old image's chown -R; mad's files of the project belong to the user too, by COPY --chown"
BUILD_TOOL = "pip is in each environment of python -m venv; mad installs with uv, from outside"
SOURCE_TEST = "a test of the package that its own build leaves; nothing loads it"


def inventory(tag):
    """Asks the image itself, by a program that runs in it without network."""
    done = subprocess.run(
        [DOCKER, "run", "--rm", "-i", "--network", "none", "--user", "0", "--entrypoint", "python3", tag, "-"],
        input=INVENTORY.read_bytes(),
        capture_output=True,
        check=False,
    )
    if done.returncode:
        raise Failed(f"the inventory of {tag} failed:\n{done.stderr.decode(errors='replace')[-2000:]}")
    return json.loads(done.stdout)


def compare(old_tag, mad_tag):
    """What is common, counted, and every difference with its reason."""
    old, mad = inventory(old_tag), inventory(mad_tag)
    differences = [
        *versions("apt", old["apt"], mad["apt"], lambda name: apt_reason(name, old)),
        *versions("npm", joined(old["npm"]), joined(mad["npm"]), npm_reason),
        *versions("pip", old["python"], mad["python"], lambda name: BUILD_TOOL if name == "pip" else None),
        *versions("native", dict.fromkeys(old["native"], "built"), dict.fromkeys(mad["native"], "built"), native_reason),
        *versions("user", old["users"], mad["users"], lambda _: None),
        *versions("file", texts(old["files"]), texts(mad["files"]), lambda path: file_reason(path, old, mad)),
    ]
    if old["mcp_server"] != mad["mcp_server"]:
        differences.append(
            {
                "kind": "file",
                "name": "claude-flow/src/mcp/mcp-server.js",
                "old": old["mcp_server"][:12],
                "mad": mad["mcp_server"][:12],
                "reason": "mad's is patched in the build, between two checksums; the old image's at each start",
            }
        )
    sides = [{**side, "npm": joined(side["npm"])} for side in (old, mad)]
    common = {kind: len(set(sides[0][kind].items()) & set(sides[1][kind].items())) for kind in ("apt", "npm", "python", "users")}
    common["native"] = len(set(old["native"]) & set(mad["native"]))
    common["files"] = len(set(texts(old["files"]).items()) & set(texts(mad["files"]).items()))
    return {"common": common, "bytes": {"old": old["bytes"], "mad": mad["bytes"]}, "differences": differences}


def joined(packages):
    return {name: ", ".join(found) for name, found in packages.items()}


def texts(files):
    return {path: f"{fact['mode']} {fact['owner']} {fact.get('sha256', '')[:12]}".strip() for path, fact in files.items()}


def versions(kind, old, mad, reason):
    """One entry for each name that differs; `reason` is asked for the cause."""
    for name in sorted(set(old) | set(mad)):
        if old.get(name) != mad.get(name):
            # A version may be newer without a lock; a package that is missing needs another reason.
            newer = NO_LOCK if kind in ("npm", "pip") and name in old and name in mad else None
            yield {"kind": kind, "name": name, "old": old.get(name), "mad": mad.get(name), "reason": newer or reason(name)}


def apt_reason(name, old):
    return ONE_STAGE if name in old["apt_of_tools"] else None


def npm_reason(name):
    others = ("darwin", "win32", "musl", "freebsd", "android", "arm64", "-arm")
    return PRUNED if any(other in name for other in others) else None


def native_reason(name):
    return SOURCE_TEST if name.endswith("test_extension.node") else None


def file_reason(path, old, mad):
    if path.startswith("/app/start"):
        return START
    if path.startswith("/app/requirements"):
        return LISTS
    if path in ("/app/mcp-logs", "/workspace/.supervisor"):
        return OWN_FOLDERS
    both = old["files"].get(path), mad["files"].get(path)
    if all(both) and both[0].get("sha256") == both[1].get("sha256"):
        return OWNER
    return None


def unexplained(value):
    return [difference for difference in value["differences"] if not difference["reason"]]
