"""How often `sentinel ab` says that there is a difference where there is none, and how many pairs it needs where there is one.

    python -m tests.bench.ab                # tables as in docs/comparing.md; exit code 1 where a bound is missed
    python -m tests.bench.ab --quick        # a few runs, in seconds
    python -m tests.bench.ab --workers 40   # instead: every real implementation against itself, so many times

Pairs are drawn in simulated worlds; after each round of them it is seen whether a difference is shown, and a test that is not made for
that sounds false alarms. Beside the one that is used stand others: the same without new workers for each round, the same bets on signs
alone, a normal mixture on means (Robbins 1970) with the variance estimated, and Student's test, looked at as if that were allowed.
"""

import argparse
import itertools
import json
import math
import random
import statistics
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from pipeline.demo.document import openapi
from stages.dispatch.comparing import Comparison, SignTest
from stages.dispatch.comparing.betting import middle
from tests.bench.bounds import Bound, judged
from tests.bench.measure import table

ALPHA = 0.05
MARGIN = math.log1p(0.05)
RATIOS = (1.05, 1.2, 2.0)
ROUND = 4  # pairs, as in the command


@dataclass(frozen=True, kw_only=True)
class World:
    """Where pairs come from. Times are lognormal about the job's length; ``stalls`` of them, of either side, are 10 to 50 times as long."""

    noise: float
    stalls: float = 0.0
    first_stalls: float = 0.0  # beside, of the first side alone
    drift: float = 0.0  # of a random walk of the machine's speed from one measurement to the next
    late: float = 0.0  # ln of what whoever goes second in a pair is slower by
    by_job: float = 0.0  # half of the jobs suit one side by so much, half the other
    process: float = 0.0  # of a started worker's own speed, as long as it lives


WORLDS = {
    "quiet": World(noise=0.05),
    "noisy": World(noise=0.3),
    "stalls": World(noise=0.3, stalls=0.03),
    "drift": World(noise=0.1, drift=0.1, late=0.1),
    "by job": World(noise=0.1, by_job=0.3),
    "processes": World(noise=0.1, process=0.05),
}
ONE_SIDED = World(noise=0.1, first_stalls=0.03)


def rounds(world: World, ratio: float, draw: random.Random, size: int) -> Iterator[float]:
    """ln of how many times faster the first side was, round after round: the middle of ``size`` pairs, by workers started for them.

    Which side goes first in a pair is chance, as in the command. Size 0: the workers are kept, each pair is a round.
    """
    machine = 0.0
    workers = [0.0, 0.0]
    for number in itertools.count():
        if number == 0 or size:
            workers = [draw.gauss(0, world.process) for _ in range(2)]
        seen: list[float] = []
        for _ in range(size or 1):
            length = draw.gauss(0, 1)
            suits = world.by_job if draw.random() < 0.5 else -world.by_job
            taken = [length, length - math.log(ratio) - suits]  # ln of the time of the second side and of the first
            for turn, first in enumerate(draw.choice([(0, 1), (1, 0)])):
                machine += draw.gauss(0, world.drift)
                taken[first] += machine + workers[first] + draw.gauss(0, world.noise) + world.late * turn
                if draw.random() < world.stalls + world.first_stalls * first:
                    taken[first] += draw.uniform(math.log(10), math.log(50))
            seen.append(taken[0] - taken[1])
        yield middle(seen)


class Test(Protocol):
    """Takes rounds; ``side``: for which side a difference is shown, by its sign, or 0."""

    def take(self, d: float) -> None: ...

    @property
    def side(self) -> int: ...


_SIDES = {"first": 1, "second": -1, "equivalent": 0, "none": 0}


class Used:
    """What the command uses."""

    def __init__(self) -> None:
        self.comparison = Comparison(alpha=ALPHA, margin=MARGIN)

    def take(self, d: float) -> None:
        self.comparison.take(d)

    @property
    def side(self) -> int:
        return _SIDES[self.comparison.verdict]


class Signs:
    """Bets on which side was faster, not on how much."""

    def __init__(self) -> None:
        self.test = SignTest(ALPHA)

    def take(self, d: float) -> None:
        self.test.take(math.copysign(1.0, d))

    @property
    def side(self) -> int:
        return _SIDES[self.test.verdict]


@dataclass(slots=True)
class _Moments:
    count: int = 0
    mean: float = 0.0
    squares: float = 0.0

    def take(self, d: float) -> None:
        self.count += 1
        before = d - self.mean
        self.mean += before / self.count
        self.squares += before * (d - self.mean)

    @property
    def variance(self) -> float:
        return max(self.squares / max(self.count - 1, 1), 1e-12)


class NormalMixture(_Moments):
    """A mixture of likelihood ratios over normal effects, one standard deviation wide; the variance is that of the pairs so far."""

    @property
    def side(self) -> int:
        n = self.count
        if n < 8:
            return 0
        evidence = 0.5 * n * n / (n + 1) * self.mean**2 / self.variance - 0.5 * math.log(n + 1)
        return int(math.copysign(1, self.mean)) if evidence >= math.log(1 / ALPHA) else 0


class Student(_Moments):
    """The t test at every look, from eight pairs on; its critical value by Cornish and Fisher's expansion."""

    @property
    def side(self) -> int:
        n = self.count
        if n < 8:
            return 0
        z = statistics.NormalDist().inv_cdf(1 - ALPHA / 2)
        critical = z + (z**3 + z) / (4 * (n - 1)) + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * (n - 1) ** 2)
        t = self.mean / math.sqrt(self.variance / n)
        return int(math.copysign(1, t)) if abs(t) >= critical else 0


class Kept(Used):
    """As used, by workers that are kept."""


TESTS: dict[str, Callable[[], Test]] = {
    "bets on clipped ratios (used)": Used,
    "the same, workers kept": Kept,
    "bets on signs": Signs,
    "normal mixture on means": NormalMixture,
    "t test at every look": Student,
}


@dataclass(kw_only=True)
class Looks:
    """How many runs showed which side, after how many pairs, and how often the interval at the end held the truth (of `Used` only)."""

    runs: int = 0
    first: int = 0
    second: int = 0
    needed: list[int] = field(default_factory=list)
    held: int = 0

    @property
    def shown(self) -> float:
        return (self.first + self.second) / self.runs

    def median(self, most: int) -> str:
        """Pairs needed; runs that showed nothing needed more than there were."""
        ordered = sorted(self.needed + [most + 1] * (self.runs - len(self.needed)))
        middle = ordered[len(ordered) // 2]
        return f"{middle:,}" if middle <= most else f"> {most:,}"


def looked_at(make: Callable[[], Test], world: World, ratio: float, *, runs: int, most: int, intervals: bool = False) -> Looks:
    """Runs of at most so many pairs, each ended when a difference is shown. Run i has seed i, for every test."""
    found = Looks()
    size = 0 if make is Kept else ROUND
    for seed in range(runs):
        test = make()
        stream = rounds(world, ratio, random.Random(seed), size)
        for number in range(1, most // (size or 1) + 1):
            test.take(next(stream))
            if side := test.side:
                found.first += side > 0
                found.second += side < 0
                found.needed.append(number * (size or 1))
                break
        found.runs += 1
        if intervals and isinstance(test, Used):
            found.held += not any(test.comparison._rich(math.log(ratio), sign, ever=True) for sign in (1, -1))  # quicker than the interval
    return found


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=1000)
    parser.add_argument("--pairs", type=int, default=400)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--workers", type=int, metavar="TIMES")
    arguments = parser.parse_args(argv)
    return on_workers(arguments.workers) if arguments.workers else simulated(arguments)


def on_workers(times: int) -> int:
    """Every implementation against itself, over the demo's document, with new workers and with the same ones all the time."""
    rows: list[list[object]] = []
    bounds: list[Bound] = []
    with tempfile.TemporaryDirectory() as folder:
        document = Path(folder) / "demo.json"
        document.write_text(json.dumps(openapi()))
        for arm in ("python", "rust"):
            for every in (ROUND, 0):
                alarms = Counter[str]()
                for seed in range(times):
                    for metric in against_itself(document, arm, every, seed):
                        alarms[metric["metric"]] += metric["verdict"] in ("first", "second")
                rows.append([arm, every or "never", *(f"{alarms[metric]} of {times}" for metric in ("time", "cpu"))])
                if every:
                    chance = 3 * math.sqrt(ALPHA * (1 - ALPHA) / times)
                    bounds += [
                        Bound(what=f"{metric}, {arm}, share of alarms", measured=alarms[metric] / times, most=ALPHA + chance)
                        for metric in ("time", "cpu")
                    ]
    print("a difference shown between an implementation and itself, after 200 pairs")
    print(table(["implementation", "new workers after pairs", "time", "CPU time"], rows))
    return judged(bounds)


def against_itself(document: Path, arm: str, every: int, seed: int) -> list[dict[str, Any]]:
    """What the command says of its metrics."""
    command = [sys.executable, "-m", "pipeline.cli", "ab", str(document), "--agent", "functional-positive", "--between", f"{arm},{arm}"]
    command += ["--metric", "time,cpu", "--jobs", "200", "--full", "--json", "--seed", str(seed), "--restart-every", str(every)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    return list(json.loads(done.stdout)["metrics"])


def simulated(arguments: argparse.Namespace) -> int:
    """The tables of simulated worlds."""
    runs, most = (40, 200) if arguments.quick else (arguments.runs, arguments.pairs)
    bounds: list[Bound] = []

    alarms: list[list[object]] = []
    for name, make in TESTS.items():
        row: list[object] = [name]
        for of, world in {**WORLDS, "one side stalls": ONE_SIDED}.items():
            seen = looked_at(make, world, 1.0, runs=runs, most=most)
            row.append(f"{100 * seen.shown:.1f}")
            if make is Used and world is not ONE_SIDED:
                chance = 3 * math.sqrt(ALPHA * (1 - ALPHA) / runs)
                bounds.append(Bound(what=f"false alarms, {of}, %", measured=100 * seen.shown, most=100 * (ALPHA + chance)))
        alarms.append(row)
    print(f"a difference shown where there is none, % of {runs} runs of at most {most} pairs, looked at after each round")
    print(table(["test", *WORLDS, "one side stalls"], alarms))

    needed: list[list[object]] = []
    for name, make in [(name, make) for name, make in TESTS.items() if make not in (Kept, Student)]:
        for ratio in RATIOS:
            row = [name, f"{ratio:g}"]
            for world in WORLDS.values():
                seen = looked_at(make, world, ratio, runs=runs // 4, most=most)
                row.append(f"{seen.median(most)} ({100 * seen.first / seen.runs:.0f} %)")
            needed.append(row)
    print("\npairs until it is shown, median (share of the runs in which it was)")
    print(table(["test", "ratio", *WORLDS], needed))

    held: list[list[object]] = []
    few = max(runs // 5, 50)
    for ratio in (1.0, *RATIOS):
        shares = [100 * looked_at(Used, world, ratio, runs=few, most=most, intervals=True).held / few for world in WORLDS.values()]
        held.append([f"{ratio:g}", *(f"{share:.1f}" for share in shares)])
        least = 100 * (1 - ALPHA - 3 * math.sqrt(ALPHA * (1 - ALPHA) / few))
        bounds.append(Bound(what=f"intervals that held, ratio {ratio:g}, the worst world, %", measured=min(shares), least=least))
    print("\nthe 95 % interval at the end held the true ratio, % of runs")
    print(table(["ratio", *WORLDS], held))
    return judged(bounds)


if __name__ == "__main__":
    sys.exit(main())
