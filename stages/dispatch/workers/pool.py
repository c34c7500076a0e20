"""The workers of one arm: started when needed, lent to one job at a time, sent home when idle, given up when they only fail."""

import math
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import anyio
import anyio.abc

from pipeline.events import log
from stages.dispatch.config import ArmConfig, WorkerLimits
from stages.dispatch.workers.worker import Worker, WorkerLost

LEAST_PATIENCE_MS = 20.0  # with a worker that is to leave off its job: a new one would have to be told of the API again
LOOK_INTERVAL_S = 5.0
BACKOFF_CAP_MS = 10_000


@dataclass(slots=True)
class _Start:
    """The start of a worker: what came of it, and whether the job that it is for still waits."""

    ended: anyio.Event = field(default_factory=anyio.Event)
    worker: Worker | None = None
    why: str = ""
    wanted: bool = True


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
        self._slots = anyio.Semaphore(size, fast_acquire=True)
        self._idle: list[Worker] = []
        self._leaving: dict[Worker, float] = {}  # their jobs are not wanted any more: until when it pays to wait for them
        self._orphans = 0  # starts under way that no job waits for by itself
        self._hopes = 0  # jobs that wait for one of these, or of those that leave
        self._changed = anyio.Event()  # one of these has ended, well or not
        self._closed = False
        self._all: set[Worker] = set()
        self._failed_starts = 0
        self._start_ms = 0.0  # of the last start
        self._not_before = -math.inf

    def __repr__(self) -> str:
        return f"<Pool {self.arm.name} busy={self.busy} idle={len(self._idle)} failed_starts={self._failed_starts}>"

    @property
    def usable(self) -> bool:
        """Whether it is worth asking: its program does not fail at every start."""
        return self._failed_starts < self._limits.restarts

    @property
    def warm(self) -> bool:
        """Whether the next job will not have to start a worker: one is without a job or leaves its job off, or all have jobs."""
        return bool(self._idle or self._leaving) or self.busy >= self.size

    @property
    def busy(self) -> int:
        """Workers with a job, or starting for one."""
        return self.size - self._slots.value

    @property
    def waiting(self) -> int:
        """Jobs in line for a worker."""
        return self._slots.statistics().tasks_waiting

    @asynccontextmanager
    async def lend(self) -> AsyncGenerator[Worker]:
        """A worker for one job. It is killed when the body raises WorkerLost, or is cancelled and it does not leave off; else kept.

        Who is cancelled does not wait for the worker to leave off: that may be the loser of a race whose winner has answered.

        Raises WorkerLost.
        """
        async with self._slots:
            worker = await self._worker()
            try:
                yield worker
            except WorkerLost as error:
                log("worker_lost", level="warning", arm=self.arm.name, pid=worker.process.pid, reason=str(error))
                self.warm_up()
                await self._discard(worker)
                raise
            except anyio.get_cancelled_exc_class():
                self._leaving[worker] = anyio.current_time() + max(self._start_ms, LEAST_PATIENCE_MS) / 1000
                self._tasks.start_soon(self._recall, worker)
                raise
            except Exception:
                self._keep(worker)
                raise
            else:
                self._keep(worker)

    async def _worker(self) -> Worker:
        """A started worker without a job. One that leaves its job off is waited for as long as a start takes, then another is started."""
        while not self._idle:
            until = math.inf if self._hopes < self._orphans else max(self._leaving.values(), default=-math.inf)
            if until <= anyio.current_time():
                return await self._started()
            self._hopes += 1
            try:
                with anyio.CancelScope(deadline=until):
                    await self._changed.wait()
            finally:
                self._hopes -= 1
        worker = self._idle.pop()
        worker.cold = False
        return worker

    async def _started(self) -> Worker:
        """A new worker. Cut short, it is still started, for the next job: a start is dear, and the other arm may be late next time."""
        start = _Start()
        self._tasks.start_soon(self._carry_out, start)
        try:
            await start.ended.wait()
        except anyio.get_cancelled_exc_class():
            start.wanted = False
            if start.worker is not None:
                self._idle.append(start.worker)
                self._tell()
            elif not start.ended.is_set():
                self._orphans += 1
            raise
        if start.worker is None:
            raise WorkerLost(start.why)
        return start.worker

    def warm_up(self) -> None:
        """Start a worker where none is idle: the next job does not wait for a start, nor is the arm passed over because of one."""
        if not self._idle and not self._orphans:
            self._orphans += 1
            self._tasks.start_soon(self._carry_out, _Start(wanted=False))

    def forgive(self) -> None:
        """Starts that failed count no more."""
        self._failed_starts, self._not_before = 0, -math.inf

    def _keep(self, worker: Worker) -> None:
        """Keep a worker behind its job; one that has done its share goes, so that what it may have gathered goes too."""
        if worker.jobs < self._limits.jobs:
            self._idle.append(worker)
            return
        self.warm_up()
        self._all.discard(worker)
        log("worker_recycled", arm=self.arm.name, pid=worker.process.pid, jobs=worker.jobs)
        self._tasks.start_soon(worker.close)

    async def _carry_out(self, start: "_Start") -> None:
        try:
            start.worker = await self._start()
        except WorkerLost as error:
            start.why = str(error)
        start.ended.set()
        if start.wanted:
            return
        self._orphans -= 1
        if start.worker is not None:
            self._idle.append(start.worker)
        self._tell()

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
        if self._closed:
            await worker.kill()
            raise WorkerLost("was started while all were ended")
        self._all.add(worker)
        worker.start_ms = self._start_ms = (time.perf_counter() - started) * 1000
        self.agents, self.version, self.deterministic = worker.ready.agents, worker.ready.version, worker.ready.deterministic
        log("worker_started", arm=self.arm.name, pid=worker.process.pid, duration_ms=round(worker.start_ms, 1))
        return worker

    async def _recall(self, worker: Worker) -> None:
        """Keep a worker whose job is not wanted any more, if it leaves off. As many as there are slots are given the time for that."""
        lost = "" if len(self._leaving) <= self.size else "had to leave off its job while others already did"
        if not lost:
            try:
                await worker.leave_off()
            except WorkerLost as error:
                lost = str(error)
        del self._leaving[worker]
        if lost and worker in self._all:  # else it was ended meanwhile, with all others
            log("worker_lost", level="warning", arm=self.arm.name, pid=worker.process.pid, reason=lost)
            await self._discard(worker)
        elif not lost and len(self._all) - len(self._leaving) <= self.size:
            self._idle.append(worker)
        elif not lost:  # another was started in its place
            self._all.discard(worker)
            await worker.close()
        self._tell()

    def _tell(self) -> None:
        self._changed.set()
        self._changed = anyio.Event()

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
            if worker not in self._idle or not self._slots.value:
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
        """End all workers for good."""
        self._closed = True
        await self.renew()

    async def renew(self) -> None:
        """End all workers, politely where they are idle; the next job gets a new one."""
        idle, workers = set(self._idle), set(self._all)
        self._idle.clear()
        self._all.clear()
        with anyio.CancelScope(shield=True):
            async with anyio.create_task_group() as tasks:
                for worker in workers:
                    tasks.start_soon(worker.close if worker in idle else worker.kill)
