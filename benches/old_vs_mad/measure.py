"""The rounds: in each, everything is built from nothing and then edited, old and mad by turns, on one engine."""

import datetime
import json
import os
import re
import subprocess
import sys
import time

from . import contents, engine
from .scenarios import SCENARIOS
from .workspace import PROFILE, ROOT, Folders

NOTHING_TIMES = 5
STARTS = 3
# Built by `docker build` too, from mad's rendered folder: what mad itself costs, and whether it counts hits rightly.
BY_DOCKER = ("cold", "nothing", "application", "python", "uid")
READY = ["node", "/app/core-assets/scripts/ready.mjs"]


class Results:
    """The results file: read at the start, written after each sample, so a run that ends early goes on later."""

    def __init__(self, path, facts):
        self.path = path
        self.value = json.loads(path.read_text()) if path.exists() else {"schema": "mad.old-vs-mad/1", "rounds": []}
        self.value["machine"] = facts

    def round(self, through, number):
        """The round of that number; its nonce names its caches in the engine, so that it can be gone on with."""
        rounds = [round_ for round_ in self.value["rounds"] if round_["through"] == through]
        if len(rounds) < number:
            nonce = f"oldway-{os.getpid()}-{int(time.time())}"
            rounds.append({"through": through, "nonce": nonce, "mad": commit(), "samples": [], "starts": []})
            self.value["rounds"].append(rounds[-1])
        return rounds[number - 1]

    def write(self):
        self.path.parent.mkdir(parents=True, exist_ok=True)
        draft = self.path.with_suffix(".json.new")
        draft.write_text(json.dumps(self.value, indent=1) + "\n")
        draft.replace(self.path)


def commit():
    """The commit that is measured, with a mark if files of it were changed."""
    say = subprocess.run(["git", "-C", ROOT, "describe", "--always", "--dirty"], capture_output=True, text=True, check=False)
    return say.stdout.strip() or "unknown"


def progress(text):
    print(f"{datetime.datetime.now():%H:%M:%S} {text}", file=sys.stderr, flush=True)


class Bench:
    """One run of the bench."""

    def __init__(self, options):
        self.options = options
        self.work = options.work
        self.work.mkdir(parents=True, exist_ok=True)
        self.mad = engine.Mad(options.mad, self.work)
        self.log = self.work / "log"
        facts = {**engine.machine(), "base": options.base, "program": self.mad.run(["--version"]).strip()}
        self.results = Results(options.results, facts)
        self.tags = {side: f"{options.prefix}-{side}:bench" for side in ("old", "mad", "docker", "fixed")}
        self.network = engine.Caches(self.work / "cache") if options.caches else engine.Registries()

    def run(self):
        self.fill()
        for number in range(1, self.options.rounds + 1):
            self.round(number, self.network, self.options.scenarios)
        if self.network.name == "caches" and "registries" in self.options.scenarios:
            self.round(1, engine.Registries(), ["cold"])

    def fill(self):
        """Builds both once through the caching proxy, so that no measured build is the one that fetches."""
        if self.network.name != "caches" or self.network.filled():
            return
        for side in ("old", "mad"):
            progress(f"filling the caches: {side}")
            folders = Folders(self.work, f"oldway-fill-{os.getpid()}")
            self.build(side, folders, self.tags[side].replace(":bench", ":fill"), SCENARIOS[0], self.network)
        self.network.is_filled()

    def round(self, number, network, wanted):
        round_ = self.results.round(network.name, number)
        for scenario in SCENARIOS:
            if scenario.name != "cold" and scenario.name not in wanted:
                continue
            sides = ["old", "mad"] if number % 2 else ["mad", "old"]
            if "peers" in wanted and scenario.name in BY_DOCKER:
                sides.append("docker")
            if "users" in wanted and scenario.name == "cold":
                sides.append("fixed")
            for turn in range(NOTHING_TIMES if scenario.name == "nothing" else 1):
                for side in sides:
                    if side in self.options.sides:
                        self.scenario(number, round_, network, scenario, side, turn)
            if scenario.name == "cold":
                self.after_cold(number, round_, wanted)
        if self.options.own_engine:
            engine.forget(set())

    def scenario(self, number, round_, network, scenario, side, turn):
        """One side of one scenario; odd rounds begin with the old way, even ones with mad."""
        done = [s for s in round_["samples"] if (s["scenario"], s["side"]) == (scenario.name, side)]
        if len(done) > turn:
            return
        engine.check_room()
        progress(f"round {number} of {self.options.rounds}, {network.name}: {scenario.title}, {side}")
        # `docker build` of mad's folder has caches of its own: it would find mad's otherwise.
        folders = Folders(self.work, round_["nonce"] + ("-docker" if side == "docker" else ""))
        scenario.edit(folders)
        # The base state keeps its name: what is started and compared is the image without an edit.
        tag = self.tags[side] if not scenario.incremental else self.tags[side].replace(":bench", ":edited")
        # What no later build of the round starts from; where the engine is everybody's, all stays.
        passing = self.options.own_engine and (side == "fixed" or scenario.incremental)
        known = engine.records() if passing else None
        begun = datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds")
        result = self.build(side, folders, tag, scenario, network)
        round_["samples"].append({"scenario": scenario.name, "side": side, "begun": begun, **result})
        self.results.write()
        progress(f"  {result['seconds']:.1f} s, {result['cached']} of {result['steps']} steps cached, load {result['load_after']}")
        if passing:
            engine.forget(known, tag)

    def build(self, side, folders, tag, scenario, network):
        if side == "old":
            arguments = {"BASE": self.options.base, **folders.old_arguments}
            return engine.build_by_docker(folders.old, tag, arguments, network, self.log)
        if side == "fixed":
            (folders.old / "Dockerfile").write_text(self.fixed(network))
            arguments = {"BASE": self.options.base, **folders.old_arguments}
            return engine.build_by_docker(folders.old, tag, arguments, network, self.log)
        if side == "docker":
            rendered = folders.mad / "rendered"
            self.mad.run(["-C", folders.mad, "render", "-p", PROFILE, "--base", self.options.base, "-o", rendered])
            return engine.build_by_docker(rendered, tag, {}, network, self.log)
        before = 0
        if scenario.before_build:
            command = [self.mad.program, "-C", folders.mad, *scenario.before_build, self.tags["mad"]]
            before = engine.timed(command, network=network, log=self.log, env=self.mad.env)["seconds"]
        result = self.mad.build(folders.mad, PROFILE, tag, self.options.base, network, self.log)
        if before:
            result.update(seconds=round(result["seconds"] + before, 3), before_build_seconds=before)
        return result

    def fixed(self, network):
        """The old image's Dockerfile as `mad users fix` rewrites it and proves it, once; the proof is part of the results."""
        if "fixed" not in self.results.value:
            progress("users fix of the old image, with its proof")
            folders = Folders(self.work, f"oldway-fix-{os.getpid()}")
            command = ["users", "fix", folders.old / "Dockerfile", "--strategy", "minimal", "--merge", "--format", "json"]
            command += ["--build-arg", f"BASE={self.options.base}", "-o", self.work / "fixed.Dockerfile"]
            for name, value in {**folders.old_arguments, **network.arguments}.items():
                command += ["--build-arg", f"{name}={value}"]
            if network.bundle:
                command += ["--ca-bundle", network.bundle]
            said = json.loads(self.mad.run(command, log=self.log))
            proof = said["proving"]["proof"]
            self.results.value["fixed"] = {
                "before": said["before"],
                "after": said["after"],
                "verdict": proof["verdict"],
                "paths": proof["paths"],
                "builds": said["proving"]["builds"],
                "dockerfile": (self.work / "fixed.Dockerfile").read_text(),
            }
            self.results.write()
        return self.results.value["fixed"]["dockerfile"]

    def after_cold(self, number, round_, wanted):
        """What is looked at in the images of the cold builds: sizes, contents, starts."""
        if not {"old", "mad"} <= set(self.options.sides):
            return
        if "images" not in round_:
            round_["images"] = {side: engine.image(self.tags[side]) for side in ("old", "mad")}
        if "contents" not in self.results.value and "contents" in wanted:
            progress("contents of both images")
            self.results.value["contents"] = contents.compare(self.tags["old"], self.tags["mad"])
        self.results.write()
        if "start" not in wanted:
            return
        while len(round_["starts"]) < STARTS * 2:
            for side in ("old", "mad"):
                tag = self.tags[side]
                start = self.start(tag)
                round_["starts"].append({"side": side, **start})
                progress(f"round {number}: {side} ready after {start['first']} s, again after {start['second']} s")
            self.results.write()

    def start(self, tag):
        """Seconds from `docker create` until the MCP server answers, and from `docker start` of a stopped container."""
        name = f"{self.options.prefix}-start-{os.getpid()}"
        engine.run([engine.DOCKER, "rm", "-f", name], log=self.log) if self.exists(name) else None
        try:
            begun = time.time()
            engine.run([engine.DOCKER, "create", "--name", name, tag, *READY])
            engine.run([engine.DOCKER, "start", name])
            first = self.ready(name, 1) - begun
            engine.run([engine.DOCKER, "stop", "-t", "10", name])
            begun = time.time()
            engine.run([engine.DOCKER, "start", name])
            second = self.ready(name, 2) - begun
        finally:
            engine.run([engine.DOCKER, "rm", "-f", name])
        return {"first": round(first, 3), "second": round(second, 3), "load": round(os.getloadavg()[0], 2)}

    def exists(self, name):
        return bool(engine.run([engine.DOCKER, "ps", "-aq", "--filter", f"name=^{name}$"]).strip())

    def ready(self, name, count):
        """The time, by the one clock of host and container, of the `count`th READY in the container's log."""
        deadline = time.time() + 300
        while time.time() < deadline:
            said = subprocess.run([engine.DOCKER, "logs", name], capture_output=True, text=True, check=False).stdout
            marks = re.findall(r"^READY (\d+)", said, re.M)
            if len(marks) >= count:
                return int(marks[count - 1]) / 1000
            time.sleep(0.1)
        raise engine.Failed(f"{name} was not ready after 300 s:\n{said[-2000:]}")
