"""The tries of one job on its arms: each timed, learned from, and kept for the job's row."""

import time
from collections.abc import Mapping

import anyio
import msgspec
from msgspec.structs import replace

from pipeline.events import log
from pipeline.messages import ApiSlice, DecisionRow, Job, Try, TryKind
from stages.agents.wire import encode_answer
from stages.dispatch.race import Attempt
from stages.dispatch.routing import Outcome, Router, RoutingPlan, ShadowPlan
from stages.dispatch.whole_job import written
from stages.dispatch.workers.pool import Pool
from stages.dispatch.workers.worker import JobAnswers, JobLate, JobRefused, WorkerLost


class Tries:
    """One job and its plan. ``row`` is the record of the decision with all tries so far."""

    def __init__(self, pools: Mapping[str, Pool], router: Router, plan: RoutingPlan, job: Job, part: ApiSlice, *, run: str) -> None:
        self._pools = pools
        self._router = router
        self._plan = plan
        self._job = job
        self._part = part
        self.row = DecisionRow(run=run, job=job.id, agent=job.agent, group=part.group, plan=msgspec.json.encode(plan).decode())

    async def attempt(self, arm: str) -> Attempt:
        """The job on one arm; its end is learned from, whatever it is. May be cancelled."""
        clock, job = _Clock(), self._job
        within_ms = self._plan.deadlines_ms[self._plan.order.index(arm)]
        try:
            async with self._pools[arm].lend() as worker:
                if job.agent not in worker.ready.agents:  # known since its first start only: no fault, so nothing is learned
                    return Attempt(arm=arm, result=None, why=f"does not have {job.agent}", queue_ms=clock.queue_ms)
                clock.begin(worker.start_ms if worker.cold else None)
                result = await worker.run(job, self._part, within_ms=within_ms)
        except (WorkerLost, JobRefused) as error:
            self._learn(clock.ended(arm, "timeout" if isinstance(error, JobLate) else "failed", why=str(error)))
            log("job_failed", level="warning", run=self.row.run, job=job.id, agent=job.agent, arm=arm, reason=str(error))
            return Attempt(arm=arm, result=None, why=str(error), queue_ms=clock.queue_ms)
        except anyio.get_cancelled_exc_class():
            self._learn(clock.ended(arm, "cancelled"))
            raise
        self._learn(clock.ended(arm, "answered", result))
        return Attempt(arm=arm, result=result, queue_ms=clock.queue_ms)

    async def shadow(self, plan: ShadowPlan, counting: JobAnswers, scope: anyio.CancelScope) -> None:
        """The job once more on another arm, for measuring only, within a ``scope`` of its own: cancelled, it is learned from all the same.

        Answers that should equal those that count, and do not, are told, and the row gets the whole job.
        """
        clock = _Clock()
        result: JobAnswers | None = None
        kind: TryKind = "cancelled"
        why = ""
        with scope:
            try:
                async with self._pools[plan.arm].lend() as worker:
                    if self._job.agent in worker.ready.agents:  # else that is known since its first start only
                        scope.deadline = anyio.current_time() + plan.stop_after_ms / 1000  # its start may take as long as it takes
                        clock.begin(worker.start_ms if worker.cold else None)
                        result = await worker.run(self._job, self._part)
                        kind = "answered"
            except (WorkerLost, JobRefused) as error:
                kind, why = "timeout" if isinstance(error, JobLate) else "failed", str(error)
        self._learn(replace(clock.ended(plan.arm, kind, result, why=why), shadow=True))
        if result is not None and result.deterministic and counting.deterministic and not _equal(result, counting):
            self.row = replace(self.row, differs=plan.arm, asked=written(self._job, self._part.group))
            log("answers_differ", level="error", run=self.row.run, job=self._job.id, agent=self._job.agent, arm=plan.arm)

    def _learn(self, seen: Try) -> None:
        self.row = replace(self.row, tries=[*self.row.tries, seen])
        outcome = Outcome(
            ticket=self._plan.ticket, arm=seen.arm, kind=seen.kind, wall_ms=seen.wall_ms, cpu_ms=seen.cpu_ms, queue_ms=seen.queue_ms,
            answers=seen.answers, cold=seen.cold, shadow=seen.shadow,
        )  # fmt: skip
        self._router.record(outcome, time.monotonic() * 1000)


class _Clock:
    """Times of one try: waiting for a worker apart, the start of a cold one counted with its work."""

    def __init__(self) -> None:
        self._asked = time.perf_counter()
        self._began: float | None = None
        self._start_ms = 0.0
        self._cold = False
        self.queue_ms = 0.0

    def begin(self, start_ms: float | None) -> None:
        """A worker is there; ``start_ms`` where it was started for this."""
        self._began = time.perf_counter()
        self._cold = start_ms is not None
        self._start_ms = start_ms or 0.0
        self.queue_ms = max(0.0, (self._began - self._asked) * 1000 - self._start_ms)

    def ended(self, arm: str, kind: TryKind, result: JobAnswers | None = None, *, why: str = "") -> Try:
        """The try's row."""
        wall_ms = 0.0 if self._began is None else max(0.0, (time.perf_counter() - self._began) * 1000 + self._start_ms)
        return Try(
            arm=arm, kind=kind, wall_ms=wall_ms, cpu_ms=result.cpu_ms if result else 0.0, queue_ms=self.queue_ms,
            answers=len(result.answers) if result else 0, cold=self._cold, why=why[:300],
        )  # fmt: skip


def _equal(one: JobAnswers, other: JobAnswers) -> bool:
    """Byte for byte, in the canonical form."""
    if len(one.answers) != len(other.answers):
        return False
    return all(encode_answer(left) == encode_answer(right) for left, right in zip(one.answers, other.answers, strict=True))
