"""Which arms there are changes, and of what kind they are counts: what the router makes of that."""

from random import Random

import pytest
from msgspec.structs import replace

from stages.dispatch.arms import model_policy, policy
from stages.dispatch.config import DispatchConfig, RoutingConfig, RoutingWeights, WorkerLimits
from stages.dispatch.routing import (
    MODELS,
    NEVER_MS,
    ArmFacts,
    JobFacts,
    Outcome,
    Policy,
    Router,
    RoutingPlan,
    SetAside,
    exported,
    imported,
)  # fmt: skip

QUIET = Policy(hedge=False)
ORDER = {"agent": ["one", "two", "three"]}
ONE, TWO = (ArmFacts(name=name, deterministic=True) for name in ("one", "two"))
MODEL = ArmFacts(name="three", model=True)


def router(own: Policy = QUIET, models: Policy = MODELS, *, machine: str = "", state=None) -> Router:
    rng = Random(1)
    return Router(own, ORDER, lambda: rng.gauss(0, 1), models=models, machine=machine, state=state)


def decide(subject: Router, *arms: ArmFacts, agent: str = "agent", size: int = 16) -> RoutingPlan:
    return subject.decide(JobFacts(agent=agent, size=size, arms=arms, idle_cores=4.0))


def feed(subject: Router, arm: str, ms: float, times: int, *arms: ArmFacts, agent: str = "agent", size: int = 16) -> None:
    for _ in range(times):
        plan = decide(subject, *arms, agent=agent, size=size)
        subject.record(Outcome(ticket=plan.ticket, arm=arm, kind="answered", wall_ms=ms, cpu_ms=ms, answers=size), 0.0)


# ── arms come and go ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_what_is_known_of_a_removed_arm_is_kept_and_no_job_goes_to_it():
    """While it is away no plan names it, as nothing else in the state does change of it; back again it leads at once."""
    subject = router()
    feed(subject, "one", 40, 8, ONE, TWO)
    feed(subject, "two", 10, 8, ONE, TWO)
    before = exported(subject.state.arms["two"])
    for _ in range(50):
        plan = decide(subject, ONE)
        assert plan.order == ("one",)
        subject.record(Outcome(ticket=plan.ticket, arm="one", kind="answered", wall_ms=40, answers=16), 0.0)
        assert subject.shadow(plan.ticket, 4.0) is None
    assert exported(subject.state.arms["two"]) == before
    back = decide(subject, ONE, TWO)
    assert (back.order, back.why, back.reasons[0].samples) == (("two", "one"), "score", 8)


def test_it_is_kept_over_a_restart_too():
    """A session without the arm hands its knowledge on to the next."""
    first = router()
    feed(first, "one", 40, 8, ONE, TWO)
    feed(first, "two", 10, 8, ONE, TWO)
    state = imported(exported(first.state))
    assert not isinstance(state, SetAside)
    without = router(state=state)
    feed(without, "one", 40, 30, ONE)
    state = imported(exported(without.state))
    assert not isinstance(state, SetAside)
    assert decide(router(state=state), ONE, TWO).order == ("two", "one")


def test_an_added_arm_starts_untried_and_is_measured_by_a_shadow():
    """It has no samples and its place is the configured one, whatever is known of the others; the next job is done again on it."""
    subject = router()
    feed(subject, "one", 40, 8, ONE)
    plan = decide(subject, ONE, TWO)
    assert (plan.order, [reason.samples for reason in plan.reasons]) == (("one", "two"), [8, 0])
    subject.record(Outcome(ticket=plan.ticket, arm="one", kind="answered", wall_ms=40, answers=16), 0.0)
    shadow = subject.shadow(plan.ticket, 4.0)
    assert shadow is not None
    assert shadow.arm == "two"


def test_an_outcome_of_an_arm_that_was_removed_meanwhile_still_teaches():
    """A reload takes an arm away while it has a job: its plan is known, so its end is learned from."""
    subject = router()
    plan = decide(subject, ONE, TWO)
    decide(subject, ONE)
    assert subject.record(Outcome(ticket=plan.ticket, arm="two", kind="answered", wall_ms=10, answers=16), 0.0)
    assert subject.state.arms["two"].window("agent").samples == 1


def test_what_an_arm_was_is_remembered_until_it_says_it_anew():
    """Before its first worker is up an arm counts as deterministic where it was so when it was last seen."""
    subject = router()
    decide(subject, ONE, MODEL)
    assert [subject.deterministic(name) for name in ("one", "three", "never seen")] == [True, False, False]


def test_what_was_measured_elsewhere_does_not_decide_here():
    """A state from another machine is read, and its arms start anew."""
    there = router(machine="there")
    feed(there, "one", 40, 8, ONE, TWO)
    feed(there, "two", 10, 8, ONE, TWO)
    state = imported(exported(there.state))
    assert not isinstance(state, SetAside)
    plan = decide(router(machine="here", state=state), ONE, TWO)
    assert (plan.order, [reason.samples for reason in plan.reasons]) == (("one", "two"), [0, 0])


# ── two policy records ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_job_that_a_language_model_may_answer_is_never_shadowed():
    """Nor on any other of its arms; a job of the same router without a model is."""
    subject = router()
    for arms, shadowed in (((ONE, TWO), True), ((ONE, TWO, MODEL), False)):
        plan = decide(subject, *arms)
        subject.record(Outcome(ticket=plan.ticket, arm="one", kind="answered", wall_ms=20, answers=16), 0.0)
        assert (subject.shadow(plan.ticket, 8.0) is not None) == shadowed


def test_a_second_start_goes_only_onto_a_loaded_model():
    """An arm that stalls is hedged by a model whose worker is up, and not by the same model where it would have to be loaded."""
    subject = router(Policy())
    for index in range(60):
        feed(subject, "one", 2000 if index % 3 == 0 else 40, 1, ONE, MODEL)
        feed(subject, "three", 60, 1, ONE, MODEL)
    for warm in (True, False):
        subject.state.model_tokens.held = 3.0
        busy = ArmFacts(name="three", model=True, warm=warm, busy=1, waiting=9)
        plan = decide(subject, ONE, busy)
        assert plan.order[0] == "one"
        assert (plan.mode == "sequence") != warm


def test_deadlines_are_those_of_the_kind_of_arm():
    """Two minutes for a model that nothing is known of, twenty seconds for an implementation, in one plan."""
    plan = decide(router(), ONE, MODEL)
    assert dict(zip(plan.order, plan.deadlines_ms, strict=True)) == {"one": 20_000.0, "three": 120_000.0}


def test_a_model_gets_its_first_samples_from_short_jobs_of_callers():
    """As nothing is shadowed: in a row, so that it is loaded once; the time of other agents' jobs makes no job short or long."""
    subject = router()
    feed(subject, "one", 400, 12, ONE, MODEL, size=200)
    feed(subject, "two", 1, 200, ONE, TWO, agent="another", size=16)
    led = []
    for _ in range(8):
        plan = decide(subject, ONE, MODEL, size=2)
        led.append(plan.order[0])
        subject.record(Outcome(ticket=plan.ticket, arm=plan.order[0], kind="answered", wall_ms=20, answers=2), 0.0)
    assert led[:4] == ["three"] * 4


def test_where_all_jobs_are_alike_a_model_gets_its_samples_all_the_same():
    """No job is shorter than most then: after a while any will do, or the model would never be tried."""
    subject = router()
    led = []
    for _ in range(90):
        plan = decide(subject, ONE, MODEL)
        led.append(plan.order[0])
        subject.record(Outcome(ticket=plan.ticket, arm=plan.order[0], kind="answered", wall_ms=20, answers=16), 0.0)
    assert led[:50] == ["one"] * 50
    assert led.count("three") >= 5


def test_draws_are_counted_in_jobs_that_models_may_answer():
    """One in fifteen of these, however many other jobs there are between."""
    subject = router(models=Policy(hedge=False, shadow_share=0.0, draw_every=15, min_samples=1))
    feed(subject, "three", 400, 4, ONE, MODEL, size=200)
    feed(subject, "one", 400, 4, ONE, MODEL, size=200)
    calls = 0

    def normal() -> float:
        nonlocal calls
        calls += 1
        return 0.0

    subject._exploring_models._normal = normal
    for _ in range(60):
        decide(subject, ONE, TWO, agent="another")
        decide(subject, ONE, MODEL, size=1)
    assert calls == 2 * 4


def test_second_starts_are_paid_from_the_account_of_their_kind():
    """What jobs of implementations saved up is not spent on models, nor the other way round."""
    subject = router()
    plan = decide(subject, ONE, MODEL)
    other = decide(subject, ONE, TWO)
    tokens, model_tokens = subject.state.tokens.held, subject.state.model_tokens.held
    subject.may_start_second(plan.ticket)
    assert (subject.state.tokens.held, subject.state.model_tokens.held) == (tokens, model_tokens - 1)
    subject.may_start_second(other.ticket)
    assert (subject.state.tokens.held, subject.state.model_tokens.held) == (tokens - 1, model_tokens - 1)


def test_a_state_of_before_there_were_two_accounts_is_read():
    """Keys that it lacks have their defaults, so that what was learned is not lost by an upgrade."""
    subject = router()
    feed(subject, "one", 40, 8, ONE, TWO)
    old = exported(subject.state).replace(b'"model_tokens"', b'"once"').replace(b'"model_shadows"', b'"then"')
    old = old.replace(b'"deterministic"', b'"x"').replace(b'"language_model"', b'"y"')
    state = imported(old)
    assert not isinstance(state, SetAside)
    assert state.arms["one"].window("agent").samples == 8


# ── the configuration's numbers ──────────────────────────────────────────────────────────────────────────────────────────


def test_both_records_take_what_the_configuration_says():
    """Window, samples, weights and hedging are those of `dispatch.routing`, deadlines those of `dispatch.limits`, for each kind."""
    config = DispatchConfig(
        routing=RoutingConfig(window=7, min_samples=2, weights=RoutingWeights(speed=0.5, quality=3), hedge=False, shadow_share=0.1),
        limits=WorkerLimits(job_ms=1_000, model_job_ms=9_000),
    )
    own, models = policy(config), model_policy(config)
    for record in (own, models):
        assert (record.window, record.min_samples, record.hedge, record.rounds) == (7, 2, False, 2)
        assert (record.weights.speed, record.weights.quality) == (0.5, 3)
    assert (own.max_deadline_ms, models.max_deadline_ms) == (1_000, 9_000)
    assert (own.shadow_share, models.shadow_share) == (0.1, 0.0)
    assert models.hedge_warm_only
    assert not own.hedge_warm_only


@pytest.mark.parametrize(("speed", "quality"), [(0.0, 0.0), (0.0, 1.0), (1.0, 0.0)])
def test_a_window_of_one_and_weights_of_nothing_decide_all_the_same(speed, quality):
    """With a window of one outcome and a weight of 0 plans are whole, the state readable; with both 0 the order is the configured one."""
    config = DispatchConfig(routing=RoutingConfig(window=1, min_samples=1, weights=RoutingWeights(speed=speed, quality=quality)))
    subject = router(policy(config), model_policy(config))
    for name, ms in (("one", 40), ("two", 10), ("three", 20)) * 10:
        feed(subject, name, ms, 1, ONE, TWO, MODEL)
    plan = decide(subject, TWO, MODEL, ONE)
    assert sorted(plan.order) == ["one", "three", "two"]
    if speed == quality == 0.0:
        assert plan.order == ("one", "two", "three")
    assert all(len(model.window("agent").rows) == 1 for model in subject.state.arms.values())
    assert all(len(model.residuals.recent) <= 1 for model in subject.state.arms.values())
    assert not isinstance(imported(exported(subject.state)), SetAside)


# ── arms that are asked last ─────────────────────────────────────────────────────────────────────────────────────────────


def last(arm: ArmFacts) -> ArmFacts:
    return replace(arm, last_resort=True)


def test_an_arm_of_the_last_resort_is_behind_all_others_however_fast_it_is():
    """It is started by their failure alone, and never replayed on for measuring; without the word it leads."""
    subject = router(Policy(shadow_share=0.5, shadow_spacing=0))
    arms = (ONE, TWO, ArmFacts(name="three", deterministic=True))
    feed(subject, "one", 40, 8, *arms)
    feed(subject, "three", 60, 8, *arms)
    feed(subject, "two", 5, 8, *arms)
    assert decide(subject, *arms).order[0] == "two"
    shadows = set()
    for job in range(60):
        size, ms = (16, 40.0) if job % 2 else (2, 10.0)  # replays are made of short jobs
        plan = decide(subject, ONE, last(TWO), arms[2], size=size)
        assert plan.order[2] == "two"
        assert plan.delays_ms[2] == NEVER_MS
        subject.record(Outcome(ticket=plan.ticket, arm=plan.order[0], kind="answered", wall_ms=ms, cpu_ms=ms, answers=size), 0.0)
        shadow = subject.shadow(plan.ticket, 4.0)
        if shadow is not None:
            shadows.add(shadow.arm)
            outcome = Outcome(ticket=plan.ticket, arm=shadow.arm, kind="answered", wall_ms=ms, cpu_ms=ms, answers=size, shadow=True)
            subject.record(outcome, 0.0)
    assert shadows
    assert "two" not in shadows


def test_beside_an_arm_of_the_last_resort_one_arm_is_alone():
    """No second start, for none is left that may; where all are of the last resort they are asked in order all the same."""
    subject = router(Policy())
    feed(subject, "one", 40, 8, ONE, TWO)
    feed(subject, "two", 5, 8, ONE, TWO)
    plan = decide(subject, ONE, last(TWO))
    assert (plan.order, plan.mode, plan.delays_ms) == (("one", "two"), "sequence", (0.0, NEVER_MS))
    assert plan.mode_why == "no other arm may start beside it"
    plan = decide(subject, last(ONE), last(TWO))
    assert (plan.order, plan.mode) == (("two", "one"), "sequence")
