"""One arm under measurement: one worker of its own, warm before every measured job."""

from collections.abc import Callable

from pipeline.messages import ApiSlice, Job
from stages.dispatch.comparing.pairs import Measured, covered
from stages.dispatch.workers.pool import Pool
from stages.dispatch.workers.worker import JobRefused, Worker, WorkerLost

Seconds = Callable[[], float]
CpuSeconds = Callable[[int], float | None]  # of a process, by its id; None where the system does not say


class NotServed(Exception):
    """The arm cannot be compared at all; the text says why."""


class MeasuredArm:
    """An arm with one worker. ``clock`` and ``cpu_clock`` only ever go forward, for those who can trust them."""

    def __init__(self, name: str, pool: Pool, *, clock: Seconds, cpu_clock: CpuSeconds) -> None:
        self.name = name
        self.pool = pool
        self._clock = clock
        self._cpu_clock = cpu_clock
        self._worker: Worker | None = None
        self._warm: set[tuple[str, str]] = set()  # (slice, operation) that this worker has made answers for

    async def start(self, agent: str) -> None:
        """Start the worker. Raises NotServed where it does not start, or does not have the agent."""
        try:
            async with self.pool.lend():
                pass
        except WorkerLost as lost:
            raise NotServed(f"{self.name}: {lost}") from lost
        if agent not in (self.pool.agents or ()):
            raise NotServed(f"{self.name}: does not have the agent {agent}")

    async def renew(self) -> None:
        """Let the worker go: the next job gets a new one."""
        await self.pool.renew()

    async def measure(self, job: Job, part: ApiSlice, within_ms: float) -> Measured:
        """Do a job, first for warming up where the worker has not done its like; whatever happens is a result."""
        if not self.pool.usable:
            return Measured(path=(self.name,), why="its last starts all failed")
        began = self._clock()
        try:
            async with self.pool.lend() as worker:
                await self._warm_up(worker, job, part, within_ms)
                began, cpu = self._clock(), self._cpu_clock(worker.process.pid)
                result = await worker.run(job, part, within_ms=within_ms)
                wall_ms, spent = (self._clock() - began) * 1000, self._cpu_clock(worker.process.pid)
        except (WorkerLost, JobRefused) as error:
            return Measured(path=(self.name,), why=str(error), wall_ms=(self._clock() - began) * 1000)
        # What the agent says is whole milliseconds; what the kernel counts does not hold what a wrapper's child does.
        counted_ms = (spent - cpu) * 1000 if spent is not None and cpu is not None else 0.0
        return Measured(
            path=(self.name,), wall_ms=wall_ms, cpu_ms=max(counted_ms, float(result.cpu_ms)), answers=result.answers,
            covered=covered(result.answers), deterministic=result.deterministic,
        )  # fmt: skip

    async def _warm_up(self, worker: Worker, job: Job, part: ApiSlice, within_ms: float) -> None:
        if worker is not self._worker:
            self._worker = worker
            self._warm.clear()
        if not worker.knows(part):
            self._warm = {place for place in self._warm if place[0] != part.digest}
        asked = {(part.digest, span.operation) for span in job.spans}
        if not asked <= self._warm:
            await worker.run(job, part, within_ms=within_ms)
            self._warm |= asked
