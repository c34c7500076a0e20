"""When a job is done once more for measuring: how far apart, how many at a time, and what one that hangs says."""

import pytest

from stages.dispatch.routing import Outcome, Policy, Router, RoutingPlan, ShadowPlan
from tests.unit.dispatch.deciding import decide, feed, router


def known(policy: Policy) -> Router:
    """A router that knows both arms, so that nothing is replayed on credit."""
    subject = router(policy)
    feed(subject, "one", 20, 12)
    feed(subject, "two", 30, 12)
    return subject


def replayed(subject: Router) -> tuple[RoutingPlan, ShadowPlan | None]:
    """A job answered by the first arm as was expected, and whether it is replayed; the budget has room for any."""
    plan = decide(subject)
    ended(subject, plan, "one")
    shadows = subject.state.shadows
    shadows.budget_ms = shadows.live_ms = 1e6
    return plan, subject.shadow(plan.ticket, 4.0)


def ended(subject: Router, plan: RoutingPlan, arm: str, *, kind: str = "answered", times: float = 1.0, shadow: bool = False) -> None:
    """An attempt that took so many times what was expected."""
    wall_ms = times * next(reason.expected_ms for reason in plan.reasons if reason.arm == arm)
    outcome = Outcome(ticket=plan.ticket, arm=arm, kind=kind, wall_ms=wall_ms, cpu_ms=wall_ms, answers=plan.size, shadow=shadow)
    subject.record(outcome, 0.0)


@pytest.mark.parametrize("spacing", [1, 4, 9])
def test_replays_are_so_many_jobs_apart(spacing):
    """However much the budget has; each has ended before the next job here."""
    subject = known(Policy(hedge=False, shadow_spacing=spacing))
    found = []
    for job in range(40):
        plan, shadow = replayed(subject)
        if shadow is not None:
            found.append(job)
            ended(subject, plan, shadow.arm, shadow=True)
    assert found == list(range(0, 40, spacing))


def test_after_a_surprise_the_next_jobs_are_replayed_without_that_distance():
    """An arm that was many times faster than was thought is looked at four times in a row; what follows is due by then like any."""
    subject = known(Policy(hedge=False, shadow_spacing=50))
    plan, shadow = replayed(subject)
    assert shadow is not None
    ended(subject, plan, shadow.arm, times=0.3, shadow=True)
    found = []
    for job in range(12):
        plan, shadow = replayed(subject)
        if shadow is not None:
            found.append(job)
            ended(subject, plan, shadow.arm, shadow=True)
    assert found == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("most", [1, 3])
def test_only_so_many_replays_are_under_way(most):
    """The next one begins when one of them has ended."""
    subject = known(Policy(hedge=False, shadow_spacing=0, shadow_in_flight=most))
    out = []
    for _ in range(8):
        plan, shadow = replayed(subject)
        if shadow is not None:
            out.append((plan, shadow))
    assert len(out) == subject.state.shadows.in_flight == most
    plan, shadow = out[0]
    ended(subject, plan, shadow.arm, shadow=True)
    assert replayed(subject)[1] is not None
    assert replayed(subject)[1] is None


@pytest.mark.parametrize(("kind", "times", "backoff"), [("cancelled", 3.0, 16), ("cancelled", 0.1, 8), ("failed", 0.1, 16)])
def test_a_trial_that_hung_is_a_failure(kind, times, backoff):
    """Of a broken arm: stopped far beyond what was likely, it is left alone for twice as long, as after a failure; stopped sooner, it has
    said nothing, and is tried again."""
    subject = known(Policy(hedge=False))
    feed(subject, "two", 30, 4, kind="failed")
    feed(subject, "one", 20, 9)
    plan, shadow = replayed(subject)
    assert shadow is not None
    ended(subject, plan, "two", kind=kind, times=times, shadow=True)
    breaker = subject.state.arms["two"].window("agent").breaker
    assert (breaker.backoff, breaker.state(subject.state.jobs)) == (backoff, "open" if backoff == 16 else "half-open")


def test_a_replay_that_is_stopped_late_breaks_no_arm():
    """It is slow, which the model of times learns; that is no failure of an arm that answers."""
    subject = known(Policy(hedge=False, shadow_spacing=0))
    for _ in range(6):
        plan, shadow = replayed(subject)
        assert shadow is not None
        ended(subject, plan, "two", kind="cancelled", times=3.0, shadow=True)
    assert subject.state.arms["two"].window("agent").breaker.state(subject.state.jobs) == "closed"
