"""How implementations did over time: from stored decisions to slices and attempts."""

import msgspec
import pytest

from pipeline.errors import StoreError
from pipeline.measured import attempts, decided, history
from pipeline.messages import DecisionRow, Try
from stages.dispatch.routing import NEVER_MS, Reason, RoutingPlan
from tests.scenes import routed


def reason(arm, *, low=10.0, high=30.0, samples=9, breaker="closed"):
    return Reason(
        arm=arm, expected_ms=20.0, low_ms=low, high_ms=high, start_ms=0.0, score=0.0, uncertainty=0.1, reliability=1.0, breaker=breaker,
        samples=samples,
    )  # fmt: skip


def row(*tries, order=("a", "b"), mode="sequence", delay=NEVER_MS, job=0, reasons=None):
    plan = RoutingPlan(
        ticket=1, agent="x", size=4, order=order, mode=mode, delays_ms=(0.0, delay)[: len(order)], deadlines_ms=(1e4,) * len(order),
        rounds=1, why="score", reasons=reasons or tuple(reason(name) for name in order),
    )  # fmt: skip
    return DecisionRow(run="r", job=job, agent="x", group="", plan=msgspec.json.encode(plan).decode(), tries=list(tries))


def test_slices_are_of_equally_many_jobs_and_count_what_each_arm_did():
    """A row for each slice and arm: first choices, the median of warm answered attempts, answers by millisecond, failures by kind."""
    rows = [
        row(Try(arm="a", kind="answered", wall_ms=10, answers=4), job=0),
        row(Try(arm="a", kind="answered", wall_ms=30, answers=4), job=1),
        row(Try(arm="a", kind="answered", wall_ms=900, answers=4, cold=True), job=2),
        row(Try(arm="a", kind="failed", wall_ms=5), Try(arm="b", kind="answered", wall_ms=20, answers=4), job=3),
        row(Try(arm="b", kind="timeout", wall_ms=5000), Try(arm="a", kind="answered", wall_ms=8, answers=4), order=("b", "a"), job=4),
    ]
    found = history([decided(one) for one in rows], 2)
    assert [(one.slice, one.arm, one.jobs_from, one.jobs_to, one.job) for one in found] == [
        (1, "a", 1, 3, 0), (1, "b", 1, 3, 0), (2, "a", 4, 5, 3), (2, "b", 4, 5, 3),
    ]  # fmt: skip
    first, idle, second, other = found
    assert (first.jobs, first.first_share, first.attempts, first.median_ms, first.answers_per_ms) == (3, 1.0, 3, 20.0, 0.2)
    assert (idle.first_share, idle.attempts, idle.median_ms, idle.answers_per_ms) == (0.0, 0, None, None)
    assert (second.first_share, second.failed, second.timeouts, second.median_ms) == (0.5, 1, 0, 8)
    assert (other.failed, other.timeouts) == (0, 1)


@pytest.mark.parametrize(
    ("mode", "delay", "tries", "second"),
    [
        ("hedge", 25.0, [Try(arm="b", kind="answered", wall_ms=9), Try(arm="a", kind="cancelled", wall_ms=34)], "b"),
        ("race", 0.0, [Try(arm="a", kind="answered", wall_ms=9), Try(arm="b", kind="cancelled", wall_ms=9)], "b"),
        ("hedge", 25.0, [Try(arm="a", kind="answered", wall_ms=9)], ""),
        ("hedge", 25.0, [Try(arm="a", kind="failed", wall_ms=9), Try(arm="b", kind="answered", wall_ms=9)], ""),
        ("hedge", 25.0, [Try(arm="a", kind="failed", wall_ms=40), Try(arm="b", kind="answered", wall_ms=30)], "b"),
        ("hedge", 25.0, [Try(arm="a", kind="answered", wall_ms=9), Try(arm="b", kind="answered", wall_ms=9, shadow=True)], ""),
        ("sequence", NEVER_MS, [Try(arm="a", kind="failed", wall_ms=40), Try(arm="b", kind="answered", wall_ms=30)], ""),
    ],
)  # fmt: skip
def test_a_second_start_is_one_beside_an_attempt_that_was_under_way(mode, delay, tries, second):
    """A fallback after a failure is none, nor a replay for measuring; one whose first arm failed after it had begun is."""
    one = decided(row(*tries, mode=mode, delay=delay))
    assert one.second() == second
    assert [part.second_starts for part in history([one])] == [0, int(second == "b")]


@pytest.mark.parametrize(
    ("one", "held"),
    [
        (Try(arm="a", kind="answered", wall_ms=20), "yes"),
        (Try(arm="a", kind="answered", wall_ms=31), "no"),
        (Try(arm="a", kind="answered", wall_ms=9), "no"),
        (Try(arm="a", kind="cancelled", wall_ms=31), "no"),
        (Try(arm="a", kind="cancelled", wall_ms=20), None),
        (Try(arm="a", kind="answered", wall_ms=20, cold=True), None),
        (Try(arm="a", kind="failed", wall_ms=20), None),
        (Try(arm="b", kind="answered", wall_ms=20), None),
    ],
)
def test_a_prediction_is_counted_as_the_router_counts_it(one, held):
    """Of warm attempts with enough samples; one that was stopped tells only when it had passed the upper bound."""
    decision = decided(row(one, reasons=(reason("a"), reason("b", samples=4))))
    assert [found.held for found in attempts([decision])] == ([held] if held else [])
    assert sum(part.predictions for part in history([decision])) == (held is not None)
    assert sum(part.held for part in history([decision])) == (held == "yes")


def test_the_history_agrees_with_the_router():
    """Over all jobs, what slices count of predictions that held is what the router itself counted."""
    rows, router = routed.decided(jobs=200)
    found = history([decided(one) for one in rows], 7)
    for arm, model in router.state.arms.items():
        own = [one for one in found if one.arm == arm]
        assert (sum(one.held for one in own), sum(one.predictions for one in own)) == (model.coverage.held, model.coverage.asked)
    assert sum(one.failed for one in found) == 10
    assert found[-1].jobs_to == 200
    assert [one.first_share for one in found if one.arm == "quick"][-1] > 0.8


def test_attempts_are_thinned_to_a_bound():
    """A picture has at most so many points, spread over all jobs."""
    rows, _ = routed.decided(jobs=200)
    decisions = [decided(one) for one in rows]
    whole, thin = attempts(decisions), attempts(decisions, 40)
    assert len(whole) > 100
    assert 20 <= len(thin) <= 40
    assert thin[-1].number > 180


def test_nothing_decided_makes_no_slices():
    """Nor does a job that no arm served break them."""
    assert history([]) == []
    assert attempts([]) == []
    assert history([decided(row(order=()))]) == []


def test_a_plan_that_cannot_be_read_is_named():
    """The store's row is damaged: which one it is, not an error of the program's own."""
    broken = DecisionRow(run="r9", job=4, agent="x", group="", plan='{"order": 3}')
    with pytest.raises(StoreError, match="job 4 of run r9"):
        decided(broken)
