"""Short ways to ask a router and to tell it what happened."""

from random import Random

from pipeline.messages import TryKind
from stages.dispatch.routing import (
    IMPLEMENTATIONS,
    ArmFacts,
    JobFacts,
    Outcome,
    Policy,
    Router,
    RoutingPlan,
)  # fmt: skip

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
