"""What the numbers of a plan are made of: lines and starts, worth that is not known, samples elsewhere, runs that were cut short."""

from random import Random

import pytest
from msgspec.structs import replace

from stages.dispatch.routing import JobFacts, Outcome, Router
from tests.unit.dispatch.deciding import TWO, arms, decide, feed, noisy, router

ONE, OTHER = TWO


def known() -> Router:
    """A router that knows a fast first arm and one that is five times as slow."""
    subject = router()
    noisy(subject, "one", 40, 40)
    noisy(subject, "two", 200, 20)
    return subject


@pytest.mark.parametrize("idle", [4.0, 0.0])
def test_a_second_waits_for_what_the_first_has_before_it(idle):
    """A job in line before it is no lateness of the first arm: the second starts later by as much."""
    alone, behind = (decide(known(), (replace(ONE, busy=busy), OTHER), idle=idle) for busy in (0, 1))
    assert alone.order == behind.order == ("one", "two")
    assert behind.reasons[0].start_ms > 30
    assert behind.delays_ms[1] - alone.delays_ms[1] == pytest.approx(behind.reasons[0].start_ms)


def test_on_busy_cores_the_first_has_its_usual_time_behind_the_line():
    """Beside an arm that stalls a second start would pay sooner, but not before the first has had its turn and what it mostly takes."""
    subject, rng = router(), Random(2)
    for _ in range(60):
        feed(subject, "one", 40 * rng.lognormvariate(0, 0.05) if rng.random() > 0.05 else 4_000.0)
        feed(subject, "two", 200 * rng.lognormvariate(0, 0.05))
    plan = decide(subject, (replace(ONE, busy=1), OTHER), idle=0.0)
    first = plan.reasons[0]
    assert (plan.order, plan.mode_why[:13]) == (("one", "two"), "no core idles")
    assert first.start_ms > 30
    assert plan.delays_ms[1] == pytest.approx(first.start_ms + first.high_ms)


def test_an_arm_whose_worth_was_never_seen_counts_as_the_best_known():
    """Two of equal times: the one that was never credited is not behind for it, and not before."""
    subject = router()
    both = arms("one", "two", deterministic=False)
    for _ in range(10):
        for name, worth in (("one", 32.0), ("two", None)):
            plan = decide(subject, both)
            subject.record(Outcome(ticket=plan.ticket, arm=name, kind="answered", wall_ms=40, answers=16, worth=worth), 0.0)
    scores = {reason.arm: reason.score for reason in decide(subject, both).reasons}
    assert scores["two"] == pytest.approx(scores["one"], abs=0.2)


def test_two_samples_at_other_agents_count_as_one():
    """The model of times is shared, an agent has no more than a level of its own there."""
    subject = router()
    for _ in range(10):
        plan = subject.decide(JobFacts(agent="other", size=16, arms=TWO, idle_cores=4.0))
        subject.record(Outcome(ticket=plan.ticket, arm="one", kind="answered", wall_ms=40, answers=16), 0.0)
    samples = {reason.arm: reason.samples for reason in decide(subject).reasons}
    assert samples == {"one": 5, "two": 0}


@pytest.mark.parametrize(("ms", "teaches"), [(5.0, False), (400.0, True)])
def test_a_run_that_was_stopped_teaches_only_where_it_was_late(ms, teaches):
    """It would have taken at least so long, which says nothing where that was expected anyway."""
    subject = router()
    noisy(subject, "one", 40, 40)
    before = decide(subject).reasons[0].expected_ms
    plan = decide(subject)
    subject.record(Outcome(ticket=plan.ticket, arm="one", kind="cancelled", wall_ms=ms), 0.0)
    after = decide(subject).reasons[0].expected_ms
    assert (after > before * 1.01) is teaches
    assert after >= before * 0.999


def test_intervals_are_as_wide_as_what_they_are_to_hold_asks_for():
    """Times in two clusters are not lognormal: the width that would be right for such noise is not, and is led until nine of ten are in."""
    subject, rng = router(), Random(5)
    held = asked = 0
    for number in range(1200):
        plan = decide(subject)
        reason = next(reason for reason in plan.reasons if reason.arm == "one")
        ms = 40.0 * (1.0 if rng.random() < 0.8 else 2.2) * rng.uniform(0.98, 1.02)
        if number >= 400:
            held, asked = held + (reason.low_ms <= ms <= reason.high_ms), asked + 1
        subject.record(Outcome(ticket=plan.ticket, arm="one", kind="answered", wall_ms=ms, answers=16), 0.0)
    assert 0.86 <= held / asked <= 0.94
