"""The router of measured data: what it decides from which facts, and that nothing it is told can break it."""

import math
from random import Random

import pytest

from pipeline.messages import TryKind
from stages.dispatch.routing import (
    IMPLEMENTATIONS,
    MODELS,
    NEVER_MS,
    ArmFacts,
    JobFacts,
    Outcome,
    Policy,
    Router,
    RoutingPlan,
    SetAside,
    Weights,
    exported,
    imported,
    summary,
)  # fmt: skip
from stages.dispatch.routing.router import OPEN_PLANS

NO_HEDGE = Policy(hedge=False)
ORDER = {"agent": ["one", "two", "three"]}


def router(policy: Policy = IMPLEMENTATIONS, order: dict[str, list[str]] | None = None) -> Router:
    rng = Random(1)
    return Router(policy, ORDER if order is None else order, lambda: rng.gauss(0, 1))


def arms(*names: str, warm: bool = True, deterministic: bool = True) -> tuple[ArmFacts, ...]:
    return tuple(ArmFacts(name=name, warm=warm, deterministic=deterministic) for name in names)


TWO = arms("one", "two")


def decide(subject: Router, facts: tuple[ArmFacts, ...] = TWO, *, size: int = 16, idle: float = 4.0) -> RoutingPlan:
    return subject.decide(JobFacts(agent="agent", size=size, arms=facts, idle_cores=idle))


def feed(
    subject: Router, arm: str, ms: float, times: int = 1, *, facts: tuple[ArmFacts, ...] = TWO, kind: TryKind = "answered", size: int = 16
) -> None:
    for _ in range(times):
        plan = decide(subject, facts, size=size)
        subject.record(Outcome(ticket=plan.ticket, arm=arm, kind=kind, wall_ms=ms, cpu_ms=ms, answers=size), 0.0)


def noisy(subject: Router, arm: str, ms: float, times: int, seed: int = 3) -> None:
    rng = Random(seed)
    for _ in range(times):
        feed(subject, arm, ms * rng.lognormvariate(0, 0.2))


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
    """What a start adds is learned from cold outcomes only, and named in the reasons of a cold arm."""
    subject = router(NO_HEDGE)
    feed(subject, "two", 20, 6)
    plan = decide(subject)
    subject.record(Outcome(ticket=plan.ticket, arm="two", kind="answered", wall_ms=320, answers=16, cold=True), 0.0)
    cold = decide(subject, arms("one", "two", warm=False))
    start = next(reason.start_ms for reason in cold.reasons if reason.arm == "two")
    assert start == pytest.approx(300, rel=0.1)
    assert all(reason.start_ms == 0 for reason in decide(subject).reasons)


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
    subject.second_started()
    assert decide(subject).mode == "sequence"


def test_an_arm_that_often_stalls_is_raced_on_idle_cores_and_hedged_on_busy_ones():
    """What a second start saves is weighed against its price: the same data race where cores idle, and wait where they are busy."""
    subject = router(Policy(cpu_price=2.0))
    for index in range(60):
        feed(subject, "one", 2000 if index % 3 == 0 else 40)
        feed(subject, "two", 41)
    first = decide(subject, idle=4.0)
    unsteady = (
        first
        if first.order[0] == "one"
        else decide(
            subject, (ArmFacts(name="one", deterministic=True), ArmFacts(name="two", deterministic=True, waiting=9, busy=1)), idle=4.0
        )
    )
    assert unsteady.order[0] == "one"
    subject.state.tokens.held = subject.policy.hedge_cap
    assert subject.state.arms["one"].residuals.best_delay(1.0, 0.05, 0.3, 0.0, race=True) == 0.0
    assert subject.state.arms["one"].residuals.best_delay(1.0, 2.0, 0.3, 0.0, race=True) > 0.0


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


# ── change ───────────────────────────────────────────────────────────────────────────────────────────────────────────────


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


# ── bad input ────────────────────────────────────────────────────────────────────────────────────────────────────────────


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


# ── state ────────────────────────────────────────────────────────────────────────────────────────────────────────────────


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
