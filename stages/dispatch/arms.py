"""The arms of a pipeline: a job's facts go to the router, its plan is carried out, and what came of it is learned from."""

import random
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from functools import partial

import anyio
import anyio.abc
from msgspec.structs import replace

from pipeline.errors import NoAgentError
from pipeline.events import log
from pipeline.messages import ApiSlice, DecisionRow, Job
from stages.dispatch.attempts import Tries
from stages.dispatch.config import DispatchConfig
from stages.dispatch.race import Attempt, Race
from stages.dispatch.routing import (
    IMPLEMENTATIONS,
    MODELS,
    ArmFacts,
    JobFacts,
    Policy,
    Router,
    RouterState,
    SetAside,
    ShadowPlan,
    Weights,
    exported,
    imported,
)
from stages.dispatch.trust import Trust
from stages.dispatch.workers.command import resolve
from stages.dispatch.workers.cores import processor, usable_cores
from stages.dispatch.workers.pool import Pool
from stages.dispatch.workers.worker import JobAnswers

Record = Callable[[DecisionRow], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class JobDone:
    """How a job ended: which arm's answers count, or none; ``failed`` are the arms that failed before, with reasons."""

    arm: str
    reason: str
    result: JobAnswers
    queue_ms: float
    ticket: int = -1
    failed: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class JobSetAside:
    """No arm could do the job. ``unserved``: none is left that has the agent."""

    failed: list[str]
    unserved: bool = False


RECORDED_S = 1.0  # at most, for the row of a job that is cut off


async def _nowhere(_: DecisionRow) -> None:
    return None


def policy(config: DispatchConfig) -> Policy:
    """The router's policy for implementations, as the configuration has it."""
    return replace(_configured(IMPLEMENTATIONS, config, config.limits.job_ms), shadow_share=config.routing.shadow_share)


def model_policy(config: DispatchConfig) -> Policy:
    """The same for language models: what the configuration says of both, and deadlines of their own."""
    return _configured(MODELS, config, config.limits.model_job_ms)


def _configured(base: Policy, config: DispatchConfig, deadline_ms: int) -> Policy:
    routing = config.routing
    return replace(
        base,
        window=routing.window,
        min_samples=routing.min_samples,
        weights=Weights(speed=routing.weights.speed, quality=routing.weights.quality),
        max_deadline_ms=float(deadline_ms),
        first_races=routing.first_races,
        hedge=routing.hedge,
        twice_share=routing.twice_share,
    )


class Arms:
    """All arms: their pools, and the router that learns from them.

    ``record`` takes the decisions.
    """

    def __init__(self, config: DispatchConfig, tasks: anyio.abc.TaskGroup, *, record: Record = _nowhere) -> None:
        self._cores = usable_cores()
        self.router = Router(
            policy(config), config.order, random.Random(0).gauss,
            models=model_policy(config), machine=f"{processor()}, {self._cores} cores",
        )  # fmt: skip
        self._trust = Trust(config.order, [arm.name for arm in config.arms])
        self._record = record
        self._order = config.order
        self._tasks = tasks
        self._ahead: dict[str, anyio.Semaphore] = {}  # by agent: so many of its jobs are decided and under way
        self._shadows: dict[anyio.CancelScope, str] = {}  # of replays under way: on which arm
        self._measured = anyio.Event()  # none is under way
        size = config.workers or max(1, self._cores // 2)
        self.pools: dict[str, Pool] = {}
        self.missing: list[str] = []
        for arm in config.arms:
            command = resolve(arm.command)
            if command is not None:
                self.pools[arm.name] = Pool(arm, command, config.limits, arm.workers or size, tasks)
            elif arm.optional:
                self.missing.append(f"{arm.name}: no program {arm.command[0]!r}")
            else:
                raise NoAgentError(
                    f"arm {arm.name!r}: there is no program {arm.command[0]!r}; name one that exists or set `optional: true`"
                )

    def warm_up(self, agents: Sequence[str]) -> None:
        """Begin to start a worker of the arm that the configured order asks first for each agent, while first jobs are still planned."""
        firsts = {next((name for name in self._order.get(agent, []) if name in self.serving(agent)), "") for agent in agents}
        for name in sorted(firsts - {""}):
            self.pools[name].warm_up()

    def serving(self, agent: str) -> Sequence[str]:
        """The usable arms that may serve ``agent``: those that say so, and those that were never started."""
        return [name for name, pool in self.pools.items() if pool.usable and (pool.agents is None or agent in pool.agents)]

    async def run(self, job: Job, part: ApiSlice, run: str) -> JobDone | JobSetAside:
        """Do ``job`` of the run of that name, as the router plans it once a worker is free for it or soon will be."""
        if job.agent not in self._ahead:
            self._ahead[job.agent] = anyio.Semaphore(max(1, sum(self.pools[name].size for name in self.serving(job.agent))))
        async with self._ahead[job.agent]:
            return await self._routed(job, part, run)

    async def _routed(self, job: Job, part: ApiSlice, run: str) -> JobDone | JobSetAside:
        last = self._trust.last(job.agent)
        facts = JobFacts(
            agent=job.agent,
            size=sum(span.count for span in job.spans),
            arms=tuple(self._facts(name, last_resort=name in last) for name in self.serving(job.agent)),
            idle_cores=self._idle_cores(),
        )
        plan = self.router.decide(facts)
        first = plan.order[0] if plan.order else ""
        log("job_decided", level="debug", run=run, job=job.id, agent=job.agent, group=part.group, arm=first, reason=plan.why, plan=plan)
        tries = Tries(self.pools, self.router, plan, job, part, run=run)

        async def attempt(arm: str) -> Attempt:
            self._make_way(arm)
            return await tries.attempt(arm)

        race = Race(plan, attempt, partial(self.router.may_start_second, plan.ticket), self._tasks)
        try:
            winner = await race.run()
        except anyio.get_cancelled_exc_class():
            with anyio.move_on_after(RECORDED_S, shield=True):
                await self._record(tries.row)  # it was cut off: what was decided and tried is told all the same
            raise
        failed = [f"{one.arm}: {one.why}" for one in race.failed]
        await self._record(tries.row)
        if winner is None or winner.result is None:
            why = list(dict.fromkeys(failed)) or [f"no arm serves {job.agent}", *self.missing]
            return JobSetAside(why, unserved=not self.serving(job.agent))
        reason = f"{plan.why}, {plan.mode}" if not failed else f"fallback after {failed[-1]}"
        shadow = self.router.shadow(plan.ticket, self._idle_cores())
        if shadow is not None:
            scope = anyio.CancelScope()
            self._shadows[scope] = shadow.arm
            self._tasks.start_soon(self._measure, shadow, tries, winner.result, scope)
        return JobDone(winner.arm, reason, winner.result, winner.queue_ms, plan.ticket, failed)

    def _facts(self, name: str, *, last_resort: bool = False) -> ArmFacts:
        pool = self.pools[name]
        version = self.router.version(name, pool.version)
        deterministic = self.router.deterministic(name) if pool.deterministic is None else pool.deterministic
        replays = sum(arm == name for arm in self._shadows.values())  # they make way
        return ArmFacts(
            name=name, version=version, warm=pool.warm, deterministic=deterministic, model=pool.arm.model, workers=pool.size,
            busy=max(0, pool.busy - replays), waiting=pool.waiting, last_resort=last_resort,
        )  # fmt: skip

    def _idle_cores(self) -> float:
        """Cores that nothing here uses: one goes to the pipeline itself."""
        return max(0.0, self._cores - 1.0 - sum(pool.busy for pool in self.pools.values()))

    async def _measure(self, shadow: ShadowPlan, tries: Tries, counting: JobAnswers, scope: anyio.CancelScope) -> None:
        try:
            await tries.shadow(shadow, counting, scope)
            self._compare(tries.row)
            await self._record(tries.row)
        finally:
            del self._shadows[scope]
            if not self._shadows:
                self._measured.set()
                self._measured = anyio.Event()

    def _compare(self, row: DecisionRow) -> None:
        """Where answers differ that should be equal, one of the two arms is asked last for the rest of the run."""
        if row.differs and row.counted:
            later = self._trust.differ(row.agent, row.counted.arm, row.differs)
            if later:
                reason = f"its answers to job {row.job} differ from those of an arm before it: it is asked only where the others fail"
                log("arm_left_out", level="error", run=row.run, agent=row.agent, arm=later, reason=reason)

    def _make_way(self, name: str) -> None:
        """A caller's job is about to ask an arm: where all its workers have jobs, a replay among them is given up."""
        pool = self.pools[name]
        if pool.busy >= pool.size:
            scope = next((scope for scope, arm in self._shadows.items() if arm == name and not scope.cancel_called), None)
            if scope is not None:
                scope.cancel()

    def credit(self, ticket: int, worth: float, new: int) -> None:
        """What the answers of a job turned out to be worth, and how many showed anything new."""
        self.router.credit(ticket, worth, new)

    async def end_run(self) -> None:
        """Nothing of a run is measured behind its end: what is still under way is given up, and its rows are out. Arms that could not be
        started are tried again in the next."""
        for pool in self.pools.values():
            pool.forgive()
        for scope in self._shadows:
            scope.cancel()
        if self._shadows:
            await self._measured.wait()
        self._trust.clear()

    def restore(self, state: bytes) -> bool:
        """Go on from what a router before had learned, in the form of ``learned``; False: it cannot be read, the router begins anew."""
        known = imported(state)
        if isinstance(known, SetAside):
            log("routing_set_aside", level="warning", reason=known.reason)
            self.router.state = RouterState()
            return False
        self.router.state = known
        return True

    def learned(self) -> bytes:
        """What the router knows, to be given to one after a restart."""
        return exported(self.router.state)

    async def look_after_idle(self) -> None:
        """For ever: send workers home that were idle for long, and see whether the others are still there."""
        async with anyio.create_task_group() as tasks:
            for pool in self.pools.values():
                tasks.start_soon(pool.look_after_idle)

    async def close(self) -> None:
        """End all workers of all arms."""
        for pool in self.pools.values():
            await pool.close()
