"""The router over time: changes of the arms, what is told wrong or never, and what is kept."""

import math

import pytest

from stages.dispatch.routing import (
    ArmFacts,
    Outcome,
    Policy,
    Router,
    SetAside,
    exported,
    imported,
    summary,
)  # fmt: skip
from stages.dispatch.routing.router import OPEN_PLANS
from tests.unit.dispatch.deciding import ORDER, TWO, arms, decide, feed, noisy, router

NO_HEDGE = Policy(hedge=False)


def test_the_order_changes_within_four_jobs_when_the_best_arm_degrades():
    """Three or four slow jobs in a row are a changed level, not noise."""
    subject = router(NO_HEDGE)
    for _ in range(60):
        noisy(subject, "one", 20, 1, seed=subject.state.jobs)
        noisy(subject, "two", 40, 1, seed=subject.state.jobs)
    slow = 0
    while decide(subject).order[0] == "one":
        noisy(subject, "one", 100, 1, seed=slow)
        slow += 1
        assert slow <= 4


def test_one_stalled_job_changes_nothing():
    """A job that took fifty times as long leaves the order as it was."""
    subject = router(NO_HEDGE)
    noisy(subject, "one", 20, 40)
    noisy(subject, "two", 25, 40)
    assert decide(subject).order[0] == "one"
    feed(subject, "one", 1000)
    assert decide(subject).order[0] == "one"


def test_a_new_version_or_another_machine_starts_anew():
    """Speeds of another version of an arm do not rule: its samples are gone, its place is the configured one."""
    subject = router(NO_HEDGE)
    feed(subject, "one", 40, 6)
    feed(subject, "two", 10, 6)
    newer = (ArmFacts(name="one", deterministic=True, version="2"), TWO[1])
    plan = decide(subject, newer)
    assert (plan.order[0], plan.reasons[0].samples) == ("one", 0)
    moved = Router(NO_HEDGE, ORDER, lambda: 0.0, machine="another", state=subject.state)
    assert all(reason.samples == 0 for reason in decide(moved).reasons)


def test_arms_come_and_go():
    """An arm added takes part at once, one removed is not named any more, and what is kept of arms is bounded."""
    subject = router(NO_HEDGE)
    feed(subject, "one", 10, 6)
    assert decide(subject, arms("one", "new")).order == ("one", "new")
    assert decide(subject, arms("new")).order == ("new",)
    for number in range(400):
        decide(subject, arms(f"arm {number}"))
    assert len(subject.state.arms) <= 256
    empty = decide(subject, ())
    assert (empty.order, empty.mode) == ((), "sequence")


def test_outcomes_twice_late_or_unknown_teach_nothing_and_are_counted():
    """The second report of an attempt, one of a plan long gone, and one of no plan change no state."""
    subject = router(NO_HEDGE)
    plan = decide(subject)
    outcome = Outcome(ticket=plan.ticket, arm="one", kind="answered", wall_ms=10, answers=16)
    assert subject.record(outcome, 0.0)
    before = exported(subject.state)
    assert not subject.record(outcome, 1.0)
    assert not subject.record(Outcome(ticket=999, arm="one", kind="answered", wall_ms=10), 1.0)
    assert not subject.record(Outcome(ticket=plan.ticket, arm="nobody", kind="answered", wall_ms=10), 1.0)
    assert not subject.credit(999, 1.0)
    assert exported(subject.state) == before
    assert (subject.ignored.twice, subject.ignored.unknown) == (1, 3)
    late = decide(subject)
    for _ in range(OPEN_PLANS + 1):
        decide(subject)
    assert not subject.record(Outcome(ticket=late.ticket, arm="one", kind="answered", wall_ms=10), 1.0)


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf, -1.0, 0.0, 1e308, 5e-324])
def test_times_that_are_none_break_nothing(bad: float):
    """NaN, infinite, negative and zero times, and a clock that steps back, leave finite predictions and a readable state."""
    subject = router()
    for name in ("one", "two"):
        feed(subject, name, 20, 8)
    for now in (1e9, -1e9, bad):
        plan = decide(subject, idle=bad)
        subject.record(
            Outcome(ticket=plan.ticket, arm="one", kind="answered", wall_ms=bad, cpu_ms=bad, queue_ms=bad, worth=bad, answers=0), now
        )
        subject.shadow(plan.ticket, bad)
    plan = decide(subject, size=0)
    assert all(
        math.isfinite(value) for reason in plan.reasons for value in (reason.expected_ms, reason.low_ms, reason.high_ms, reason.score)
    )
    assert not isinstance(imported(exported(subject.state)), SetAside)


def test_a_window_of_one_and_sixty_four_arms_work():
    """The smallest window and many arms decide all the same, and the window is kept to."""
    subject = router(Policy(window=1, hedge=False))
    many = arms(*(f"arm-{number}" for number in range(64)))
    for number in range(64):
        feed(subject, f"arm-{number}", 100 - number, 6, facts=many)
    plan = decide(subject, many)
    assert (len(set(plan.order)), plan.order[0]) == (64, "arm-63")
    assert all(len(model.window("agent").rows) == 1 for model in subject.state.arms.values())


def test_many_outcomes_grow_nothing():
    """After the window is full the state has the same size, however many outcomes follow."""
    subject = router()

    def after(times: int) -> int:
        for name in ("one", "two"):
            noisy(subject, name, 20, times)
        return len(exported(subject.state))

    full = after(300)
    assert after(1500) < 1.1 * full


def test_the_state_survives_and_decides_the_same():
    """A router that begins with an exported state gives the plan that the first would have given."""
    subject = router(NO_HEDGE)
    noisy(subject, "one", 30, 30)
    noisy(subject, "two", 20, 30)
    state = imported(exported(subject.state))
    assert not isinstance(state, SetAside)
    again = Router(NO_HEDGE, ORDER, lambda: 0.0, state=state)
    assert decide(again).reasons == decide(subject).reasons


def test_a_damaged_or_foreign_state_is_set_aside_with_a_reason():
    """Not JSON, another version, wrong shapes and impossible numbers are refused with words, never with an exception."""
    subject = router()
    feed(subject, "one", 20, 3)
    good = exported(subject.state)
    damaged = [
        b"", b"{", b"\xff\xfe", b"[]", b"null", good[: len(good) // 2], good.replace(b'"version":1', b'"version":99', 1),
        good.replace(b'"noise":', b'"noise":-', 1), good.replace(b'"mean":[', b'"mean":[null,', 1),
        good.replace(b'"mean":[', b'"mean":[1e9,', 1),
        good.replace(b'"ordered":[', b'"ordered":[7.5,', 1), b"[" * 100_000,
    ]  # fmt: skip
    for data in damaged:
        found = imported(data)
        assert isinstance(found, SetAside), data[:40]
        assert found.reason


def test_the_summary_says_what_was_measured():
    """Answers a millisecond over warm answers; failures, cold starts and shadows are counted, worth is what was credited."""
    subject = router(NO_HEDGE)
    feed(subject, "one", 20, 4)
    feed(subject, "one", 5, kind="timeout")
    plan = decide(subject)
    subject.record(Outcome(ticket=plan.ticket, arm="one", kind="answered", wall_ms=500, answers=16, cold=True, worth=8.0), 0.0)
    (line,) = (line for line in summary(subject.state) if line.arm == "one")
    assert line.efficiency == pytest.approx(16 / 20)
    assert (line.outcomes, line.samples, line.timeouts, line.failed, line.cold, line.answers) == (6, 4, 1, 0, 1, 64)
    assert line.worth is not None
    assert 0.3 < line.worth < 1.0
