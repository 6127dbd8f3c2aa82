"""What is edited in each scenario, on both sides. Every one starts from the round's cold build."""

from dataclasses import dataclass
from typing import Callable

from .workspace import PROFILE, Folders, edit_json, replace

# The neighbours on npm with the same dependencies: claude-flow moves, nothing else does.
FLOW = {
    "2.7.47": "sha512-DwC9DEC2MQY/0WBEHcQ95sfo/LwCzpbzEK74DLJaIJLNxu/6w+IpDgYPJ7BpGATfxMMHXgeRSMRn9yaSXlVDfQ==",
    "2.7.35": "sha512-SbJuzK8JZcef1YEdZzzN5Tz76TmIgQVp8leRaDtxZzjvNYQcsq4aub9KLD43kZLYKW/Ni8useQM8OPzGQWZs1w==",
}
# A package without dependencies, pure Python.
ATTRS = """\
attrs==25.3.0 \\
    --hash=sha256:427318ce031701fea540783410126f03899a97ffc6f61596ad581ac2e40e3bc3
"""


@dataclass(frozen=True)
class Scenario:
    """One edit; `before_build` is what mad's user runs between the edit and `mad build`, and is timed with it."""

    name: str
    title: str
    edit: Callable[[Folders], None]
    before_build: tuple = ()
    incremental: bool = True


def nothing(_):
    pass


def application(folders):
    for folder in (folders.old, folders.mad):
        with open(folder / "core-assets/config/agents.yaml", "a", encoding="utf-8") as file:
            file.write("  - name: reviewer\n    tools: [git, rg]\n")


def patch(folders):
    replace(folders.old / "start/patch-claude-flow", "args.swarmId \\|\\| 'none'", "args.swarmId \\|\\| 'no swarm'")
    replace(
        folders.mad / "patches/claude-flow/08-unimplemented-tools.patch",
        "by this server: nothing was done",
        "by this server, so nothing was done",
    )


def python(folders):
    with open(folders.old / "requirements/data.txt", "a", encoding="utf-8") as file:
        file.write("attrs==25.3.0\n")
    locks = folders.mad / "profiles/locks"
    (locks / "bench.txt").write_text((locks / "cpu.txt").read_text() + ATTRS)
    with open(folders.mad / f"profiles/{PROFILE}.yaml", "a", encoding="utf-8") as file:
        file.write("python:\n  packages:\n    - attrs==25.3.0\n  lock: profiles/locks/bench.txt\n")


def flow(folders):
    folders.old_arguments["CLAUDE_FLOW"] = "2.7.35"

    def lock(value):
        value["packages"][""]["dependencies"]["claude-flow"] = "2.7.35"
        entry = value["packages"]["node_modules/claude-flow"]
        if entry["version"] != "2.7.47" or entry["integrity"] != FLOW["2.7.47"]:
            raise ValueError(f"the lock has claude-flow {entry['version']}: choose its neighbour anew in {__file__}")
        entry.update(version="2.7.35", integrity=FLOW["2.7.35"])

    locks = folders.mad / "profiles/locks"
    (locks / "bench-lock.json").write_text((locks / "package-lock.json").read_text())
    edit_json(locks / "bench-lock.json", lock)
    with open(folders.mad / f"profiles/{PROFILE}.yaml", "a", encoding="utf-8") as file:
        file.write("node:\n  packages:\n    claude-flow: 2.7.35\n  lock: profiles/locks/bench-lock.json\n")


def apt(folders):
    replace(folders.old / "Dockerfile", "procps ripgrep tini", "procps ripgrep tini tree")
    replace(folders.mad / f"profiles/{PROFILE}.yaml", "    - sudo=1.*\n", "    - sudo=1.*\n    - tree=2.*\n")


def uid(folders):
    folders.old_arguments.update(HOST_UID="1001", HOST_GID="1001")
    replace(folders.mad / f"profiles/{PROFILE}.yaml", "user:\n", "user:\n  uid: 1001\n  gid: 1001\n")


SCENARIOS = [
    Scenario("cold", "cold", nothing, incremental=False),
    Scenario("nothing", "nothing changed", nothing, incremental=False),
    Scenario("application", "an application file edited", application),
    Scenario(
        "patch",
        "a patch edited",
        patch,
        before_build=("patch", "verify", "2.7.47", "--offline", "--update", "--probe-image"),
    ),
    Scenario("python", "a Python requirement added", python),
    Scenario("flow", "claude-flow moved one version", flow),
    Scenario("apt", "an apt package added", apt),
    Scenario("uid", "the user's UID changed", uid),
]
