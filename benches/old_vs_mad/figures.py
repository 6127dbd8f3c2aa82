"""From samples to figures: medians, ratios by round, their spread. Reads the results, and nothing else."""

from dataclasses import dataclass
from statistics import median

from .scenarios import SCENARIOS


@dataclass(frozen=True)
class Figure:
    """A median with its spread and the number of samples."""

    median: float
    low: float
    high: float
    n: int

    @classmethod
    def of(cls, values):
        return cls(median(values), min(values), max(values), len(values)) if values else None


@dataclass(frozen=True)
class Row:
    """One scenario: seconds of both sides, and the ratio of each round's medians."""

    name: str
    title: str
    old: Figure
    mad: Figure
    ratio: Figure


def seconds(round_, scenario, side):
    return [s["seconds"] for s in round_["samples"] if (s["scenario"], s["side"]) == (scenario, side)]


def through(results, kind):
    """The same results with the rounds of one kind only."""
    return {**results, "rounds": [round_ for round_ in results["rounds"] if round_["through"] == kind]}


def split(results):
    """The rounds that are told of, and those from the registries where the others are through the bench's caches."""
    cached = through(results, "caches")
    return (cached, through(results, "registries")) if cached["rounds"] else (results, None)


def row(results, name, title, of=seconds, sides=("old", "mad")):
    """The row of a scenario, from the rounds that have both sides; none if there is no such round."""
    pairs = [(of(r, name, sides[0]), of(r, name, sides[1])) for r in results["rounds"]]
    pairs = [pair for pair in pairs if all(pair)]
    if not pairs:
        return None
    ratios = [median(mad) / median(old) for old, mad in pairs]
    old, mad = ([value for pair in pairs for value in pair[side]] for side in (0, 1))
    return Row(name, title, Figure.of(old), Figure.of(mad), Figure.of(ratios))


def rows(results):
    return [found for s in SCENARIOS if (found := row(results, s.name, s.title))]


def is_incremental(row):
    return any(s.incremental for s in SCENARIOS if s.name == row.name)


def incremental(results):
    """The incremental scenarios of a round as one: the sum of their times, of those that were measured at all."""
    names = [s.name for s in SCENARIOS if s.incremental and row(results, s.name, s.title)]

    def total(round_, _, side):
        each = [seconds(round_, name, side) for name in names]
        return [sum(median(times) for times in each)] if names and all(each) else []

    return row(results, "incremental", "one kind of edit" if len(names) == 1 else f"{len(names)} kinds of edit together", total)


def starts(results):
    def taken(round_, which, side):
        return [start[which] for start in round_["starts"] if start["side"] == side]

    return [
        found
        for which, title in (("first", "create to ready, first start"), ("second", "start to ready, second start"))
        if (found := row(results, which, title, taken))
    ]


def peers(results):
    """mad against `docker build` of the folder that mad renders."""
    titles = (("cold", "cold"), ("nothing", "nothing changed"))
    return [found for name, title in titles if (found := row(results, name, title, sides=("docker", "mad")))]


def users(results):
    """The old image's Dockerfile after `mad users fix`, against itself: cold."""
    return row(results, "cold", "cold", sides=("old", "fixed"))


def counted(results):
    """Steps of mad's record and of BuildKit's plain log, for the scenarios that `docker build` was asked for too."""
    told = {}
    for round_ in results["rounds"]:
        for s in round_["samples"]:
            if s["side"] in ("mad", "docker") and s["scenario"] != "cold":
                told.setdefault((round_["nonce"], s["scenario"]), {}).setdefault(s["side"], (s["cached"], s["steps"]))
    return [pair for pair in told.values() if len(pair) == 2]


def hits(results, side):
    """Steps from the cache and steps in all, over the incremental scenarios."""
    names = {s.name for s in SCENARIOS if s.incremental}
    samples = [s for r in results["rounds"] for s in r["samples"] if s["scenario"] in names and s["side"] == side]
    return sum(s["cached"] for s in samples), sum(s["steps"] for s in samples)


def images(results):
    """The images of the last round that has them."""
    found = [r["images"] for r in results["rounds"] if "images" in r]
    return found[-1] if found else None


def loads(results):
    return Figure.of([s["load_after"] for r in results["rounds"] for s in r["samples"]])


def noise(results):
    """Spread of one thing measured again and again in a round: (highest - lowest) / median, of what changes nothing."""
    spreads = []
    for round_ in results["rounds"]:
        for side in ("old", "mad"):
            times = seconds(round_, "nothing", side)
            if len(times) > 1:
                spreads.append((max(times) - min(times)) / median(times))
    return Figure.of(spreads)


def received(results, scenario, side):
    """Bytes that build steps received, the least of all rounds: others who build meanwhile only add to it."""
    found = [
        s["bytes_received"]
        for r in results["rounds"]
        for s in r["samples"]
        if (s["scenario"], s["side"]) == (scenario, side)
    ]
    return min(found) if found else None
