"""The simulation of routing, in small: how good the router is to be. Worlds and draws are seeded, so figures repeat exactly."""

import statistics
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from unittest.mock import patch

import pytest

from stages.dispatch.routing import IMPLEMENTATIONS, MODELS, Policy
from tests.bench.bounds import Bound
from tests.bench.routing.loose import JOBS, LATE, SEEDS, against, changed, choosing
from tests.bench.routing.machine import Machine
from tests.bench.routing.policies import PARTS, PATCHES, Baseline, Oracle, Routed
from tests.bench.routing.runs import Score, compared, interval, reaction, restart, score_of, student
from tests.bench.routing.worlds import WORLDS, made

# Where the lack of each part shows. "without breaker" is seen by right choices alone: fallbacks and hedges save the efficiency there.
MISSED = {
    "without hedging": "stalls",
    "without size": "crossover",
    "without shadows": "crowd",
    "without drift alarm": "abrupt",
    "without breaker": "bursts",
}


def missed(bounds: Sequence[Bound]) -> list[Bound]:
    return [bound for bound in bounds if not bound.holds]


@pytest.mark.parametrize("world", WORLDS)
def test_the_router_is_as_good_as_it_is_to_be_in_every_world(world: str):
    """Over three seeds: efficiency, right choices, ahead of a fixed order and of what looks at a window alone; no caller sees a failure."""
    rows = [compared(world, seed, JOBS) for seed in SEEDS]
    assert not missed(against(world, rows))


@pytest.mark.parametrize(("part", "world"), MISSED.items())
def test_a_part_that_is_missing_is_seen(part: str, world: str):
    """The bounds are such that the router without it does not keep them."""
    change = PARTS.get(part, PARTS["whole"])
    with patch.object(*PATCHES[part]) if part in PATCHES else nullcontext():
        rows = [alone(world, seed, change) for seed in SEEDS]
    efficiency, right = statistics.fmean(row.efficiency for row in rows), statistics.fmean(row.right or 0.0 for row in rows)
    assert missed(choosing(world, efficiency, right))


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


def test_changes_are_found_soon_and_a_restart_loses_little():
    """A degraded arm is left and an improved one found within a few jobs; with its state the router goes on as if it had not ended."""
    reactions = {kind: [reaction(kind, seed) for seed in SEEDS] for kind in LATE}
    assert not missed(changed(reactions, [restart("stationary", seed) for seed in SEEDS]))


@pytest.mark.parametrize(("degrees", "quantile"), [(1, 12.706), (2, 4.303), (3, 3.182), (4, 2.776), (9, 2.262), (29, 2.045), (99, 1.984)])
def test_intervals_are_students(degrees: int, quantile: float):
    """As in the tables of any book; of three values with the standard deviation 1, the half-width is 4.3 standard errors."""
    assert student(degrees) == pytest.approx(quantile, rel=1.5e-3)
    assert interval([1.0, 2.0, 3.0]) == (2.0, pytest.approx(4.303 / 3**0.5, rel=1e-3))
