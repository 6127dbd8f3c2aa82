"""The two folders of a round: the old image's and a project of mad's, made from this checkout."""

import json
import re
import shutil
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LEGACY = ROOT / "benches/legacy"
PROFILE = "bench"
# The profile `cpu` with what the old image has besides: its files under /app, and the program that its start needs.
PROFILE_TEXT = """\
extends: cpu
description: The profile cpu with the application files of the old image
apt:
  runtime:
    - sudo=1.*
user:
  sudo: true
files:
  - source: core-assets
    dest: /app/core-assets
"""


class Folders:
    """Both sides' files in one state; an edit is made anew from the checkout each time, so none is left over."""

    def __init__(self, work, nonce):
        self.nonce = nonce
        self.old = work / "old"
        self.mad = work / "mad"
        self.old_arguments = {"BENCH_RUN": nonce}
        for folder in (self.old, self.mad):
            shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(LEGACY, self.old)
        for part in ("templates", "profiles", "patches"):
            shutil.copytree(ROOT / part, self.mad / part)
        shutil.copytree(LEGACY / "core-assets", self.mad / "core-assets")
        (self.mad / "profiles" / f"{PROFILE}.yaml").write_text(PROFILE_TEXT)
        self._own_cache_mounts()

    def _own_cache_mounts(self):
        """Gives every cache mount an id of this round: a build with a new one is cold, and nobody's cache is lost."""
        for template in (self.mad / "templates").rglob("*.j2"):
            text = re.sub(r"(--mount=type=cache),(?:id=([^,]+),)?target=([^,\s]+)", self._mount, template.read_text())
            template.write_text(text)

    def _mount(self, found):
        own = found[2] or found[3].strip("/").replace("/", "-")
        return f"{found[1]},id={self.nonce}-{own},target={found[3]}"


def replace(path, old, new):
    """Replaces the one place where `old` stands."""
    text = path.read_text()
    if text.count(old) != 1:
        raise ValueError(f"{path}: {old!r} stands there {text.count(old)} times")
    path.write_text(text.replace(old, new))


def edit_json(path, change):
    """Changes a JSON file, keeping its look."""
    value = json.loads(path.read_text())
    change(value)
    path.write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n")
