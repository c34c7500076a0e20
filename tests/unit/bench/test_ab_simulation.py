"""The comparison of two sides in simulated worlds, in small and with fixed seeds (`python -m tests.bench.ab` is the whole)."""

import math

import pytest

from tests.bench.ab import ALPHA, ONE_SIDED, WORLDS, Kept, Student, Used, looked_at

RUNS = 60


@pytest.mark.parametrize("world", WORLDS)
def test_looking_after_every_round_sounds_no_more_alarms_than_allowed(world):
    """With noise, stalls of both sides, a drifting machine, an advantage of going first, jobs that suit one side, processes that differ."""
    seen = looked_at(Used, WORLDS[world], 1.0, runs=RUNS, most=240)
    assert seen.shown <= ALPHA + 2 * math.sqrt(ALPHA * (1 - ALPHA) / RUNS)


def test_other_ways_would_not_do():
    """The t test, looked at as often, and workers that are kept sound several times as many alarms: the worlds can tell."""
    assert looked_at(Student, WORLDS["drift"], 1.0, runs=RUNS, most=240).shown > 3 * ALPHA
    assert looked_at(Kept, WORLDS["processes"], 1.0, runs=RUNS, most=240).shown > 5 * ALPHA


def test_stalls_of_one_side_decide_seldom():
    """Three of a hundred of its jobs take ten to fifty times as long, which makes its mean nearly twice the other's."""
    assert looked_at(Used, ONE_SIDED, 1.0, runs=RUNS, most=240).shown <= 0.15


@pytest.mark.parametrize(("ratio", "pairs"), [(1.2, 320), (2.0, 72)])
def test_what_is_there_is_shown_for_the_right_side_and_the_interval_holds_it(ratio, pairs):
    """In every world, in nearly nine of ten runs within so many pairs."""
    for world in WORLDS.values():
        seen = looked_at(Used, world, ratio, runs=RUNS, most=pairs, intervals=True)
        assert seen.second == 0
        assert seen.first >= 0.85 * RUNS
        assert seen.held >= 0.9 * RUNS
