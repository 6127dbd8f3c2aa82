"""Writes docs/BENCHMARKS.md, its charts and README's block from the results, and checks that they are what they give."""

import json
import sys

from . import charts, contents, figures
from .scenarios import SCENARIOS
from .workspace import ROOT

PAGE = ROOT / "docs/BENCHMARKS.md"
CHARTS = ROOT / "docs/benchmarks"
README = ROOT / "README.md"
BEGIN, END = "<!-- old-vs-mad: written by benches/old-vs-mad document -->\n", "<!-- end of old-vs-mad -->\n"
# What the bench is to show, as ratios mad / old; the page says of each whether it does.
TARGETS = {"incremental": 0.30, "cold": 0.75, "nothing": 1.0, "first": 0.2, "second": 0.2}
EACH = 0.5
ROUNDS = 5
OVERHEAD = {"cold": 1.02, "nothing": 1.0}
USERS = 0.75
READY_SECONDS = 5.0
HITS = 0.9


def write(path):
    for file, text in outputs(json.loads(path.read_text())).items():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)


def check(path):
    """0 if every written file is what the results give and no content is unexplained; says what is not."""
    results = json.loads(path.read_text())
    wrong = [file for file, text in outputs(results).items() if not file.exists() or file.read_text() != text]
    for file in wrong:
        print(f"{file.relative_to(ROOT)} is not what {path.relative_to(ROOT)} gives: run benches/old-vs-mad document", file=sys.stderr)
    strange = contents.unexplained(results["contents"]) if "contents" in results else []
    for difference in strange:
        print(f"unexplained: {difference['kind']} {difference['name']}: {difference['old']} / {difference['mad']}", file=sys.stderr)
    return 1 if wrong or strange else 0


def outputs(results):
    """File -> text, of everything that is written from the results."""
    written = {PAGE: page(results), README: with_block(README.read_text(), block(results))}
    for name, chart in drawn(results).items():
        written[CHARTS / f"{name}.svg"] = chart
    return written


def page(all_results):
    results, registries = figures.split(all_results)
    parts = [
        "# The old image against mad's\n",
        f"{headline(results)}\n",
        "Written by `benches/old-vs-mad` from [its results](../benches/results/old-vs-mad.json), this page and its charts;\n"
        "no figure is typed by hand. Ratios are mad / old, one of each round, as median (lowest to highest); times are\n"
        "medians. `n` counts the rounds.\n",
        trial(results),
        "![Builds](benchmarks/builds.svg)\n",
        builds(results, registries),
        overhead(results),
        users(all_results, results),
        start(results),
        size(results),
        hit_rate(results),
        bounds(results),
        what_is_in_both(results),
        METHOD,
        setting(results),
    ]
    return "\n".join(part for part in parts if part)


def headline(results):
    together = figures.incremental(results)
    if not together:
        return "**No round is complete yet.**"
    return (
        f"**After an edit, a build takes {ratio(together.ratio.median)} of the old image's time: "
        f"{shorter(together.ratio.median)}** ({together.title}, {spread(together.ratio)})."
    )


def trial(results):
    """What makes these results less than the bench means to give; empty where nothing does."""
    names = {row.name for row in figures.rows(results)}
    faults = []
    if len(results["rounds"]) < ROUNDS:
        faults.append(f"it made {rounds(len(results['rounds']))} of the {ROUNDS} that are meant")
    missing = [s.title for s in SCENARIOS if s.name not in names]
    missing += ["`docker build` of mad's folder"] * (not figures.peers(results)) + ["`users fix`"] * (not figures.users(results))
    if missing:
        faults.append(f"it did not measure: {', '.join(missing)}")
    load = figures.loads(results)
    if load and load.median > results["machine"]["cpus"]:
        faults.append(f"the machine had other work (load {load.median:.0f} on {results['machine']['cpus']} CPUs), so its seconds are high and its ratios rough")
    return f"**This run is a trial:** {'; '.join(faults)}.\n" if faults else ""


def shorter(value):
    """Per cent, rounded down: 99.7 is not 100."""
    return f"{int(100 * (1 - value))} % shorter" if value < 1 else f"{int(100 * (value - 1))} % longer"


def rounds(n):
    return "1 round" if n == 1 else f"{n} rounds"


def block(all_results):
    """README's words: only figures, each with its bench, its n and its spread."""
    results, _ = figures.split(all_results)
    lines = [f"`benches/old-vs-mad` ({rounds(len(results['rounds']))}; [docs/BENCHMARKS.md](docs/BENCHMARKS.md)):", "", headline(results)]
    told = [f"cold {ratio(r.ratio.median)} ({spread(r.ratio)})" for r in figures.rows(results) if r.name == "cold"]
    told += [f"{r.title} {ratio(r.ratio.median)} ({spread(r.ratio)})" for r in figures.starts(results)]
    found = figures.images(results)
    if found:
        told.append(f"image size {ratio(found['mad']['bytes'] / found['old']['bytes'])}")
    return "\n".join([*lines, "", f"Also as ratios mad / old: {'; '.join(told)}.", ""])


def with_block(text, block_):
    if BEGIN not in text:
        return text
    before, rest = text.split(BEGIN, 1)
    return before + BEGIN + block_ + END + rest.split(END, 1)[1]


def table(head, body):
    lines = [f"| {' | '.join(head)} |", f"|{'|'.join('---' for _ in head)}|"]
    return "\n".join(lines + [f"| {' | '.join(row)} |" for row in body]) + "\n"


def ratio(value):
    """Two digits, or as many as it takes to be more than nothing."""
    return f"{value:.2f}" if value >= 0.05 else f"{value:.2g}"


def spread(figure):
    return "one round" if figure.n == 1 else f"median of {figure.n} rounds, {span(figure)}"


def span(figure):
    return "one round" if figure.n == 1 else f"{ratio(figure.low)} to {ratio(figure.high)}"


def time(figure):
    """Seconds as people read them."""
    return f"{figure.median:.2f} s" if figure.median < 10 else f"{figure.median:.0f} s"


def met(value, target):
    return f"≤ {target:.2f}: {'met' if value <= target else 'missed'}"


def compared(row, target):
    return [row.title, time(row.old), time(row.mad), f"{ratio(row.ratio.median)} ({span(row.ratio)})", str(row.ratio.n), met(row.ratio.median, target)]


def builds(results, registries):
    body = [compared(r, TARGETS.get(r.name, EACH)) for r in figures.rows(results)]
    for row in figures.rows(registries) if registries else []:
        body.insert(1, [f"{row.title}, from the registries", *compared(row, TARGETS.get(row.name, EACH))[1:]])
    together = figures.incremental(results)
    if together:
        cells = compared(together, TARGETS["incremental"])
        missing = sum(s.incremental for s in SCENARIOS) - len([r for r in figures.rows(results) if figures.is_incremental(r)])
        if missing:
            cells[-1] = f"≤ {TARGETS['incremental']:.2f}: not judged, {missing} are missing"
        body.append([f"**{cell}**" for cell in cells])
    text = "## Builds\n\n" + table(["scenario", "old", "mad", "mad / old", "n", "target"], body)
    extra = [s["before_build_seconds"] for r in results["rounds"] for s in r["samples"] if "before_build_seconds" in s]
    if extra:
        text += (
            f"\nWith the edited patch, mad's time includes `mad patch verify 2.7.47 --update` before the build "
            f"({time(figures.Figure.of(extra))}): it runs the probes of the patches that changed, which the old way does not have.\n"
        )
    return text


def overhead(results):
    """What mad itself costs: `docker build` of the folder that it renders."""
    found = figures.peers(results)
    if not found:
        return ""
    body = [[r.title, time(r.old), time(r.mad), f"{ratio(r.ratio.median)} ({span(r.ratio)})", str(r.ratio.n), met(r.ratio.median, OVERHEAD[r.name])] for r in found]
    return "## mad itself\n\n`docker build` of the folder that `mad render` writes, with caches of its own:\n\n" + table(
        ["", "docker build", "mad build", "mad / docker", "n", "target"], body
    )


def users(all_results, results):
    """The plan's second figure: what the refactoring of users alone is worth."""
    row, fixed = figures.users(results), all_results.get("fixed")
    if not row or not fixed:
        return ""
    before, after = fixed["before"], fixed["after"]
    return (
        "## The users alone\n\n`mad users fix --strategy minimal --merge` on the old image's Dockerfile, proven "
        f"({fixed['verdict']}, {fixed['paths']} paths, {fixed['builds']} builds): {before['user_lines']} `USER` lines become "
        f"{after['user_lines']}, {before['runs']} `RUN`s {after['runs']}.\n\n"
        + table(["", "before", "after", "after / before", "n", "target"], [compared(row, USERS)])
    )


def start(results):
    found = figures.starts(results)
    if not found:
        return ""
    waits = 7
    first = found[0]
    less = (first.mad.median) / (first.old.median - waits) if first.old.median > waits else None
    text = "## Start\n\n![Start](benchmarks/start.svg)\n\n"
    text += table(["", "old", "mad", "mad / old", "n", "target"], [compared(r, TARGETS[r.name]) for r in found])
    text += (
        f"\nReady is when claude-flow's MCP server, started by the same program in both images, has answered `initialize`\n"
        f"and listed its tools. mad's {time(first.mad)} {'are' if first.mad.median <= READY_SECONDS else 'are not'} within {READY_SECONDS:.0f} s. "
        f"{waits} s of the old image's time are the fixed waits (2 s and 5 s) that upstream's published\nentrypoint has"
    )
    return text + (f"; without them the ratio of the first start would be {ratio(less)}.\n" if less else ".\n")


def size(results):
    found = figures.images(results)
    if not found:
        return ""
    old, mad = found["old"], found["mad"]
    body = [
        ["size", gigabytes(old["bytes"]), gigabytes(mad["bytes"]), ratio(mad["bytes"] / old["bytes"])],
        ["layers", str(old["layers"]), str(mad["layers"]), ratio(mad["layers"] / old["layers"])],
    ]
    for name in ("cold", "flow"):
        into = [figures.received(results, name, side) for side in ("old", "mad")]
        if all(into):
            title = next(s.title for s in SCENARIOS if s.name == name)
            body.append([f"bytes that build steps received, {title}", *map(gigabytes, into), ratio(into[1] / into[0])])
    kept = results.get("contents", {}).get("bytes")
    if kept:
        body.append(["node_modules on disk", *(gigabytes(kept[side]["node_modules"]) for side in ("old", "mad")), ratio(kept["mad"]["node_modules"] / kept["old"]["node_modules"])])
        body.append(["npm's and corepack's caches left in the image", *(gigabytes(kept[side]["caches"]) for side in ("old", "mad")), ""])
    text = "## Image\n\n" + table(["", "old", "mad", "mad / old"], body)
    return text + (
        "\nThe packages in node_modules are the same (below); mad's build removes of them what can never run in this image\n"
        "(`templates/files/prune-node`), and keeps one copy of Claude Code's program where its installer leaves two.\n"
    )


def gigabytes(count):
    return f"{count / 1e9:.2f} GB" if count >= 1e8 else f"{count / 1e6:.1f} MB" if count else "none"


def hit_rate(results):
    mad, old = figures.hits(results, "mad"), figures.hits(results, "old")
    if not mad[1] or not old[1]:
        return ""
    share = mad[0] / mad[1]
    return (
        "## Cache hits\n\n"
        f"Over the incremental scenarios {mad[0]} of mad's {mad[1]} steps came from the cache, {100 * share:.0f} % "
        f"(target: above {100 * HITS:.0f} %, {'met' if share > HITS else 'missed'}); of the old way's {old[1]} steps {old[0]}, "
        f"{100 * old[0] / old[1]:.0f} %. mad's are counted by its own record, the old way's in BuildKit's plain log.\n"
        + agreement(results)
    )


def agreement(results):
    """mad's count beside the engine's own log, where `docker build` built the same edit."""
    pairs = figures.counted(results)
    if not pairs:
        return ""
    same = sum(pair["mad"] == pair["docker"] for pair in pairs)
    return (
        f"\nWhere `docker build` built the same edits of the rendered folder, the plain log has mad's numbers of steps and hits "
        f"in {same} of {len(pairs)} builds.\n"
    )


def bounds(results):
    """The critical path of what misses its target, and of the cold build."""
    text = ""
    missed = [r for r in figures.rows(results) if r.name == "cold" or r.ratio.median > TARGETS.get(r.name, EACH)]
    for row in missed:
        samples = [s for r in results["rounds"] for s in r["samples"] if (s["scenario"], s["side"]) == (row.name, "mad")]
        path = samples[-1].get("critical_path") if samples else None
        if path:
            text += f"\n{row.title}:\n\n" + table(
                ["stage", "step", "seconds"],
                [[stage, code(label), f"{ms / 1000:.1f}"] for stage, label, ms in path],
            )
    return f"## What bounds mad's builds\n\nThe critical path of the last round, by `mad report`; steps under half a second are left out.\n{text}" if text else ""


def code(text):
    """Code in a table; a bar would end its cell."""
    return "`" + text.replace("|", "\\|") + "`"


def what_is_in_both(results):
    if "contents" not in results:
        return ""
    value = results["contents"]
    common = ", ".join(f"{count} {kind}" for kind, count in value["common"].items())
    groups = {}
    for difference in value["differences"]:
        groups.setdefault((difference["kind"], difference["reason"] or "**not explained**"), []).append(difference)
    body = [[kind, reason, str(len(found)), names(found)] for (kind, reason), found in groups.items()]
    return (
        "## What is in both\n\n"
        f"Asked of the images themselves (`benches/old_vs_mad/inventory.py`). The same in both, versions and contents "
        f"included: {common}. What differs:\n\n" + table(["kind", "why", "n", "which (old / mad)"], body)
    )


def names(differences):
    told = [f"{d['name']} {d['old'] or '-'} / {d['mad'] or '-'}" if d["kind"] in ("apt", "npm", "pip") else d["name"] for d in differences]
    return ", ".join(told[:6]) + (f" and {len(told) - 6} more (in the results)" if len(told) > 6 else "")


def setting(results):
    m = results["machine"]
    commits = sorted({r["mad"] for r in results["rounds"]})
    load, noise = figures.loads(results), figures.noise(results)
    text = (
        "## Machine and noise\n\n"
        f"{m['cpus']} x {m['model']}, {m['memory_gib']} GiB, Linux {m['kernel']}; Docker engine {m['engine']}, client {m['client']}; "
        f"base {m['base']}; {m['program']}; commit {', '.join(commits)}.\n"
        f"Packages came {'through the caching proxy of the bench' if results['rounds'][0]['through'] == 'caches' else 'from the public registries'}.\n"
    )
    if load:
        text += f"\nLoad (1 minute) at the end of a sample: median {load.median:.1f}, {load.low:.1f} to {load.high:.1f}.\n"
    if noise:
        text += (
            f"A build that has nothing to do, five times in a row: (highest - lowest) / median is {noise.median:.2f} in the median "
            f"of {noise.n} rows, at most {noise.high:.2f}. Ratios nearer to one than that say nothing.\n"
        )
    return text


METHOD = """\
## Method

- One command, `benches/old-vs-mad`; it goes on where it was interrupted. In each round both images are built from nothing
  and then edited, one edit after the other and each from the round's cold build, old and mad by turns (who begins
  alternates), on one engine. Cold is a round's own nonce: a build argument for the old way, ids of its own for mad's
  cache mounts, which change every step below. Nothing of anybody's is pruned; with `--own-engine` what an edit left
  in the engine's cache goes before the next.
- The old image is `benches/legacy`: one stage, 23 `USER` lines, `apt-get update` layers without cache mounts, scripts copied
  before the packages, npm without a lock file, pip list by list without a cache, `chown -R`, and sudo, folders and
  claude-flow put right at each start. It was written for this bench after the plan's description; none of upstream's
  published Dockerfiles has 23 `USER` lines (12 at most).
- mad's image is the profile `cpu` with the same files under `/app` and with sudo. Same base, same versions of claude-flow and
  Claude Code, same Python and apt packages, the same overrides for npm (two packages would come from a code host, or
  want another Node.js). The old way is built with `docker build`, mad's with `mad build`; both get the CA bundle as a secret.
- The edits: a line in a file under `/app`; a word in a patch; `attrs` for Python; claude-flow 2.7.47 to 2.7.35, which have the
  same dependencies; `tree` from apt; UID and GID 1001. Where mad needs a lock file for it, the edit brings it.

What this does not show: who else uses the machine (see the load); peak memory of the engine. Rounds "from the registries"
have the mirrors' moods in every step that installs, and count bytes on the engine's bridge, others' included (the least
of the rounds is given); rounds through the bench's own caching proxy, the same for both sides, have neither.
"""


def drawn(all_results):
    """Name -> SVG."""
    results, _ = figures.split(all_results)
    found = {}
    rows = [r for r in figures.rows(results) if r.name != "nothing"]
    if rows:
        found["builds"] = charts.bars("Builds", "seconds", [bars_of(r) for r in rows])
    if figures.starts(results):
        found["start"] = charts.bars("Start to ready", "seconds", [bars_of(r) for r in figures.starts(results)])
    return found


def bars_of(row):
    return (row.title, (row.old.median, row.old.low, row.old.high), (row.mad.median, row.mad.low, row.mad.high))
