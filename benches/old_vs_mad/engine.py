"""What is asked of the engine and of mad, and how long it took. Nothing here empties a cache that is not ours."""

import ipaddress
import json
import os
import re
import shutil
import subprocess
import time
from pathlib import Path

from .cache import Cache

# Debian's own client comes first: it builds with the engine's BuildKit without a plugin.
DOCKER = "/usr/bin/docker" if os.access("/usr/bin/docker", os.X_OK) else shutil.which("docker")
ROOM = 10e9
BUNDLES = ["/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt"]


class Failed(Exception):
    """A command of the bench failed; what it said is part of the message."""


def run(command, *, log=None, cwd=None, env=None):
    """Runs a command to its end and returns its standard output; its errors go to `log`."""
    with open(log, "ab") if log else open(os.devnull, "wb") as errors:
        done = subprocess.run(
            [str(part) for part in command],
            stdout=subprocess.PIPE,
            stderr=errors if log else subprocess.PIPE,
            cwd=cwd,
            env={**os.environ, "DOCKER_BUILDKIT": "1", **(env or {})},
            check=False,
        )
    if done.returncode:
        said = Path(log).read_text(errors="replace")[-2000:] if log else done.stderr.decode(errors="replace")
        raise Failed(f"{' '.join(map(str, command))} ended with {done.returncode}:\n{said}")
    return done.stdout.decode()


def timed(command, *, network, **how):
    """Seconds that a command took, the load of the machine around it, and bytes that build steps received."""
    load, inward = os.getloadavg()[0], network.received()
    begun = time.monotonic()
    run(command, **how)
    took = time.monotonic() - begun
    return {
        "seconds": round(took, 3),
        "load_before": round(load, 2),
        "load_after": round(os.getloadavg()[0], 2),
        "bytes_received": network.received() - inward,
    }


class Registries:
    """Build steps reach the public registries, with the machine's CA bundle."""

    name = "registries"
    arguments = {}

    def __init__(self):
        self.bundle = next((bundle for bundle in BUNDLES if os.path.exists(bundle)), None)

    def received(self):
        """Bytes sent into the engine's bridge so far: of everybody who builds here."""
        counter = Path("/sys/class/net/docker0/statistics/tx_bytes")
        return int(counter.read_text()) if counter.exists() else 0


class Caches:
    """Build steps reach the bench's own caching proxy, which is named by arguments that are part of no cache key."""

    name = "caches"

    def __init__(self, folder):
        bridge = json.loads(run([DOCKER, "network", "inspect", "bridge"]))[0]["IPAM"]["Config"][0]
        address = bridge.get("Gateway") or str(next(ipaddress.ip_network(bridge["Subnet"]).hosts()))
        self.cache = Cache(folder, address, Registries().bundle)
        self.bundle = self.cache.bundle
        self.arguments = {"http_proxy": self.cache.url, "https_proxy": self.cache.url}

    def filled(self):
        return (self.cache.folder / "filled").exists()

    def is_filled(self):
        (self.cache.folder / "filled").touch()

    def received(self):
        """Bytes that the proxy has served so far: to this bench alone."""
        return self.cache.served


def build_by_docker(folder, tag, arguments, network, log):
    """Builds a folder as most people do: `docker build`."""
    command = [DOCKER, "build", "--progress=plain", "-t", tag]
    if network.bundle:
        command += ["--secret", f"id=ca,src={network.bundle}"]
    for name, value in {**arguments, **network.arguments}.items():
        command += ["--build-arg", f"{name}={value}"]
    begin = Path(log).stat().st_size if Path(log).exists() else 0
    result = timed([*command, folder], network=network, log=log)
    result.update(cached_in_plain_log(Path(log).read_bytes()[begin:].decode(errors="replace")))
    return result


def cached_in_plain_log(log):
    """Steps in BuildKit's plain log and how many of them came from the cache; FROM and [internal] are no steps."""
    steps = set(re.findall(r"^#(\d+) \[(?!internal)[^\]]*\] (?!FROM )\S", log, re.M))
    cached = {number for number in steps if re.search(rf"^#{number} CACHED$", log, re.M)}
    return {"steps": len(steps), "cached": len(cached)}


class Mad:
    """One mad program with a history of its own."""

    def __init__(self, program, work):
        self.program = program
        self.env = {"MAD_HISTORY": str(work / "history.db")}

    def build(self, project, profile, tag, base, network, log):
        """Builds the profile as its users do: `mad build`."""
        command = [self.program, "-C", project, "build", "-p", profile, "-t", tag, "--base", base]
        command += ["--progress", "plain", "--on-regression", "warn"]
        if network.bundle:
            command += ["--ca-bundle", network.bundle]
        for name, value in network.arguments.items():
            command += ["--build-arg", f"{name}={value}"]
        result = timed(command, network=network, log=log, env=self.env)
        report = json.loads(self.run(["-C", project, "report", "last", "--format", "json"]))
        result.update(hits_of(report), critical_path=critical_path(report))
        return result

    def run(self, arguments, log=None):
        return run([self.program, *arguments], log=log, env=self.env)


def hits_of(report):
    """Steps and cache hits of mad's own record of a build."""
    states = [step["state"] for step in report["record"]["steps"]]
    return {"steps": len(states), "cached": states.count("cached")}


def critical_path(report):
    """What bounded the build, by mad's report: stage, step, milliseconds; what took under half a second is left out."""
    path = [(e["stage"] or "engine", e["label"][:90], e["end_ms"] - e["start_ms"]) for e in report["breakdown"]["critical"]]
    return [list(entry) for entry in path if entry[2] >= 500]


def check_room():
    """A build of the old image writes its node_modules three times; on a full disk everybody's builds fail."""
    folder = run([DOCKER, "info", "--format", "{{.DockerRootDir}}"]).strip()
    if os.path.isdir(folder) and shutil.disk_usage(folder).free < ROOM:
        raise Failed(
            f"less than {ROOM / 1e9:.0f} GB are free in {folder}: make room and run the bench again, it goes on here; "
            "on an engine that is the bench's alone, --own-engine removes what each edit left in the build cache"
        )


def records():
    """The ids of all that is in the engine's build cache."""
    said = run([DOCKER, "system", "df", "--verbose", "--format", "{{json .BuildCache}}"])
    return {record["ID"] for record in json.loads(said) or []}


def forget(kept, tag=None):
    """Removes an image and every record of the build cache but `kept`: only where the engine is the bench's alone."""
    if tag:
        run([DOCKER, "image", "rm", "--force", tag])
    made = records() - kept
    if made:
        run([DOCKER, "builder", "prune", "--all", "--force", "--filter", f"id=^({'|'.join(sorted(made))})$"])


def image(tag):
    """Size in bytes, number of layers and user of an image."""
    facts = json.loads(run([DOCKER, "image", "inspect", tag]))[0]
    return {
        "id": facts["Id"],
        "bytes": facts["Size"],
        "layers": len(facts["RootFS"]["Layers"]),
        "user": facts["Config"]["User"],
    }


def machine():
    """What the bench ran on."""
    model = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    memory = re.search(r"MemTotal:\s*(\d+) kB", Path("/proc/meminfo").read_text())
    version = json.loads(run([DOCKER, "version", "--format", "{{json .}}"]))
    return {
        "cpus": os.cpu_count(),
        "model": model.group(1) if model else "unknown",
        "memory_gib": round(int(memory.group(1)) / 1024**2, 1) if memory else None,
        "kernel": os.uname().release,
        "engine": version["Server"]["Version"],
        "client": version["Client"]["Version"],
    }
