"""Properties of the router: whatever it is told, it plans; names and units of time do not matter."""

import math
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from stages.dispatch.routing import NEVER_MS, ArmFacts, JobFacts, Outcome, Policy, Router, RoutingPlan, SetAside, exported, imported

NAMES = ("a", "b", "c", "d")
REAL = ("python", "rust", "perl", "large-model")
KINDS = st.sampled_from(["answered", "failed", "timeout", "cancelled"])
FLOATS = st.floats(allow_nan=True, allow_infinity=True)
STEPS = st.lists(
    st.tuples(st.integers(0, 3), KINDS, FLOATS, st.integers(-5, 10**12), st.booleans(), st.booleans(), FLOATS), min_size=1, max_size=40
)
SANE = st.lists(st.tuples(st.integers(0, 3), st.floats(1.0, 1e4), st.integers(0, 500)), min_size=1, max_size=60)
NO_HEDGE = Policy(hedge=False)  # delays and deadlines have floors in milliseconds; orders have none


def router(names: tuple[str, ...] = NAMES, policy: Policy | None = None) -> Router:
    rng = Random(0)
    return Router(policy or Policy(), {"agent": list(names)}, lambda: rng.gauss(0, 1))


def facts(names: tuple[str, ...], size: int = 8, idle: float = 2.0, *, warm: bool = True) -> JobFacts:
    return JobFacts(
        agent="agent", size=size, arms=tuple(ArmFacts(name=name, warm=warm, deterministic=True) for name in names), idle_cores=idle
    )


def sound(plan: RoutingPlan, names: tuple[str, ...]) -> None:
    assert sorted(plan.order) == sorted(names)
    assert len(plan.order) == len(plan.delays_ms) == len(plan.deadlines_ms) == len(plan.reasons)
    assert plan.delays_ms[0] == 0
    assert all(delay >= 0 for delay in plan.delays_ms)
    assert (plan.mode == "sequence") == all(delay == NEVER_MS for delay in plan.delays_ms[1:])
    assert all(0 < deadline < math.inf for deadline in plan.deadlines_ms)
    for reason in plan.reasons:
        assert all(map(math.isfinite, (reason.expected_ms, reason.low_ms, reason.high_ms, reason.score, reason.uncertainty)))
        assert reason.low_ms <= reason.high_ms
        assert 0 < reason.reliability <= 1.02


@given(STEPS)
def test_no_input_breaks_it_and_a_plan_has_every_live_arm_once(steps) -> None:
    """Any outcome with any numbers, reported once or twice, cold or shadow: plans stay sound, the state stays readable."""
    subject = router()
    for arm, kind, wall, size, cold, shadow, other in steps:
        plan = subject.decide(facts(NAMES, size, other, warm=cold))
        sound(plan, NAMES)
        outcome = Outcome(
            ticket=plan.ticket, arm=NAMES[arm], kind=kind, wall_ms=wall, cpu_ms=other, queue_ms=wall, answers=size, worth=other, cold=cold,
            shadow=shadow,
        )  # fmt: skip
        subject.record(outcome, other)
        subject.record(outcome, wall)
        subject.shadow(plan.ticket, other)
        subject.credit(plan.ticket, wall)
    assert not isinstance(imported(exported(subject.state)), SetAside)


def orders(names: tuple[str, ...], steps, factor: float = 1.0, policy: Policy | None = None) -> list[tuple[str, ...]]:
    subject = router(names, policy)
    found = []
    for arm, wall, size in steps:
        plan = subject.decide(facts(names, size))
        found.append(plan.order)
        subject.record(Outcome(ticket=plan.ticket, arm=names[arm], kind="answered", wall_ms=wall * factor, answers=size), 0.0)
    return found


def plans(names: tuple[str, ...], steps) -> list[tuple[object, ...]]:
    """What is decided of jobs and their replays, arms by their place in ``names``."""
    subject = router(names)
    found: list[tuple[object, ...]] = []
    for arm, wall, size in steps:
        plan = subject.decide(facts(names, size))
        order = [names.index(name) for name in plan.order]
        found.append((order, plan.mode, plan.delays_ms, plan.deadlines_ms, plan.why, [reason.score for reason in plan.reasons]))
        subject.record(Outcome(ticket=plan.ticket, arm=names[arm], kind="answered", wall_ms=wall, answers=size), 0.0)
        shadow = subject.shadow(plan.ticket, 2.0)
        if shadow is not None:
            found.append((names.index(shadow.arm), shadow.stop_after_ms))
            subject.record(Outcome(ticket=plan.ticket, arm=shadow.arm, kind="answered", wall_ms=wall, answers=size, shadow=True), 0.0)
    return found


@given(SANE, st.permutations(NAMES), st.permutations(REAL))
def test_names_do_not_matter(steps, renamed, real) -> None:
    """The same outcomes under other names, those of real arms among them, give the same plans and replays under those names."""
    assert plans(NAMES, steps) == plans(tuple(renamed), steps) == plans(tuple(real), steps)


@given(SANE, st.floats(0.5, 200.0))
def test_the_unit_of_time_does_not_matter(steps, factor) -> None:
    """All times longer by one factor: the orders are the same (but for scores that are equal to the last digits)."""
    plain, scaled = (orders(NAMES, steps, by, NO_HEDGE) for by in (1.0, factor))
    subject = router(NAMES, NO_HEDGE)
    for (arm, wall, size), one, other in zip(steps, plain, scaled, strict=True):
        plan = subject.decide(facts(NAMES, size))
        scores = {reason.arm: reason.score for reason in plan.reasons}
        assert all(left == right or abs(scores[left] - scores[right]) < 1e-6 for left, right in zip(one, other, strict=True))
        subject.record(Outcome(ticket=plan.ticket, arm=NAMES[arm], kind="answered", wall_ms=wall, answers=size), 0.0)


@given(st.binary(max_size=200))
def test_no_bytes_break_the_import(data: bytes) -> None:
    """Any bytes are a state or are set aside."""
    found = imported(data)
    assert isinstance(found, SetAside)
