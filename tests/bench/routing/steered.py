"""The same policies on the machinery of dispatch: real subprocesses that keep to a script made of a world, plans carried out by ``Arms``.

A baseline stands behind the router's interface. One caller asks for job after job; the world's milliseconds are real ones.
"""

import json
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from random import Random
from types import SimpleNamespace

import anyio
import uvloop

from pipeline.messages import DecisionRow
from stages.dispatch.arms import Arms, JobDone, policy
from stages.dispatch.config import ArmConfig, DispatchConfig, WorkerLimits
from stages.dispatch.routing import JobFacts, Outcome, Router, RoutingPlan, SetAside, ShadowPlan, imported
from tests.agents.pacing import AGENT, ANSWERS, CRASHES, PART, Row, asked, paced
from tests.bench.routing.machine import Machine, Result, Seen, Wish
from tests.bench.routing.policies import NAMES, Baseline, Routed
from tests.bench.routing.worlds import ATTEMPTS, HANGS, Draw, World, judged_choice

CORES = 2  # as dispatch counts them in these runs: the workers sleep, so they need none
LIMITS = WorkerLimits(start_ms=10_000, job_ms=20_000, memory_bytes=0, backoff_ms=1)


def configured(arms: Sequence[ArmConfig] = ()) -> DispatchConfig:
    """Dispatch as a user gets it, but for the arms."""
    return DispatchConfig(arms=list(arms) or [ArmConfig(name="none", command=["none"])], limits=LIMITS, workers=1,
                          order={AGENT: [arm.name for arm in arms]})  # fmt: skip


def fates(world: World, arm: int) -> list[Row]:
    """What warm attempts of that arm at each job do, ``ATTEMPTS`` a job: the draws that the simulation uses."""
    return [_fate(world, arm, job, draw) for job in range(world.jobs) for draw in world.draws[job][arm]]


def _fate(world: World, arm: int, job: int, draw: Draw) -> Row:
    work = world.median_ms(arm, job) * draw.noise
    hang = (draw.stall - 1) * work if draw.stalls < world.stalls else 0.0
    if draw.fails < world.failing(arm, job):
        return Row(work * draw.at, draw.stall * work if draw.at < 0.1 + 0.9 * HANGS else 0.0, CRASHES)
    return Row(work, hang, ANSWERS)


class Steered(Router):
    """A baseline of the simulation in the router's place. Jobs come one after the other."""

    def __init__(self, chooser: Baseline, config: DispatchConfig) -> None:
        super().__init__(policy(config), config.order, lambda: 0.0)
        self._chooser = chooser
        self._stub: Machine = SimpleNamespace(world=chooser.world)  # type: ignore[assignment]  # baselines look at nothing else
        self._jobs = -1

    def decide(self, facts: JobFacts) -> RoutingPlan:
        self._jobs += 1
        wish = self._chooser.decide(self._stub, self._jobs)
        return RoutingPlan(
            ticket=self._jobs, agent=facts.agent, size=facts.size, order=tuple(NAMES[arm] for arm in wish.order), mode="sequence",
            delays_ms=tuple(wish.delays_ms), deadlines_ms=tuple(wish.deadlines_ms), rounds=1, why="baseline", reasons=(),
        )  # fmt: skip

    def record(self, outcome: Outcome, now: float) -> bool:
        world = self._chooser.world
        arm, job = NAMES.index(outcome.arm), outcome.ticket
        worth = world.sizes[job] * world.worth[arm] if outcome.kind == "answered" else 0.0
        self._chooser.learn(
            self._stub,
            Seen(job, job, arm, outcome.kind, outcome.wall_ms, outcome.cpu_ms, outcome.cold, outcome.shadow, worth),
        )
        return True

    def credit(self, ticket: int, worth: float) -> bool:
        return True

    def shadow(self, ticket: int, idle_cores: float) -> ShadowPlan | None:
        return None

    def may_start_second(self, ticket: int = -1) -> bool:
        return True


class Simulated(Routed):
    """The router in simulated time under the policy, and with the view of the cores, that it has in dispatch."""

    def __init__(self, world: World, seed: int) -> None:
        super().__init__(world, seed, policy(configured()))

    def decide(self, machine: Machine, job: int) -> Wish:
        return super().decide(_Seen(machine), job)  # type: ignore[arg-type]  # what it looks at is there

    def shadow(self, machine: Machine, ticket: int) -> tuple[int, float] | None:
        plan = self.router.shadow(ticket, _Seen(machine).idle_cores() - 1.0)
        return None if plan is None else (NAMES.index(plan.arm), plan.stop_after_ms)


class _Seen:
    """A simulated machine as dispatch would see it."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self.world = machine.world
        self.warm = machine.warm

    def idle_cores(self) -> float:
        busy = self._machine.world.cores - self._machine.idle_cores()
        return max(1.0, CORES - busy)  # Routed takes one off


class Run:
    """One policy through one world on real workers."""

    def __init__(self, world: World, chooser: Baseline | None, *, restart_at: int = -1, keep: bool = True) -> None:
        self.world = world
        self._chooser = chooser
        self._restart_at, self._keep = restart_at, keep
        self._rows: dict[int, DecisionRow] = {}
        jobs = world.jobs
        self.result = Result([0.0] * jobs, [0.0] * jobs, [0.0] * jobs, [None] * jobs, [False] * jobs, [-1] * jobs)

    async def _record(self, row: DecisionRow) -> None:
        self._rows[row.job] = row

    async def carry_out(self) -> Result:
        """All jobs of the world."""
        with tempfile.TemporaryDirectory() as folder:
            world = self.world
            arms = [paced(NAMES[arm], fates(world, arm), Path(folder), attempts=ATTEMPTS) for arm in range(world.arms)]
            config = configured(arms)
            async with anyio.create_task_group() as tasks:
                made = Arms(config, tasks, record=self._record)
                made._cores = CORES
                if self._chooser is not None:
                    made.router = Steered(self._chooser, config)
                try:
                    for job in range(world.jobs):
                        if job == self._restart_at:
                            self._begin_again(made, config)
                        await self._one(made, job)
                finally:
                    await made.close()
                    tasks.cancel_scope.cancel()
        self._judge()
        return self.result

    def _begin_again(self, arms: Arms, config: DispatchConfig) -> None:
        state = imported(arms.learned()) if self._keep else None
        assert not isinstance(state, SetAside)
        arms.router = Router(policy(config), config.order, Random(0).gauss, machine=arms.router._machine, state=state)

    async def _one(self, arms: Arms, job: int) -> None:
        result = self.result
        asking = asked(job, self.world.sizes[job])
        began = time.perf_counter()
        done = await arms.run(asking, PART, "bench")
        result.wall_ms[job] = (time.perf_counter() - began) * 1000
        if isinstance(done, JobDone):
            result.value[job] = len(done.result.answers) * self.world.worth[NAMES.index(done.arm)]
        else:
            result.failures += 1

    def starts(self) -> list[float]:
        """What cold attempts took beyond their work."""
        rows = [fates(self.world, arm) for arm in range(self.world.arms)]
        return [
            one.wall_ms - rows[NAMES.index(one.arm)][job].work_ms - rows[NAMES.index(one.arm)][job].hang_ms
            for job, row in self._rows.items()
            for one in row.tries
            if one.cold and one.kind == "answered"
        ]

    def _judge(self) -> None:
        result, world = self.result, self.world
        for job, row in self._rows.items():
            first = NAMES.index(json.loads(row.plan)["order"][0])
            result.first[job] = first
            result.right[job], result.near[job] = judged_choice(world, job, first)
            result.slowdown[job] = result.wall_ms[job] / world.mean_ms(world.ranked(job)[0], job)
            for one in row.tries:
                if one.kind == "cancelled" or one.shadow:
                    result.twice_cpu += one.wall_ms
                else:
                    result.live_cpu += one.wall_ms


def on_workers(
    world: World, chooser: Baseline | None, *, restart_at: int = -1, keep: bool = True, starts: list[float] | None = None
) -> Result:
    """The world's jobs on real workers; without a ``chooser`` dispatch's own router decides, begun again at one job. What starts took is
    added to ``starts``."""
    run = Run(world, chooser, restart_at=restart_at, keep=keep)
    result = uvloop.run(run.carry_out())
    if starts is not None:
        starts.extend(run.starts())
    return result
