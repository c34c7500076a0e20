"""The simulation of routing, in small: how good the router is to be. Worlds and draws are seeded, so figures repeat exactly."""

import statistics
from collections.abc import Callable
from contextlib import nullcontext
from unittest.mock import patch

import pytest

from stages.dispatch.routing import IMPLEMENTATIONS, MODELS, Policy
from tests.bench.routing.machine import Machine
from tests.bench.routing.policies import PARTS, PATCHES, Baseline, Oracle, Routed
from tests.bench.routing.runs import Score, compared, interval, reaction, restart, score_of, student
from tests.bench.routing.worlds import WORLDS, made

SEEDS = range(3)
JOBS = 250


# By world, of the means over the seeds: % of the oracle's efficiency, % of first choices that are right, and efficiency over that of the
# best policy that only looks at a window. They lie a little below what the whole router has; without one of its parts it falls below them.
BOUNDS = {
    "stationary": (94.0, 94.5, 0.95),
    "crossover": (95.0, 95.0, 1.2),
    "abrupt": (99.0, 91.0, 1.1),
    "gradual": (106.0, 89.0, 1.1),
    "periodic": (95.0, 78.0, 1.1),
    "bursts": (170.0, 77.5, 1.15),
    "stalls": (136.0, 94.5, 1.35),
    "types": (100.0, 91.5, 1.35),
    "llm": (88.0, 92.5, 0.97),
    "crowd": (121.0, 79.5, 1.3),
    "chaos": (118.0, 55.0, 2.2),
}
LEARNING = ("window mean", "epsilon-greedy", "UCB", "Thompson")
# Where the lack of each part shows. "without breaker" is seen by right choices alone: fallbacks and hedges save the efficiency there.
MISSED = {
    "without hedging": "stalls",
    "without size": "crossover",
    "without shadows": "crowd",
    "without drift alarm": "abrupt",
    "without breaker": "bursts",
}


def within(world: str, efficiency: float, right: float) -> bool:
    """Whether the router is as good there as it is to be."""
    return efficiency >= BOUNDS[world][0] and right >= BOUNDS[world][1]


@pytest.mark.parametrize("world", WORLDS)
def test_the_router_is_as_good_as_it_is_to_be_in_every_world(world: str):
    """Over three seeds: efficiency, right choices, ahead of a fixed order and of what looks at a window alone; no caller sees a failure."""
    rows = [compared(world, seed, JOBS) for seed in SEEDS]
    mean = {policy: statistics.fmean(row[policy].efficiency for row in rows) for policy in rows[0]}
    assert within(world, mean["router"], statistics.fmean(row["router"].right or 0.0 for row in rows))
    assert mean["router"] > 1.15 * mean["default order"]
    assert mean["router"] >= BOUNDS[world][2] * max(mean[policy] for policy in LEARNING)
    assert sum(row["router"].failures for row in rows) == 0


@pytest.mark.parametrize(("part", "world"), MISSED.items())
def test_a_part_that_is_missing_is_seen(part: str, world: str):
    """The bounds are such that the router without it does not keep them."""
    change = PARTS.get(part, PARTS["whole"])
    with patch.object(*PATCHES[part]) if part in PATCHES else nullcontext():
        rows = [alone(world, seed, change) for seed in SEEDS]
    assert not within(world, statistics.fmean(row.efficiency for row in rows), statistics.fmean(row.right or 0.0 for row in rows))


def alone(name: str, seed: int, change: Callable[[Policy], Policy]) -> Score:
    """The router in one world of one seed, by a changed policy."""
    world = made(name, seed, JOBS)
    best = Machine(world, Oracle(world, seed)).carry_out()
    return score_of(Machine(world, Routed(world, seed, change(MODELS if world.models else IMPLEMENTATIONS))).carry_out(), best)


def test_the_oracle_is_a_hundred_percent_and_worlds_repeat():
    """The same seed gives the same world and the same result; another gives another."""

    def walls(seed: int) -> list[float]:
        world = made("abrupt", seed, 80)
        return Machine(world, Oracle(world, seed)).carry_out().wall_ms

    assert walls(1) == walls(1) != walls(2)
    world = made("stationary", 1, 80)
    result = Machine(world, Baseline(world, 1)).carry_out()
    assert all(wall > 0 for wall in result.wall_ms)
    assert result.twice_cpu == 0


def test_changes_are_found_soon():
    """A degraded arm is left and an improved one found within a bounded number of jobs."""
    assert statistics.median(reaction("degrades", seed) for seed in range(5)) <= 4
    assert statistics.median(reaction("improves", seed) for seed in range(5)) <= 8


def test_a_restart_with_its_state_loses_little():
    """The first jobs after a restart are done as if there had been none."""
    lost = [restart("stationary", seed)[0] for seed in SEEDS]
    assert statistics.fmean(lost) <= 1


@pytest.mark.parametrize(("degrees", "quantile"), [(1, 12.706), (2, 4.303), (3, 3.182), (4, 2.776), (9, 2.262), (29, 2.045), (99, 1.984)])
def test_intervals_are_students(degrees: int, quantile: float):
    """As in the tables of any book; of three values with the standard deviation 1, the half-width is 4.3 standard errors."""
    assert student(degrees) == pytest.approx(quantile, rel=1.5e-3)
    assert interval([1.0, 2.0, 3.0]) == (2.0, pytest.approx(4.303 / 3**0.5, rel=1e-3))
