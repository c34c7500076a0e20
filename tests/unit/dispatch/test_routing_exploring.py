"""How the router learns of arms that it would not ask: by replays, by draws where no core idles, and how soon it believes what it sees."""

from random import Random

import pytest

from stages.dispatch.routing import NEVER_MS, ArmFacts, JobFacts, Outcome, Policy, Router, RoutingPlan
from stages.dispatch.routing.drift import Cusum
from stages.dispatch.routing.policy import IMPLEMENTATIONS

QUIET = Policy(hedge=False)
NAMES = ("one", "two", "three")


def router(policy: Policy = QUIET) -> Router:
    rng = Random(1)
    return Router(policy, {"agent": list(NAMES)}, lambda: rng.gauss(0, 1))


def decide(subject: Router, arms: int = 2, *, size: int = 16, idle: float = 4.0) -> RoutingPlan:
    facts = tuple(ArmFacts(name=name, deterministic=True) for name in NAMES[:arms])
    return subject.decide(JobFacts(agent="agent", size=size, arms=facts, idle_cores=idle))


def done(subject: Router, plan: RoutingPlan, arm: str, ms: float, *, shadow: bool = False) -> None:
    subject.record(Outcome(ticket=plan.ticket, arm=arm, kind="answered", wall_ms=ms, cpu_ms=ms, answers=plan.size, shadow=shadow), 0.0)


def feed(subject: Router, arm: str, ms: float, times: int, arms: int = 2) -> None:
    rng = Random(arm)
    for _ in range(times):
        done(subject, decide(subject, arms), arm, ms * rng.lognormvariate(0, 0.1))


# ── draws ────────────────────────────────────────────────────────────────────────────────────────────────────────────────


def led_by_the_slower(subject: Router, jobs: int, idle: float) -> int:
    """How many of the callers' jobs a slower arm led; what each arm takes is 20 and 25 ms, by size."""
    rng, found = Random(4), 0
    for _ in range(jobs):
        plan = decide(subject, size=rng.choice([2, 60]), idle=idle)
        found += plan.order[0] == "two"
        done(subject, plan, plan.order[0], {"one": 20, "two": 25}[plan.order[0]] * plan.size / 16 * rng.lognormvariate(0, 0.2))
    return found


def test_where_no_core_idles_callers_jobs_measure_the_other_arm():
    """First its five samples, then a draw now and then, as a shadow would find no core; not where one idles, nor where none are wanted."""
    subject = router()
    assert 5 <= led_by_the_slower(subject, 600, 0.0) <= 5 + 600 / IMPLEMENTATIONS.busy_draw_every
    assert subject.state.arms["two"].latency.samples >= 5
    assert led_by_the_slower(router(), 600, 1.0) == 0
    assert led_by_the_slower(router(Policy(hedge=False, shadow_share=0.0)), 600, 0.0) == 0


# ── belief ───────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_one_sample_says_where_the_level_is_and_little_of_other_sizes():
    """So an arm that is several times slower need not be tried five times."""
    subject = router()
    done(subject, decide(subject), "one", 20)
    near, far = (next(r for r in decide(subject, size=size).reasons if r.arm == "one") for size in (16, 500))
    other = next(reason for reason in decide(subject).reasons if reason.arm == "two")
    assert near.uncertainty < 0.5 * other.uncertainty
    assert far.uncertainty > 1.5 * near.uncertainty


@pytest.mark.parametrize(("factor", "looks"), [(0.3, True), (1.1, False), (3.0, False)])
def test_only_an_arm_that_was_faster_than_thought_is_looked_at_again(factor, looks):
    """It may be the best by now; one that was slower is not, whatever it takes."""
    subject = router()
    feed(subject, "one", 20, 30)
    feed(subject, "two", 60, 30)
    plan = decide(subject)
    done(subject, plan, "one", 20)
    subject.state.shadows.looks = 0
    done(subject, plan, "two", factor * 60, shadow=True)
    assert (subject.state.shadows.looks > 0) == looks


def test_an_arm_that_became_faster_is_believed_sooner_than_one_that_became_slower():
    """A stall makes one job slow, nothing makes one fast by chance."""

    def residuals_until_alarm(z: float) -> int:
        sums = Cusum()
        return next(count for count in range(1, 100) if sums.update(z))

    assert (residuals_until_alarm(-2.0), residuals_until_alarm(2.0)) == (4, 5)
    assert (residuals_until_alarm(-1.5), residuals_until_alarm(1.5)) == (6, 9)


# ── second and third starts ──────────────────────────────────────────────────────────────────────────────────────────────


def test_an_arm_that_is_being_tried_is_not_waited_for_on_busy_cores_either():
    """The known one starts beside it after twice its time: nobody waits for an arm that is many times slower, or hangs."""
    subject = router(IMPLEMENTATIONS)
    feed(subject, "two", 20, 8)
    plan = decide(subject, idle=0.0)
    assert (plan.order[0], plan.mode) == ("one", "hedge")
    assert plan.delays_ms[1] == pytest.approx(2 * plan.reasons[1].expected_ms)


def test_a_third_arm_starts_where_two_are_late():
    """Beyond what the second takes 19 times of 20; a broken or unknown one does not, and no model does."""
    subject = router(IMPLEMENTATIONS)
    for arm, ms in (("one", 20), ("two", 30), ("three", 40)):
        feed(subject, arm, ms, 30, 3)
    subject.state.tokens.held = 3.0
    plan = decide(subject, 3, idle=0.0)
    assert plan.order == NAMES
    assert plan.mode == "hedge"
    assert plan.delays_ms[2] == pytest.approx(plan.delays_ms[1] + plan.reasons[1].high_ms)
    subject.state.tokens.held = 0.0
    assert decide(subject, 3, idle=0.0).delays_ms[1:] == (NEVER_MS, NEVER_MS)
    subject.state.tokens.held = 3.0
    for _ in range(6):
        plan = decide(subject, 3, idle=0.0)
        subject.record(Outcome(ticket=plan.ticket, arm="three", kind="failed", wall_ms=5.0), 0.0)
    assert decide(subject, 3, idle=0.0).delays_ms[2] == NEVER_MS
