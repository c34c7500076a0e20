"""The router on real workers: ``python -m tests.bench.routing_workers [--seeds 6] [--jobs 200] [--parallel 4] [--quick]``.

Small versions of worlds of the simulation, on subprocesses that sleep, hang and crash by their draws, carried out by the machinery of
dispatch, beside the simulation of the same worlds; then a restart, an arm that crashes, and what dispatch adds. Prints tables and ends with
1 where a target is missed (``--quick``: a few jobs, always 0).
"""

import argparse
import itertools
import logging
import multiprocessing
import statistics
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor

import structlog

from tests.bench.bounds import Bound, judged
from tests.bench.measure import table
from tests.bench.routing.machine import Machine, Result
from tests.bench.routing.overhead import Added, added, crashing
from tests.bench.routing.policies import POLICIES, Baseline, Oracle
from tests.bench.routing.runs import Score, interval, score_of
from tests.bench.routing.steered import Simulated, on_workers
from tests.bench.routing.worlds import World, made

SMALL = ("stationary", "crossover", "abrupt", "bursts", "stalls")
BASE_MS = 16.0  # of a job of 16 cases on the faster arm, instead of 40
CHOICES = ("stationary", "crossover", "abrupt", "stalls")  # worlds in which the best arm is a matter of time
PLENTY = 64.0  # cores of the simulated machine: sleeping workers do not slow each other
RESTART_AT, AFTER_RESTART = 100, 60
NARROW = 1 / 3  # of the simulated figure: the widths of two intervals together, for their overlap to say something
OFF = 15.0  # % that a policy's mean may be off the simulated one, which knows nothing of what dispatch adds
Scores = Mapping[str, Sequence[Mapping[str, Score]]]  # by world: by seed, by policy


class OtherFirst(Baseline):
    """The configured order, the wrong way round: with *default order* these are the fixed choices."""

    def order(self, job: int) -> list[int]:
        return list(reversed(range(self.world.arms)))


BASELINES: dict[str, Callable[[World, int], Baseline]] = {
    "oracle": Oracle,
    "default order": Baseline,
    "other arm first": OtherFirst,
    **{name: POLICIES[name] for name in ("window mean", "UCB", "race all")},  # type: ignore[dict-item]  # none of them is Routed
}


def small(name: str, seed: int, jobs: int, start_ms: float) -> World:
    """A world in real milliseconds: jobs are shorter, a start takes what it takes."""
    world = made(name, seed, jobs)
    world.base_ms, world.cores, world.cold_ms, world.known = BASE_MS, PLENTY, [start_ms] * world.arms, []
    return world


def _quiet() -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))


def real(task: tuple[str, int, int]) -> tuple[dict[str, Score], list[float]]:
    """Every policy in one world of one seed on real workers; and what starts took."""
    name, seed, jobs = task
    results: dict[str, Result] = {}
    starts: list[float] = []
    for policy in ("router", *BASELINES):
        world = small(name, seed, jobs, 0.0)
        results[policy] = on_workers(world, None if policy == "router" else BASELINES[policy](world, seed), starts=starts)
    return {policy: score_of(result, results["oracle"]) for policy, result in results.items()}, starts


def simulated(name: str, seed: int, jobs: int, start_ms: float) -> dict[str, Score]:
    """The same in simulated time."""
    world = small(name, seed, jobs, start_ms)
    results = {"router": Machine(world, Simulated(world, seed), replaces=True).carry_out()}
    results |= {policy: Machine(world, make(world, seed), replaces=True).carry_out() for policy, make in BASELINES.items()}
    return {policy: score_of(result, results["oracle"]) for policy, result in results.items()}


def chosen(task: tuple[str, int, int]) -> float:
    """First choices of the router that were right, in percent, in a longer run."""
    name, seed, jobs = task
    right = [was for was in on_workers(small(name, seed, jobs, 0.0), None).right if was is not None]
    return 100 * sum(right) / len(right)


def restarted(task: tuple[str, int]) -> tuple[float, float]:
    """Answers a millisecond of the jobs behind a restart that kept what was learned, and of the same jobs without a restart."""
    name, seed = task

    def efficiency(restart_at: int) -> float:
        world = small(name, seed, RESTART_AT + AFTER_RESTART, 0.0)
        result = on_workers(world, None, restart_at=restart_at)
        return sum(result.value[RESTART_AT:]) / sum(result.wall_ms[RESTART_AT:])

    return efficiency(RESTART_AT), efficiency(-1)


def _spread(rows: Sequence[Mapping[str, Score]], policy: str) -> tuple[float, float]:
    return interval([row[policy].efficiency for row in rows])


def _cell(rows: Sequence[Mapping[str, Score]], policy: str) -> str:
    mean, half = _spread(rows, policy)
    return f"{mean:.1f} ± {half:.1f}"


def comparison(on: Scores, off: Scores) -> str:
    """Efficiency on workers and in simulated time: a row a policy, two columns a world."""
    head = ["policy", *itertools.chain.from_iterable((world, "simulated") for world in on)]
    policies = list(next(iter(on.values()))[0])
    rows = [[policy, *itertools.chain.from_iterable((_cell(on[w], policy), _cell(off[w], policy)) for w in on)] for policy in policies]
    return table(head, rows)


def _difference(rows: Sequence[Mapping[str, Score]], one: str, other: str) -> tuple[float, float]:
    """How far two policies are apart: the mean over seeds, each seed's two at the same draws, and half its 95 % interval."""
    return interval([row[one].efficiency - row[other].efficiency for row in rows])


def kept_order(on: Sequence[Mapping[str, Score]], off: Sequence[Mapping[str, Score]]) -> tuple[float, int, int]:
    """Kendall's tau of the policies' order; pairs that are apart in the simulation, and those of them that come the other way round."""
    agree = pairs = apart = turned = 0
    for one, other in itertools.combinations(on[0], 2):
        here, _ = _difference(on, one, other)
        there, half = _difference(off, one, other)
        pairs += 1
        agree += here * there > 0
        if abs(there) > half:
            apart += 1
            turned += here * there <= 0
    return 2 * agree / pairs - 1, apart, turned


def overlaps(on: Sequence[Mapping[str, Score]], off: Sequence[Mapping[str, Score]]) -> tuple[list[str], int]:
    """Policies whose two intervals lie apart, and of how many that can be said: where both together are wider than ``NARROW`` of the
    simulated figure they overlap whatever is true, and the oracle is a hundred percent on either side."""
    apart, asked = [], 0
    for policy in on[0]:
        (here, half), (there, other) = _spread(on, policy), _spread(off, policy)
        if policy != "oracle" and half + other <= NARROW * there:
            asked += 1
            apart += [policy] * (abs(here - there) > half + other)
    return apart, asked


def farthest(on: Sequence[Mapping[str, Score]], off: Sequence[Mapping[str, Score]]) -> float:
    """By how much a policy's mean is off the simulated one at the most, in percent; both are of the same draws."""
    return max(100 * abs(_spread(on, policy)[0] / _spread(off, policy)[0] - 1) for policy in on[0])


def bounds(on: Scores, off: Scores) -> list[Bound]:
    """What the comparison is held to."""
    asked: list[Bound] = []
    rows: list[list[object]] = []
    for world in on:
        tau, apart, turned = kept_order(on[world], off[world])
        separate, asked_of = overlaps(on[world], off[world])
        off_by = farthest(on[world], off[world])
        regret = statistics.fmean(
            100 * (1 - row["router"].efficiency / max(row["default order"].efficiency, row["other arm first"].efficiency))
            for row in on[world]
        )
        right, expected = ([row["router"].right or 0.0 for row in scores[world]] for scores in (on, off))
        rows.append([world, f"{tau:.2f}", f"{apart}", f"{turned}", f"{', '.join(separate) or 'none'} of {asked_of}",
                     f"{off_by:.1f}", f"{regret:.1f}", f"{statistics.fmean(right):.1f}", f"{statistics.fmean(expected):.1f}"])  # fmt: skip
        asked += [
            Bound(what=f"{world}: pairs apart in the simulation that turn round", measured=turned, most=0),
            Bound(what=f"{world}: policies whose narrow intervals do not overlap", measured=len(separate), most=0),
            Bound(what=f"{world}: a policy's mean off the simulated one, %", measured=off_by, most=OFF),
            Bound(what=f"{world}: regret against the best fixed choice, %", measured=regret, most=5),
        ]
    head = ["world", "Kendall's tau", "pairs apart", "turned", "narrow intervals apart", "means off %", "regret %", "first choice right %",
            "simulated"]  # fmt: skip
    print(f"\n{table(head, rows)}")
    print(
        f"\nIntervals are narrow where both together are at most {100 * NARROW:.0f} % of the simulated figure; wider ones overlap whatever"
        "\nis true, and are left out. Means are of the same draws on both sides."
    )
    return asked


def seen_failing(on: Scores, off: Scores) -> int:
    """Jobs of the router that failed on workers and not in the simulation, where an arm that was asked answers unless its draw says no."""
    here, there = (sum(row["router"].failures for rows in scores.values() for row in rows) for scores in (on, off))
    return here - there


def added_table(costs: Sequence[tuple[float, Added]]) -> str:
    """What dispatch adds, by the worker's time and the job's size."""
    head = ["worker's ms", "cases", "in dispatch, µs", "with hand-over, µs", "CPU, µs"]
    return table(head, [[f"{ms:g}", f"{a.cases}", f"{a.own_us:.0f}", f"{a.whole_us:.0f}", f"{a.cpu_us:.0f}"] for ms, a in costs])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=6)
    parser.add_argument("--jobs", type=int, default=200)
    parser.add_argument("--choices", type=int, default=600, help="jobs of the runs in which only first choices are looked at")
    parser.add_argument("--crashing", type=int, default=10_000, help="jobs with an arm that crashes at 30 of 100")
    parser.add_argument("--parallel", type=int, default=4, help="runs at a time; the workers sleep")
    parser.add_argument("--worlds", nargs="+", default=SMALL, choices=SMALL)
    parser.add_argument("--added", action="store_true", help="only what dispatch adds to a job")
    parser.add_argument("--quick", action="store_true", help="a few jobs, to see that it runs")
    arguments = parser.parse_args()
    if arguments.quick:
        arguments.seeds, arguments.jobs, arguments.worlds = 2, 40, SMALL[:1]
        arguments.choices, arguments.crashing = 40, 100
    _quiet()
    began = time.perf_counter()
    found: list[Bound] = []
    if not arguments.added:
        found = measured(arguments)
    costs = [(ms, added(cases, ms, 200 if arguments.quick else 1000)) for ms, cases in ((0.0, 1), (0.0, 16), (10.0, 16), (10.0, 64))]
    print(f"\n{added_table(costs)}")
    found.append(Bound(what="added by dispatch to a job of 16 cases, µs", measured=costs[1][1].own_us, most=300))
    missed = judged(found)
    print(f"\n{time.perf_counter() - began:.0f} s")
    return 0 if arguments.quick else missed


def measured(arguments: argparse.Namespace) -> list[Bound]:
    """All that runs beside each other: worlds, restarts, the crashing arm."""
    seeds = range(arguments.seeds)
    with ProcessPoolExecutor(arguments.parallel, multiprocessing.get_context("spawn"), _quiet) as pool:
        crashed = pool.submit(crashing, arguments.crashing)
        runs = {world: pool.map(real, [(world, seed, arguments.jobs) for seed in seeds]) for world in arguments.worlds}
        choices = {world: pool.map(chosen, [(world, seed, arguments.choices) for seed in seeds[:3]]) for world in CHOICES}
        again = pool.map(restarted, [(world, seed) for world in arguments.worlds[:2] for seed in seeds])
        rows = {world: list(found) for world, found in runs.items()}
        right = {world: statistics.fmean(found) for world, found in choices.items()}
        restarts, crashes = list(again), crashed.result()
    on = {world: [scores for scores, _ in found] for world, found in rows.items()}
    starts = [start for found in rows.values() for _, each in found for start in each]
    start_ms = statistics.fmean(starts)
    off = {world: [simulated(world, seed, arguments.jobs, start_ms) for seed in seeds] for world in arguments.worlds}
    print(
        f"efficiency, % of the oracle's on the same machine; {arguments.seeds} seeds, {arguments.jobs} jobs; a start took {start_ms:.0f} ms"
    )
    print(comparison(on, off))
    found = bounds(on, off)
    found += [
        Bound(what=f"{world}: first choice right in {arguments.choices} jobs, %", measured=share, least=95)
        for world, share in right.items()
    ]
    kept, whole = (sum(column) for column in zip(*restarts, strict=True))
    print(f"\n{crashes.jobs:,} jobs with an arm that died {crashes.crashes:,} times")
    return [
        *found,
        Bound(what=f"lost in {AFTER_RESTART} jobs after a restart, %", measured=100 * (1 - kept / whole), most=7),
        Bound(what="jobs with a crashing arm that no arm answered", measured=crashes.failures, most=0),
        Bound(what="jobs that failed for a caller beyond those at which all arms do", measured=seen_failing(on, off), most=0),
    ]


if __name__ == "__main__":
    sys.exit(main())
