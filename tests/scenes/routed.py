"""Decisions of a real router over a world of two arms, without workers: what dispatch would have sent to the store."""

from collections.abc import Mapping
from random import Random

import msgspec

from pipeline.messages import DecisionRow, Try
from stages.dispatch.routing import IMPLEMENTATIONS, ArmFacts, JobFacts, Outcome, Router, RouterState

AGENT = "functional-positive"
MEANS_MS = {"slow": 60.0, "quick": 20.0}


class World:
    """Arms by their mean time of a middle job; the first is the configured one. ``alike``: they make the same tests, and share a worth."""

    def __init__(self, seed: str, means_ms: Mapping[str, float], agent: str, state: RouterState | None, *, alike: bool = True) -> None:
        self.rng = Random(seed)
        self.means_ms = means_ms
        self.agent = agent
        self.router = Router(IMPLEMENTATIONS, {agent: list(means_ms)}, lambda: self.rng.gauss(0, 1), machine="here", state=state)
        self.arms = tuple(ArmFacts(name=name, version="1", deterministic=alike) for name in means_ms)

    def job(self, run: str, number: int) -> DecisionRow:
        """One job, decided and done; every 20th one fails on the first arm."""
        size = self.rng.choice([2, 8, 16, 32])
        plan = self.router.decide(JobFacts(agent=self.agent, size=size, arms=self.arms, idle_cores=2.0))
        leader, tries = plan.order[0], []
        if number % 20 == 19:
            tries.append(self._try(plan.ticket, size, leader, failed=True))
            leader = plan.order[1]
        tries.append(self._try(plan.ticket, size, leader))
        if (shadow := self.router.shadow(plan.ticket, 2.0)) is not None:
            tries.append(self._try(plan.ticket, size, shadow.arm, stop_ms=shadow.stop_after_ms))
        return DecisionRow(run=run, job=number, agent=self.agent, group="/", plan=msgspec.json.encode(plan).decode(), tries=tries)

    def _try(self, ticket: int, size: int, arm: str, *, failed: bool = False, stop_ms: float = 0.0) -> Try:
        ms = self.means_ms[arm] * (0.5 + size / 32) * self.rng.lognormvariate(0, 0.2)
        shadow = stop_ms > 0
        kind = "failed" if failed else "cancelled" if shadow and ms > stop_ms else "answered"
        ms = min(ms, stop_ms) if shadow else ms
        answers = size if kind == "answered" else 0
        outcome = Outcome(
            ticket=ticket, arm=arm, kind=kind, wall_ms=ms, cpu_ms=ms / 2, answers=answers, shadow=shadow,
            worth=float(answers) if answers else None,
        )  # fmt: skip
        self.router.record(outcome, 0.0)
        return Try(arm=arm, kind=kind, wall_ms=ms, cpu_ms=ms / 2, answers=answers, shadow=shadow)


def decided(
    run: str = "r1",
    jobs: int = 60,
    *,
    state: RouterState | None = None,
    means_ms: Mapping[str, float] = MEANS_MS,
    agent: str = AGENT,
) -> tuple[list[DecisionRow], Router]:
    """The rows of so many jobs, and the router behind them."""
    world = World(run, means_ms, agent, state)
    return [world.job(run, number) for number in range(jobs)], world.router
