"""Getting the jobs of an epoch made: all at once by the workers, awaited in order by who sends their cases."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

import anyio
import anyio.abc

from pipeline.events import log
from pipeline.messages import Api, ApiSlice, Case, Job, JobRow, NotMade, Products, Trial
from stages.agents.wire import OF_NO_ORDINAL
from stages.dispatch.answers import not_made, operations_of, products
from stages.dispatch.arms import Arms, JobDone, JobSetAside
from stages.dispatch.schedule import JobSpec
from stages.dispatch.slices import slice_group
from stages.dispatch.trials import explored_trial

HOPELESS = 16  # ordinals of one stream in one job, none of which could be made: nor will later ones
STRIKES = 3  # jobs set aside before a group's operations are left alone by that agent


@dataclass(slots=True)
class PlannedJob:
    """A job under way. ``result`` waits for its end."""

    id: int
    epoch: int
    spec: JobSpec
    hopeless: bool = False
    _done: JobDone | JobSetAside | None = None
    _ended: anyio.Event = field(default_factory=anyio.Event)

    def end(self, done: JobDone | JobSetAside, *, hopeless: bool) -> None:
        """The job is made, or set aside."""
        self._done = done
        self.hopeless = hopeless
        self._ended.set()

    async def result(self) -> JobDone | JobSetAside:
        """How the job ended."""
        await self._ended.wait()
        if self._done is None:
            raise RuntimeError("a job ended without a result")
        return self._done

    def ended_streams(self, done: JobDone | JobSetAside) -> list[tuple[str, str]]:
        """The (agent, operation) streams that gave fewer answers than asked, or of which nothing can be made: they have ended."""
        if isinstance(done, JobSetAside):
            return [(self.spec.agent, span.operation) for span in self.spec.spans] if self.hopeless else []
        made = Counter(operations_of(self.spec.spans, done.result.answers))
        refused = Counter(operation for operation, ordinal, _ in done.result.gave_up if ordinal != OF_NO_ORDINAL)
        asked: Counter[str] = Counter()
        for span in self.spec.spans:
            asked[span.operation] += span.count
        return [
            (self.spec.agent, operation)
            for operation, count in asked.items()
            if made[operation] + refused[operation] < count or (refused[operation] >= HOPELESS and not made[operation])
        ]

    def trials(self, done: JobDone) -> list[Trial]:
        """The cases of the job, in order, not numbered yet."""
        return [
            explored_trial(answer, agent=self.spec.agent, arm=done.arm, job=self.id, epoch=self.epoch)
            for answer in done.result.answers
            if isinstance(answer, Case)
        ]

    def kept(self, run: str, done: JobDone | JobSetAside) -> Iterator[Products | NotMade]:
        """What of the job's answers is kept and not sent, and what could not be made."""
        if isinstance(done, JobDone):
            yield from products(run, self.id, self.spec.agent, done.result.answers)
            yield from not_made(run, self.id, self.spec.agent, done.result.gave_up)

    def row(self, run: str, done: JobDone | JobSetAside) -> JobRow:
        """The record of the job for the store."""
        spec = self.spec
        if isinstance(done, JobSetAside):
            return JobRow(
                run=run, job=self.id, epoch=self.epoch, agent=spec.agent, group=spec.group, arm="", reason="set aside",
                answers=0, requested=spec.cases, wall_ms=0.0, cpu_ms=0.0, queue_ms=0.0, failed=done.failed,
            )  # fmt: skip
        return JobRow(
            run=run, job=self.id, epoch=self.epoch, agent=spec.agent, group=spec.group, arm=done.arm, reason=done.reason,
            answers=len(done.result.answers), requested=spec.cases, wall_ms=done.result.wall_ms, cpu_ms=done.result.cpu_ms,
            queue_ms=done.queue_ms, failed=done.failed, deterministic=done.result.deterministic,
        )  # fmt: skip


@dataclass(slots=True)
class _Worth:
    """What a job's cases were worth so far, and how many are still to be settled."""

    ticket: int
    left: int
    worth: float = 0.0
    new: int = 0  # cases that were worth anything


class Making:
    """Numbers jobs, cuts slices, and runs jobs on the arms."""

    def __init__(self, arms: Arms, api: Api, seed: int, run: str) -> None:
        self._arms = arms
        self._api = api
        self._seed = seed
        self._run = run
        self._slices: dict[str, ApiSlice] = {}
        self._strikes: dict[tuple[str, str], int] = {}
        self._unserved: set[str] = set()  # agents of which that was told
        self._jobs = 0
        self._worth: dict[int, _Worth] = {}  # of jobs whose cases are out

    def start(self, specs: list[JobSpec], epoch: int, tasks: anyio.abc.TaskGroup) -> list[PlannedJob]:
        """Set the jobs of an epoch going."""
        planned = [PlannedJob(self._jobs + index, epoch, spec) for index, spec in enumerate(specs)]
        self._jobs += len(specs)
        for job in planned:
            tasks.start_soon(self._make, job)
        return planned

    def credit(self, job: int, worth: float) -> None:
        """What one case of a job turned out to be worth; when all are known the router hears of it."""
        known = self._worth.get(job)
        if known is None:
            return
        known.worth += worth
        known.new += worth > 0
        known.left -= 1
        if known.left <= 0:
            del self._worth[job]
            self._arms.credit(known.ticket, known.worth, known.new)

    async def _make(self, planned: PlannedJob) -> None:
        spec = planned.spec
        part = self._slices.get(spec.group)
        if part is None:
            part = self._slices[spec.group] = slice_group(self._api, spec.group)
        job = Job(
            id=planned.id, agent=spec.agent, slice=part.digest, seed=self._seed, spans=list(spec.spans), knowledge=spec.knowledge
        )  # fmt: skip
        done = await self._arms.run(job, part, self._run)
        hopeless = False
        if isinstance(done, JobSetAside):
            strikes = self._strikes[spec.agent, spec.group] = self._strikes.get((spec.agent, spec.group), 0) + 1
            hopeless = done.unserved or strikes >= STRIKES
            self._tell_set_aside(planned, done)
        else:
            if cases := sum(isinstance(answer, Case) for answer in done.result.answers):
                self._worth[planned.id] = _Worth(done.ticket, cases)
            log("job_done", level="debug", run=self._run, job=planned.id, agent=spec.agent, arm=done.arm,
                answers=len(done.result.answers), duration_ms=round(done.result.wall_ms, 2), cpu_ms=done.result.cpu_ms)  # fmt: skip
        planned.end(done, hopeless=hopeless)

    def _tell_set_aside(self, planned: PlannedJob, done: JobSetAside) -> None:
        agent, reason = planned.spec.agent, "; ".join(done.failed)
        if not done.unserved:
            log("job_set_aside", level="error", run=self._run, job=planned.id, agent=agent, reason=reason)
        elif agent not in self._unserved:
            self._unserved.add(agent)
            log("agent_unserved", level="warning", run=self._run, agent=agent, reason=reason)
