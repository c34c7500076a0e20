"""The router of measured data: what it decides from which facts, and that nothing it is told can break it."""

from random import Random

import pytest

from stages.dispatch.routing import (
    IMPLEMENTATIONS,
    MODELS,
    NEVER_MS,
    ArmFacts,
    JobFacts,
    Outcome,
    Policy,
    Weights,
)  # fmt: skip
from tests.unit.dispatch.deciding import TWO, arms, decide, feed, noisy, router

NO_HEDGE = Policy(hedge=False)


# ── what decides ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_configured_order_holds_until_five_samples_then_data_decide():
    """Four samples of a faster arm change nothing, five of each do; every plan says which it was."""
    subject = router(NO_HEDGE)
    feed(subject, "one", 40, 4)
    feed(subject, "two", 10, 4)
    assert (decide(subject).order, decide(subject).why) == (("one", "two"), "configured order")
    feed(subject, "one", 40)
    feed(subject, "two", 10)
    assert (decide(subject).order, decide(subject).why) == (("two", "one"), "score")


def test_agents_without_data_keep_their_order_and_arms_not_named_follow():
    """What is known of one agent is little for another; arms that the order does not name come last, in the order given."""
    subject = router(NO_HEDGE, {"agent": ["two", "one"]})
    assert decide(subject, arms("other", "one", "two")).order == ("two", "one", "other")
    assert subject.decide(JobFacts(agent="unheard of", size=1, arms=arms("b", "a"))).order == ("b", "a")


def test_the_best_arm_may_depend_on_the_size():
    """An arm that is dear a job and cheap a case wins large jobs, the other small ones."""
    subject = router(NO_HEDGE)
    rng = Random(5)
    for _ in range(80):
        size = rng.choice([1, 4, 16, 64, 256])
        feed(subject, "one", (5 + 2 * size) * rng.lognormvariate(0, 0.1), size=size)
        feed(subject, "two", (60 + 0.5 * size) * rng.lognormvariate(0, 0.1), size=size)
    assert decide(subject, size=2).order[0] == "one"
    assert decide(subject, size=200).order[0] == "two"


def test_a_prediction_holds_the_time_nine_times_of_ten():
    """The interval that a plan gives holds close to 90 % of the times that follow, and the count of it is kept."""
    subject = router(NO_HEDGE)
    noisy(subject, "one", 50, 600)
    coverage = subject.state.arms["one"].coverage
    assert 0.86 < coverage.held / coverage.asked < 0.94
    reason = decide(subject).reasons[0]
    assert reason.low_ms < 50 < reason.high_ms
    assert 45 < reason.expected_ms < 57


def test_weights_set_speed_against_worth_and_none_leaves_the_order():
    """The dearer answers win where quality counts, the faster where speed does, the configured order where nothing counts."""

    def first(weights: Weights) -> str:
        subject = router(Policy(hedge=False, weights=weights), {"agent": ["three", "one", "two"]})
        facts = arms("one", "two", "three", deterministic=False)
        for name, ms, worth in (("one", 10, 1.0), ("two", 30, 40.0), ("three", 60, 0.5)) * 30:
            plan = decide(subject, facts)
            subject.record(Outcome(ticket=plan.ticket, arm=name, kind="answered", wall_ms=ms, answers=16, worth=worth), 0.0)
        return decide(subject, facts).order[0]

    assert first(Weights(speed=1, quality=0)) == "one"
    assert first(Weights(speed=0, quality=1)) == "two"
    assert first(Weights(speed=0, quality=0)) == "three"


def test_arms_that_claim_determinism_share_what_answers_are_worth():
    """Of two deterministic arms the worth seen with one counts for both; one that differs has its own."""
    subject = router(NO_HEDGE)
    plan = decide(subject, TWO)
    subject.record(Outcome(ticket=plan.ticket, arm="one", kind="answered", wall_ms=10, answers=16), 0.0)
    assert subject.credit(plan.ticket, 32.0)
    own = ArmFacts(name="third party")
    assert subject.value(TWO[1], "agent").worth.samples == 1
    assert subject.value(own, "agent").worth.samples == 0


def test_a_cold_start_counts_against_an_arm_that_is_not_warm():
    """What a start adds is learned from cold outcomes only, named in the reasons of a cold arm, and part of its cost: a warm arm of twice
    the time is before one that takes 300 ms to start, though not where a start is written off over a thousand jobs."""
    for start_jobs, leader in ((8.0, "one"), (1000.0, "two")):
        subject = router(Policy(hedge=False, start_jobs=start_jobs))
        feed(subject, "one", 40, 6)
        feed(subject, "two", 20, 6)
        plan = decide(subject)
        subject.record(Outcome(ticket=plan.ticket, arm="two", kind="answered", wall_ms=320, answers=16, cold=True), 0.0)
        cold = decide(subject, (*arms("one"), *arms("two", warm=False)))
        start = next(reason.start_ms for reason in cold.reasons if reason.arm == "two")
        assert start == pytest.approx(300, rel=0.1)
        assert (cold.order[0], cold.why) == (leader, "score")
        assert decide(subject).order[0] == "two"
        assert all(reason.start_ms == 0 for reason in decide(subject).reasons)


def test_a_millisecond_of_cpu_costs_more_on_busy_cores():
    """Of an arm that computes all the time and a slightly slower one that mostly waits, the first leads where a core idles."""
    subject = router(NO_HEDGE)
    for name, ms, cpu_ms in (("one", 20, 20), ("two", 22, 2)) * 60:
        plan = decide(subject)
        subject.record(Outcome(ticket=plan.ticket, arm=name, kind="answered", wall_ms=ms, cpu_ms=cpu_ms, answers=16), 0.0)
    for idle, price, leader in ((1.0, 0.0, "one"), (0.0, 0.5, "two")):
        plan = decide(subject, idle=idle)
        assert (plan.cpu_price, plan.order[0], plan.why) == (price, leader, "score")


def test_a_line_before_an_arm_counts():
    """Of two like arms the one whose workers are busy waits."""
    subject = router(NO_HEDGE)
    feed(subject, "one", 20, 8)
    feed(subject, "two", 22, 8)
    assert decide(subject).order[0] == "one"
    busy = (ArmFacts(name="one", deterministic=True, workers=1, busy=1, waiting=2), ArmFacts(name="two", deterministic=True))
    assert decide(subject, busy).order[0] == "two"


# ── sequence, hedge, race ────────────────────────────────────────────────────────────────────────────────────────────────


def test_arms_that_nothing_is_known_of_race_where_a_core_idles():
    """The first jobs start both arms at once on idle cores, one after the other on busy ones."""
    assert decide(router(), idle=2.0).mode == "race"
    plan = decide(router(), idle=0.0)
    assert (plan.mode, plan.delays_ms) == ("sequence", (0.0, NEVER_MS))


@pytest.mark.parametrize("ms", [0.3, 1.0, 4.0])
def test_beside_short_jobs_no_second_starts_at_once(ms):
    """To start one and stop it again takes a good part of so short a job; after 5 ms it is late, whatever it is."""
    subject = router()
    noisy(subject, "one", ms, 60)
    feed(subject, "two", 1.5 * ms, 6)
    plan = decide(subject, idle=2.0)
    assert (plan.mode, plan.order[0]) == ("hedge", "one")
    assert plan.delays_ms[1] >= 5.0
    tried = router(Policy(min_samples=8))
    feed(tried, "one", ms, 5)
    feed(tried, "two", ms, 9)
    plan = decide(tried, idle=2.0)
    assert (plan.mode_why, plan.delays_ms[1] >= 5.0) == ("the first arm is tried, with a known one behind it", True)


def test_a_known_arm_is_hedged_later_than_it_mostly_takes():
    """The second arm starts beyond the middle of what the first takes, and a plan without tokens does not hedge."""
    subject = router(Policy(hedge_income=0.0))
    noisy(subject, "one", 40, 60)
    feed(subject, "two", 60, 6)
    subject.state.tokens.held = 1.0
    plan = decide(subject, idle=0.0)
    assert plan.mode == "hedge"
    assert 40 < plan.delays_ms[1] < 200
    subject.may_start_second()
    assert decide(subject).mode == "sequence"


def test_models_are_hedged_only_onto_loaded_ones_and_never_shadowed():
    """A model that would have to be loaded is no hedge, and no job is replayed on one."""
    subject = router(MODELS)
    for name in ("one", "two"):
        feed(subject, name, 1000, 20)
    subject.state.tokens.held = 6.0
    cold_second = (ArmFacts(name="one"), ArmFacts(name="two", warm=False))
    plan = decide(subject, cold_second)
    second = next(arm for arm in cold_second if arm.name == plan.order[1])
    assert second.warm or plan.mode == "sequence"
    subject.record(Outcome(ticket=plan.ticket, arm=plan.order[0], kind="answered", wall_ms=900, answers=16), 0.0)
    assert subject.shadow(plan.ticket, 8.0) is None


# ── failures ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_broken_arm_goes_last_is_never_excluded_and_returns_by_a_trial():
    """Failures in a row open the breaker; after the back-off a shadow tries the arm, and an answer closes it."""
    subject = router(NO_HEDGE)
    feed(subject, "one", 10, 6)
    feed(subject, "two", 30, 6)
    assert decide(subject).order == ("one", "two")
    feed(subject, "one", 5, 3, kind="failed")
    plan = decide(subject)
    assert (plan.order, plan.reasons[1].breaker) == (("two", "one"), "open")
    for _ in range(10):
        feed(subject, "two", 30)
    plan = decide(subject)
    assert plan.reasons[1].breaker == "half-open"
    subject.record(Outcome(ticket=plan.ticket, arm="two", kind="answered", wall_ms=30, answers=16), 0.0)
    trial = subject.shadow(plan.ticket, 1.0)
    assert trial is not None
    assert trial.arm == "one"
    subject.record(Outcome(ticket=plan.ticket, arm="one", kind="answered", wall_ms=10, answers=16, shadow=True), 0.0)
    assert decide(subject).reasons[0].arm == "one"


def test_a_timeout_weighs_more_than_a_failure():
    """One failure after good answers leaves the breaker closed, one time-out opens it."""
    for kind, state in (("failed", "closed"), ("timeout", "open")):
        subject = router(NO_HEDGE)
        feed(subject, "one", 10, 20)
        feed(subject, "one", 5000, kind=kind)
        reasons = {reason.arm: reason for reason in decide(subject).reasons}
        assert reasons["one"].breaker == state


def test_when_all_arms_fail_all_stay_in_the_order():
    """With nothing but failures every arm is still named once, and back-offs stay bounded."""
    subject = router()
    for _ in range(300):
        plan = decide(subject, arms("one", "two", "three"))
        assert sorted(plan.order) == ["one", "three", "two"]
        for name in plan.order:
            subject.record(Outcome(ticket=plan.ticket, arm=name, kind="failed", wall_ms=3.0), 0.0)
    assert all(model.window("agent").breaker.backoff <= 64 for model in subject.state.arms.values())


# ── shadows ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_shadows_measure_the_other_arm_within_their_budget():
    """The first samples of the other arm come from replays; after that their time stays within the share of the callers' time."""
    subject = router(NO_HEDGE)
    live = spent = 0.0
    rng = Random(2)
    for job in range(600):
        plan = decide(subject)
        ms = 20 * rng.lognormvariate(0, 0.3)
        subject.record(Outcome(ticket=plan.ticket, arm=plan.order[0], kind="answered", wall_ms=ms, answers=16), 0.0)
        live += ms
        shadow = subject.shadow(plan.ticket, 1.0)
        if shadow is not None:
            assert shadow.arm != plan.order[0]
            took = min(60 * rng.lognormvariate(0, 0.3), shadow.stop_after_ms)
            kind = "answered" if took < shadow.stop_after_ms else "cancelled"
            subject.record(Outcome(ticket=plan.ticket, arm=shadow.arm, kind=kind, wall_ms=took, answers=16, shadow=True), 0.0)
            spent += took if job > 20 else 0.0
    assert decide(subject).reasons[1].samples >= 5
    assert 0 < spent < 1.2 * IMPLEMENTATIONS.shadow_share * live


def test_no_shadow_runs_where_no_core_idles():
    """Measuring must not slow what it measures."""
    subject = router(NO_HEDGE)
    plan = decide(subject)
    subject.record(Outcome(ticket=plan.ticket, arm="one", kind="answered", wall_ms=20, answers=16), 0.0)
    assert subject.shadow(plan.ticket, 0.0) is None
    assert subject.shadow(plan.ticket, 1.0) is not None


def test_a_shadow_that_was_stopped_early_takes_no_sample_away():
    """One that was stopped sooner than was predicted says nothing of times: the samples in the reasons are those of the window."""
    subject = router(NO_HEDGE)
    feed(subject, "one", 40, 6)
    feed(subject, "two", 40, 6)
    plan = decide(subject)
    subject.record(Outcome(ticket=plan.ticket, arm="two", kind="cancelled", wall_ms=2, shadow=True), 0.0)
    samples = {reason.arm: reason.samples for reason in decide(subject).reasons}
    assert samples["two"] == subject.state.arms["two"].window("agent").samples == 7
