"""Sequence, hedge or race: data choose, and a plan says by what."""

from random import Random

import pytest
from msgspec.structs import replace

from stages.dispatch.routing import NEVER_MS, JobFacts, Outcome, Policy, Router
from tests.unit.dispatch.deciding import TWO, decide, feed, noisy, router

ONE, OTHER = TWO


def unsteady() -> Router:
    """A router that knows a first arm whose times scatter by a factor of two, and a second that is a little slower and steady."""
    subject, rng = router(), Random(2)
    for _ in range(60):
        feed(subject, "one", 40 * rng.lognormvariate(0, 0.6))
        feed(subject, "two", 60 * rng.lognormvariate(0, 0.1))
    subject.state.tokens.held = subject.policy.hedge_cap
    return subject


def test_the_same_data_race_where_cores_idle_and_hedge_where_they_are_busy():
    """Beside an unsteady arm a start at once saves more than an idle core's time is worth, and less than a busy one's."""
    for idle, mode, why in (
        (4.0, "race", "by the first arm's times a start at once pays best, and tokens abound"),
        (0.0, "hedge", "by the first arm's times a sooner start pays no better"),
    ):
        plan = decide(unsteady(), idle=idle)
        assert (plan.order, plan.why, plan.mode, plan.mode_why) == (("one", "two"), "score", mode, why)
        assert (plan.delays_ms[1] == 0.0) == (mode == "race")


def test_while_no_core_idles_the_first_arm_has_the_time_that_it_mostly_takes():
    """Beside an arm that stalls now and then a sooner start pays, but it would take CPU from a job that is well under way."""
    plans = []
    for idle in (0.0, 4.0):
        subject, rng = router(), Random(2)
        for _ in range(60):
            feed(subject, "one", 40 * rng.lognormvariate(0, 0.05) if rng.random() > 0.05 else 800.0)
            feed(subject, "two", 45 * rng.lognormvariate(0, 0.05))
        plans.append(decide(subject, idle=idle))
    busy, quiet = plans
    usual_ms = busy.reasons[0].start_ms + busy.reasons[0].high_ms
    assert (busy.order, quiet.order, busy.mode, quiet.mode) == (("one", "two"), ("one", "two"), "hedge", "hedge")
    assert busy.mode_why == "no core idles, and a start within the first arm's usual time would slow it"
    assert quiet.delays_ms[1] < usual_ms == busy.delays_ms[1]


def test_a_race_needs_tokens_that_abound():
    """With one start saved up less than the most, the same data hedge on idle cores, too."""
    subject = unsteady()
    subject.state.tokens.held = subject.policy.hedge_cap - 2
    assert decide(subject).mode == "hedge"


def test_beside_a_steady_arm_nothing_starts_at_once():
    """Nothing is saved then: on idle cores, too, the second starts later than the first mostly takes."""
    subject = router()
    noisy(subject, "one", 40, 60)
    feed(subject, "two", 60, 6)
    subject.state.tokens.held = subject.policy.hedge_cap
    plan = decide(subject)
    assert plan.mode == "hedge"
    assert plan.delays_ms[1] > 40


def test_a_second_arm_that_fails_of_late_starts_only_after_the_first():
    """By its failures alone a hedge becomes a sequence, also while it is due for a trial; once it has answered it is one again."""
    subject = router()
    noisy(subject, "one", 40, 20)
    feed(subject, "two", 60, 20)
    assert decide(subject).mode == "hedge"
    feed(subject, "two", 60, 4, kind="failed")
    for breaker, jobs in (("open", 0), ("half-open", 10)):
        feed(subject, "one", 40, jobs)
        plan = decide(subject)
        assert (plan.order, plan.reasons[1].breaker) == (("one", "two"), breaker)
        assert (plan.mode, plan.mode_why, plan.delays_ms[1]) == ("sequence", "the second arm fails of late", NEVER_MS)
    feed(subject, "two", 60)
    assert decide(subject).mode == "hedge"


def test_a_second_start_that_wins_gets_most_of_its_token_back():
    """Three quarters of one; where the first arm answers after all, nothing."""
    for winner, held in (("two", 2.75), ("one", 2.0)):
        subject = router()
        noisy(subject, "one", 40, 20)
        feed(subject, "two", 60, 20)
        subject.state.tokens.held = 3.0 - subject.policy.hedge_income
        plan = decide(subject)
        assert (plan.order, plan.mode, plan.tokens) == (("one", "two"), "hedge", 3.0)
        subject.may_start_second(plan.ticket)
        subject.record(Outcome(ticket=plan.ticket, arm=winner, kind="answered", wall_ms=60, answers=16), 0.0)
        assert subject.state.tokens.held == pytest.approx(held)


# ── how long an attempt is waited for ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("ms", "least", "most"), [(20.0, 2_000, 2_000), (500.0, 4_000, 10_000), (9_000.0, 20_000, 20_000)])
def test_a_known_arm_is_waited_for_eight_times_as_long_as_is_likely(ms, least, most):
    """Never less than two seconds nor more than the limit, which alone holds for an arm that is not known."""
    subject = router()
    assert decide(subject).deadlines_ms == (20_000.0, 20_000.0)
    noisy(subject, "one", ms, 40)
    plan = decide(subject)
    by_arm = dict(zip(plan.order, plan.deadlines_ms, strict=True))
    reason = next(reason for reason in plan.reasons if reason.arm == "one")
    assert by_arm == {"one": pytest.approx(min(max(8 * reason.high_ms, 2_000), 20_000)), "two": 20_000}
    assert least <= by_arm["one"] <= most


def test_the_start_of_a_cold_arm_is_waited_for_too():
    """What a start adds is part of what is likely."""
    subject = router(Policy(hedge=False))
    noisy(subject, "one", 300, 20)
    plan = decide(subject)
    subject.record(Outcome(ticket=plan.ticket, arm="one", kind="answered", wall_ms=1_000, answers=16, cold=True), 0.0)
    plan = decide(subject, (replace(ONE, warm=False), OTHER))
    reason = plan.reasons[0]
    assert reason.start_ms > 500
    assert plan.deadlines_ms[0] == pytest.approx(8 * (reason.high_ms + reason.start_ms))


# ── what a plan says ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_plan_holds_what_it_was_decided_by():
    """The job's facts as they were given, the price of CPU and the tokens then."""
    subject = router(Policy(cpu_price=0.5))
    facts = JobFacts(agent="agent", size=3, arms=(ONE, replace(OTHER, warm=False, busy=1, waiting=2)), idle_cores=0.25)
    plan = subject.decide(facts)
    assert plan.facts == facts
    assert plan.cpu_price == pytest.approx(0.375)
    assert plan.tokens == subject.state.tokens.held


def test_a_plan_says_what_made_its_mode():
    """A sentence for each: hedging switched off, nothing known, a token missing, one arm, a known second."""
    subject = router(Policy(hedge=False))
    assert decide(subject).mode_why == "second starts are switched off"
    subject = router(Policy(first_races=False))
    assert decide(subject).mode_why == "too little is known of both arms"
    feed(subject, "one", 40, 8)
    assert decide(subject).mode_why == "nothing is known of the second arm"
    feed(subject, "two", 60, 8)
    plan = decide(subject)
    assert (plan.mode, plan.mode_why) == ("hedge", "by the first arm's times a sooner start pays no better")
    subject.state.tokens.held = -5.0
    plan = decide(subject)
    assert (plan.mode, plan.mode_why) == ("sequence", "no token for a second start is left")
    assert decide(router()).mode_why == "too little is known of both arms, and a core idles"
