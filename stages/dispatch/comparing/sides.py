"""The two sides of a contest: an arm that does every job, or a router that chooses one for each."""

from collections.abc import Mapping
from typing import Protocol

from msgspec.structs import replace

from pipeline.messages import ApiSlice, Job
from stages.dispatch.comparing.arms import MeasuredArm
from stages.dispatch.comparing.pairs import Measured
from stages.dispatch.routing import ArmFacts, JobFacts, Outcome, Router

Done = dict[str, Measured]  # by arm: how it did the job at hand


class Side(Protocol):
    """Who is compared."""

    name: str

    async def carry_out(self, job: Job, part: ApiSlice, within_ms: float, done: Done) -> Measured:
        """Do the job. ``done`` has what arms have measured of it already, for sides that share arms."""
        ...

    async def look_back(self, job: Job, part: ApiSlice, within_ms: float, done: Done) -> None:
        """After both sides: learn, and measure beside the contest."""
        ...

    async def renew(self) -> None:
        """Let the workers go: a new round begins."""
        ...


class FixedSide:
    """One arm does it all."""

    def __init__(self, name: str, arm: MeasuredArm) -> None:
        self.name = name
        self._arm = arm

    async def carry_out(self, job: Job, part: ApiSlice, within_ms: float, done: Done) -> Measured:
        """Do the job."""
        done[self.name] = await self._arm.measure(job, part, within_ms)
        return done[self.name]

    async def look_back(self, job: Job, part: ApiSlice, within_ms: float, done: Done) -> None:
        """An arm learns nothing."""

    async def renew(self) -> None:
        """Let its worker go."""
        await self._arm.renew()


class RoutedSide:
    """A router with weights of its own chooses; where the chosen arm fails the next one is asked, and both took their time.

    What an arm did for the other side counts for this one too: the two differ only where their choices do. ``class_worth``: what a
    parameter class or schema branch is worth, all that is known of worth without a target.
    """

    def __init__(self, name: str, router: Router, arms: Mapping[str, MeasuredArm], *, class_worth: float) -> None:
        self.name = name
        self._router = router
        self._arms = arms
        self._class_worth = class_worth
        self._ticket = -1
        self._asked: list[str] = []
        self.chosen: dict[str, int] = {}  # arm -> how often it was the first

    async def carry_out(self, job: Job, part: ApiSlice, within_ms: float, done: Done) -> Measured:
        """Decide, and do the job as decided."""
        arms = tuple(
            ArmFacts(name=name, version=arm.pool.version, deterministic=bool(arm.pool.deterministic), model=arm.pool.arm.model)
            for name, arm in self._arms.items()
        )
        plan = self._router.decide(JobFacts(agent=job.agent, size=sum(span.count for span in job.spans), arms=arms))
        self._ticket, self._asked = plan.ticket, []
        self.chosen[plan.order[0]] = self.chosen.get(plan.order[0], 0) + 1
        wall_ms = 0.0
        while True:
            name = plan.order[len(self._asked)]
            self._asked.append(name)
            if name not in done:
                done[name] = await self._arms[name].measure(job, part, within_ms)
            wall_ms += done[name].wall_ms
            if not done[name].failed or len(self._asked) == len(plan.order):
                return replace(done[name], path=tuple(self._asked), wall_ms=wall_ms)

    async def look_back(self, job: Job, part: ApiSlice, within_ms: float, done: Done) -> None:
        """Tell the router how it went and what that was worth, and measure another arm where the router wants to."""
        for name in self._asked:
            self._record(name, done[name], shadow=False)
        counting = done[self._asked[-1]]
        if not counting.failed:
            self._router.credit(self._ticket, self._class_worth * counting.covered)
        shadow = self._router.shadow(self._ticket, 1.0)
        if shadow is not None:
            if shadow.arm not in done:
                done[shadow.arm] = await self._arms[shadow.arm].measure(job, part, within_ms)
            self._record(shadow.arm, done[shadow.arm], shadow=True)

    async def renew(self) -> None:
        """Let all workers go."""
        for arm in self._arms.values():
            await arm.renew()

    def _record(self, name: str, seen: Measured, *, shadow: bool) -> None:
        outcome = Outcome(
            ticket=self._ticket, arm=name, kind="failed" if seen.failed else "answered", wall_ms=seen.wall_ms, cpu_ms=seen.cpu_ms,
            answers=len(seen.answers), new=len(seen.answers), shadow=shadow,
            worth=self._class_worth * seen.covered if shadow and not seen.failed else None,
        )  # fmt: skip
        self._router.record(outcome, 0.0)  # when, no decision asks
