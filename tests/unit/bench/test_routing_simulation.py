"""The simulation of routing, in small: the router beats what it is compared with, loosely bounded; worlds are seeded."""

import statistics

import pytest

from tests.bench.routing.machine import Machine
from tests.bench.routing.policies import Baseline, Oracle
from tests.bench.routing.runs import compared, reaction, restart
from tests.bench.routing.worlds import WORLDS, made

SEEDS = range(3)


@pytest.mark.parametrize("world", WORLDS)
def test_the_router_is_ahead_of_a_fixed_order_in_every_world(world: str):
    """Over three seeds it makes more of a millisecond than the configured order, and no caller sees a failure."""
    rows = [compared(world, seed, 250) for seed in SEEDS]
    mean = {policy: statistics.fmean(row[policy].efficiency for row in rows) for policy in rows[0]}
    assert mean["router"] > 1.05 * mean["default order"]
    assert mean["router"] > 80
    assert mean["router"] > 0.8 * max(mean[policy] for policy in ("window mean", "epsilon-greedy", "UCB", "Thompson"))
    assert sum(row["router"].failures for row in rows) == 0


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
    assert statistics.median(reaction("degrades", seed) for seed in range(5)) <= 8
    assert statistics.median(reaction("improves", seed) for seed in range(5)) <= 40


def test_a_restart_with_its_state_loses_little():
    """The first jobs after a restart are done as if there had been none."""
    lost = [restart("stationary", seed)[0] for seed in SEEDS]
    assert statistics.fmean(lost) <= 7
