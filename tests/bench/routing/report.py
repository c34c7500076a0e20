"""Tables of what was run, the targets beside what was measured, and pictures, drawn by a process of their own."""

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.measured.drawing import plotted
from tests.bench.measure import table
from tests.bench.routing.runs import Score, interval

Scores = Mapping[str, Sequence[Mapping[str, Score]]]  # by world: by seed, by policy


@dataclass(frozen=True, kw_only=True)
class Target:
    """A figure, how it scatters over seeds, and the bound that it is held to. ``beyond``: a wish, no bound."""

    what: str
    measured: float
    scatter: str
    most: float | None = None
    least: float | None = None
    beyond: bool = False

    @property
    def holds(self) -> bool:
        return (self.most is None or self.measured <= self.most) and (self.least is None or self.measured >= self.least)

    def row(self) -> list[object]:
        wanted = f"at most {self.most:g}" if self.most is not None else f"at least {self.least:g}"
        verdict = "holds" if self.holds else "missed (a wish)" if self.beyond else "MISSED"
        return [self.what, f"{self.measured:.2f}", self.scatter, wanted, verdict]


def _cell(values: Sequence[float]) -> str:
    if not values:
        return "-"
    mean, half = interval(values)
    return f"{mean:.1f} ± {half:.1f}"


def _values(rows: Sequence[Mapping[str, Score]], policy: str, what: str) -> list[float]:
    values = [getattr(row[policy], what) for row in rows]
    return [value for value in values if value is not None]


def tables(scores: Scores) -> str:
    """Efficiency, first choices, tails and double work: a row a policy, a column a world."""
    worlds = list(scores)
    policies = list(next(iter(scores.values()))[0])
    parts: list[str] = []
    for title, what in [
        ("efficiency, % of the oracle's (mean ± 95 % interval over seeds)", "efficiency"),
        ("first choice right, % of jobs where the best arm is ahead by more than 20 %", "right"),
        ("first choice within 5 % of the best arm, % of all jobs", "near"),
        ("99th percentile of a job's time over the best arm's mean", "tail"),
        ("work done twice, % of work that counted", "twice"),
    ]:
        rows = [[policy, *(_cell(_values(scores[world], policy, what)) for world in worlds)] for policy in policies]
        parts.append(f"{title}\n{table(['policy', *worlds], rows)}")
    return "\n\n".join(parts)


def _of(scores: Scores, world: str, what: str) -> tuple[float, str]:
    mean, half = interval(_values(scores[world], "router", what))
    return mean, f"± {half:.2f}"


def _quantile(values: Sequence[float], share: float) -> float:
    return sorted(values)[min(int(share * len(values)), len(values) - 1)]


def targets(scores: Scores, reactions: Mapping[str, Sequence[int]], restarts: Sequence[tuple[float, float]]) -> list[Target]:
    """The targets of the simulation."""
    found: list[Target] = []

    def least(world: str, what: str, bound: float, *, beyond: bool = False) -> None:
        measured, scatter = _of(scores, world, what)
        name = "efficiency" if what == "efficiency" else "first choice right"
        found.append(Target(what=f"{name}, {world}, %", measured=measured, scatter=scatter, least=bound, beyond=beyond))

    right = {"stationary": 98, "crossover": 98, "abrupt": 96, "gradual": 97, "bursts": 92, "chaos": 92, "llm": 94}
    for world, bound in right.items():
        least(world, "right", bound)
    for world, bound in {"stationary": 108, "abrupt": 104, "stalls": 150, "bursts": 118, "chaos": 140}.items():
        least(world, "efficiency", bound)
    for world, bound in {"periodic": 104, "crowd": 100, "llm": 97}.items():
        least(world, "efficiency", bound, beyond=True)
    tails = [statistics.fmean(_values(rows, "router", "tail")) for rows in scores.values()]
    found.append(
        Target(what="99th percentile over the best arm's mean, all worlds", measured=statistics.fmean(tails),
               scatter=f"{min(tails):.1f} to {max(tails):.1f} by world", most=3.5)
    )  # fmt: skip
    for kind, middle, late in (("degrades", 4, 9), ("improves", 15, 40)):
        jobs = [float(value) for value in reactions[kind]]
        spread = f"quartiles {_quantile(jobs, 0.25):.0f} to {_quantile(jobs, 0.75):.0f}"
        what = "the best arm degrades" if kind == "degrades" else "another improves silently"
        found.append(Target(what=f"{what}: jobs to the new order, median", measured=statistics.median(jobs), scatter=spread, most=middle))
        found.append(Target(what=f"{what}: jobs to the new order, 9 of 10", measured=_quantile(jobs, 0.9), scatter=spread, most=late))
    failures = sum(row["router"].failures for rows in scores.values() for row in rows)
    runs = sum(len(rows) for rows in scores.values())
    found.append(Target(what="failures that a caller saw, all worlds", measured=failures, scatter=f"in {runs} runs", most=0))
    measured, scatter = _of(scores, "stationary", "twice")
    found.append(Target(what="work done twice, stationary, %", measured=measured, scatter=scatter, most=9))
    mean, half = interval([kept for kept, _ in restarts])
    fresh = statistics.fmean(lost for _, lost in restarts)
    found.append(
        Target(what="lost in 60 jobs after a restart, %", measured=mean, scatter=f"± {half:.2f}; {fresh:.1f} without state", most=7)
    )
    return found


def part_table(left_out: Mapping[str, Sequence[Mapping[str, float]]]) -> str:
    """Efficiency with each part left out: a row a part, a column a world, and the mean of all worlds."""
    worlds = list(left_out)
    rows: list[list[object]] = []
    for part in left_out[worlds[0]][0]:
        means = [statistics.fmean(row[part] for row in left_out[world]) for world in worlds]
        rows.append([part, *(f"{mean:.1f}" for mean in means), f"{statistics.fmean(means):.1f}"])
    return table(["router", *worlds, "mean"], rows)


def calibration(scores: Scores) -> str:
    """How often the 90 % interval of the predicted milliseconds held, by world."""
    rows: list[list[object]] = []
    for world, seeds in scores.items():
        held, asked = sum(row["router"].held for row in seeds), sum(row["router"].asked for row in seeds)
        rows.append([world, f"{100 * held / max(asked, 1):.1f}", f"{asked:,}"])
    return "how often the 90 % interval of the predicted time held\n" + table(["world", "%", "predictions"], rows)


def specifications(scores: Scores) -> dict[str, dict[str, object]]:
    """Vega-Lite: efficiency and first choices by world and policy, with their intervals."""
    pictures: dict[str, dict[str, object]] = {}
    for what, title in (("efficiency", "efficiency, % of the oracle's"), ("right", "first choice right, %")):
        values = []
        for world, seeds in scores.items():
            for policy in seeds[0]:
                mean, half = interval(_values(seeds, policy, what) or [0.0])
                values.append({"world": world, "policy": policy, "mean": mean, "low": mean - half, "high": mean + half})
        axis = {"field": "policy", "type": "nominal", "title": None, "sort": None}
        pictures[what] = {
            "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
            "data": {"values": values},
            "facet": {"field": "world", "type": "nominal", "title": None, "sort": None},
            "columns": 4,
            "spec": {
                "width": 180,
                "height": 120,
                "layer": [
                    {"mark": "bar", "encoding": {"y": axis, "x": {"field": "mean", "type": "quantitative", "title": title}}},
                    {"mark": "rule", "encoding": {"y": axis, "x": {"field": "low", "type": "quantitative"}, "x2": {"field": "high"}}},
                ],
            },
        }
    return pictures


def pictures(scores: Scores, folder: Path) -> None:
    """Write pictures as SVG. Raises UsageError where what draws them is not installed, DrawingFailed."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, specification in specifications(scores).items():
        plotted(specification, str(folder / f"routing-{name}.svg"))
