"""Carrying out a decision: ask the first arm, and on failure the next at once; the job is set aside when all failed."""

import os
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import anyio
import anyio.abc

from pipeline.errors import NoAgentError
from pipeline.events import log
from pipeline.messages import ApiSlice, Job
from stages.dispatch.config import DispatchConfig
from stages.dispatch.router import Router
from stages.dispatch.workers.command import resolve
from stages.dispatch.workers.pool import Pool
from stages.dispatch.workers.worker import JobAnswers, JobRefused, WorkerLost


@dataclass(frozen=True, slots=True)
class JobDone:
    """How a job ended: which arm's answers count, or none; ``failed`` are the arms that failed before, with reasons."""

    arm: str
    reason: str
    result: JobAnswers
    queue_ms: float
    failed: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class JobSetAside:
    """No arm could do the job."""

    failed: list[str]


class Arms:
    """All arms of a pipeline: their pools and the router that orders them."""

    def __init__(self, config: DispatchConfig, tasks: anyio.abc.TaskGroup) -> None:
        self.router = Router(config.order)
        size = config.workers or max(1, (os.cpu_count() or 2) // 2)
        self.pools: dict[str, Pool] = {}
        self.missing: list[str] = []
        for arm in config.arms:
            command = resolve(arm.command)
            if command is not None:
                self.pools[arm.name] = Pool(arm, command, config.limits, size, tasks)
            elif arm.optional:
                self.missing.append(f"{arm.name}: no program {arm.command[0]!r}")
            else:
                raise NoAgentError(
                    f"arm {arm.name!r}: there is no program {arm.command[0]!r}; name one that exists or set `optional: true`"
                )

    def serving(self, agent: str) -> Sequence[str]:
        """The usable arms that may serve ``agent``: those that say so, and those that were never started."""
        return [name for name, pool in self.pools.items() if pool.usable and (pool.agents is None or agent in pool.agents)]

    async def run(self, job: Job, part: ApiSlice, run: str) -> JobDone | JobSetAside:
        """Do ``job`` of the run of that name on the first arm that can."""
        decision = self.router.decide(job.agent, self.serving(job.agent))
        first = decision.arms[0] if decision.arms else ""
        log("job_decided", level="debug", run=run, job=job.id, agent=job.agent, group=part.group, arm=first, reason=decision.reason)
        failed: list[str] = []
        for name in decision.arms:
            waited = time.perf_counter()
            try:
                async with self.pools[name].lend() as worker:
                    queue_ms = (time.perf_counter() - waited) * 1000
                    result = await worker.run(job, part)
            except (WorkerLost, JobRefused) as error:
                failed.append(f"{name}: {error}")
                self.router.record(job.agent, name, failed=True)
                log("job_failed", level="warning", run=run, job=job.id, agent=job.agent, arm=name, reason=str(error))
                continue
            self.router.record(job.agent, name, failed=False)
            reason = decision.reason if not failed else f"fallback after {failed[-1]}"
            return JobDone(name, reason, result, queue_ms, failed)
        return JobSetAside(failed or [f"no arm serves {job.agent}", *self.missing])

    async def look_after_idle(self) -> None:
        """For ever: send workers home that were idle for long, and see whether the others are still there."""
        async with anyio.create_task_group() as tasks:
            for pool in self.pools.values():
                tasks.start_soon(pool.look_after_idle)

    async def close(self) -> None:
        """End all workers of all arms."""
        for pool in self.pools.values():
            await pool.close()
