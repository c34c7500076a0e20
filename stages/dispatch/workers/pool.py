"""The workers of one arm: started when needed, lent to one job at a time, sent home when idle, given up when they only fail."""

import math
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import anyio
import anyio.abc

from pipeline.events import log
from stages.dispatch.config import ArmConfig, WorkerLimits
from stages.dispatch.workers.worker import Worker, WorkerLost

LOOK_INTERVAL_S = 5.0
BACKOFF_CAP_MS = 10_000


class Pool:
    """At most ``size`` workers of one arm; ``lend`` gives out an idle one or starts another."""

    def __init__(self, arm: ArmConfig, command: list[str], limits: WorkerLimits, size: int, tasks: anyio.abc.TaskGroup) -> None:
        self.arm = arm
        self.agents: list[str] | None = list(arm.agents) or None  # what is configured, after the first start what it says
        self.version = ""
        self.deterministic: bool | None = arm.deterministic  # None: not known before the first start
        self.size = size
        self._command = command
        self._limits = limits
        self._tasks = tasks
        self._slots = anyio.CapacityLimiter(size)
        self._idle: list[Worker] = []
        self._all: set[Worker] = set()
        self._failed_starts = 0
        self._not_before = -math.inf

    def __repr__(self) -> str:
        return f"<Pool {self.arm.name} busy={self._slots.borrowed_tokens} idle={len(self._idle)} failed_starts={self._failed_starts}>"

    @property
    def usable(self) -> bool:
        """Whether it is worth asking: its program does not fail at every start."""
        return self._failed_starts < self._limits.restarts

    @property
    def idle(self) -> int:
        """Started workers without a job."""
        return len(self._idle)

    @property
    def busy(self) -> int:
        """Workers with a job, or starting for one."""
        return self._slots.borrowed_tokens

    @property
    def waiting(self) -> int:
        """Jobs in line for a worker."""
        return self._slots.statistics().tasks_waiting

    @asynccontextmanager
    async def lend(self) -> AsyncGenerator[Worker]:
        """A worker for one job. It is killed when the body raises WorkerLost, or is cancelled and it does not leave off; else kept.

        Raises WorkerLost.
        """
        async with self._slots:
            worker = self._idle.pop() if self._idle else await self._start()
            try:
                yield worker
            except WorkerLost as error:
                log("worker_lost", level="warning", arm=self.arm.name, pid=worker.process.pid, reason=str(error))
                await self._discard(worker)
                raise
            except anyio.get_cancelled_exc_class():
                with anyio.CancelScope(shield=True):
                    await self._recall(worker)
                raise
            except Exception:
                self._idle.append(worker)
                raise
            else:
                self._idle.append(worker)

    async def _start(self) -> Worker:
        wait_s = self._not_before - time.monotonic()
        if wait_s > 0:
            await anyio.sleep(wait_s)
        started = time.perf_counter()
        try:
            worker = await Worker.start(self.arm, self._command, self._limits, self._tasks)
        except WorkerLost:
            self._failed_starts += 1
            backoff_ms = min(self._limits.backoff_ms * 2 ** (self._failed_starts - 1), BACKOFF_CAP_MS)
            self._not_before = time.monotonic() + backoff_ms / 1000
            raise
        self._failed_starts = 0
        self._all.add(worker)
        worker.start_ms = (time.perf_counter() - started) * 1000
        self.agents, self.version, self.deterministic = worker.ready.agents, worker.ready.version, worker.ready.deterministic
        log("worker_started", arm=self.arm.name, pid=worker.process.pid, duration_ms=round(worker.start_ms, 1))
        return worker

    async def _recall(self, worker: Worker) -> None:
        """Keep a worker whose job is not wanted any more, if it leaves off."""
        try:
            await worker.leave_off()
        except WorkerLost as error:
            log("worker_lost", level="warning", arm=self.arm.name, pid=worker.process.pid, reason=str(error))
            await self._discard(worker)
        else:
            self._idle.append(worker)

    async def _discard(self, worker: Worker) -> None:
        self._all.discard(worker)
        await worker.kill()

    async def look_after_idle(self) -> None:
        """For ever: send home the workers that had no work for ``idle_ms``, and discard those that do not answer a ping."""
        while True:
            await anyio.sleep(min(LOOK_INTERVAL_S, self._limits.ping_ms / 1000))
            await self._reap()
            await self._ping()

    async def _reap(self) -> None:
        limit = time.monotonic() - self._limits.idle_ms / 1000
        for worker in [worker for worker in self._idle if worker.idle_since < limit]:
            if worker in self._idle:  # not lent meanwhile
                self._idle.remove(worker)
                self._all.discard(worker)
                await worker.close()

    async def _ping(self) -> None:
        limit = time.monotonic() - self._limits.ping_ms / 1000
        for worker in [worker for worker in self._idle if worker.heard_at <= limit]:
            if worker not in self._idle or self._slots.available_tokens <= 0:
                continue  # lent meanwhile, or about to be
            async with self._slots:
                if worker not in self._idle:
                    continue
                self._idle.remove(worker)
                try:
                    await worker.ping()
                except WorkerLost as error:
                    log("worker_lost", level="warning", arm=self.arm.name, pid=worker.process.pid, reason=str(error))
                    await self._discard(worker)
                else:
                    self._idle.append(worker)

    async def close(self) -> None:
        """End all workers, politely where they are idle."""
        with anyio.CancelScope(shield=True):
            async with anyio.create_task_group() as tasks:
                for worker in self._all:
                    tasks.start_soon(worker.close if worker in self._idle else worker.kill)
            self._all.clear()
            self._idle.clear()
