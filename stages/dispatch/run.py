"""One run: explore in epochs, check suspicions beside it, clean up, end."""

import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import partial

import anyio
import anyio.abc
import msgspec
from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream

from pipeline.errors import NoAgentError, SentinelError
from pipeline.events import log
from pipeline.messages import Api, Case, CaseBatch, Feedback, Made, RunStarted, Settled, ToExecute, ToPersist, Trial
from stages.dispatch.arms import Arms, JobSetAside
from stages.dispatch.config import DispatchConfig
from stages.dispatch.ledger import Epoch, Ledger
from stages.dispatch.making import Making, PlannedJob
from stages.dispatch.schedule import Schedule
from stages.dispatch.tidying import Tidying
from stages.dispatch.trials import cleanup_trials, explored_trial, numbered, suspicion_trial

CleanupCases = Callable[[Api, Sequence[Made]], list[Case]]
AgentCase = tuple[str, Case]  # a case and the agent that made it
REMOVED_AT_ONCE = 32  # trials out, at the most, while more are sent to remove what the run made
LOST_S = 300.0  # trials that are out for so long after the end of a run will not come back
CLEANUP_FROM = 1 << 40  # ordinals of trials that remove something: behind those of all cases, whenever they are sent
CLOSING_SHARE = 0.03  # of the time budget, kept so that what is out can come back in time


@dataclass(frozen=True, slots=True)
class Committed:
    """What the store holds of a run already: by ordinal, without gaps from 0, the case's digest and the first word on it.

    ``made`` are the objects still to be removed; trials that remove something are numbered from ``first_cleanup``.
    """

    digests: Sequence[str] = ()
    settled: Sequence[Settled] = ()
    made: Sequence[Made] = ()
    checked_requests: int = 0
    first_cleanup: int = CLEANUP_FROM


@dataclass(frozen=True, slots=True)
class Ports:
    """The streams of a run, beside the one that brings runs."""

    feedback: MemoryObjectReceiveStream[Feedback]
    outbox: MemoryObjectSendStream[ToExecute]
    events: MemoryObjectSendStream[ToPersist]


class RunDispatch:
    """Everything dispatch does for one run. ``carry_out`` is called once."""

    def __init__(
        self, started: RunStarted, config: DispatchConfig, arms: Arms, ports: Ports, *, cleanup_cases: CleanupCases,
        stop: anyio.Event, committed: Committed, only: Sequence[AgentCase] | None,
    ) -> None:  # fmt: skip
        request = started.request
        self._run = request.run
        self._api = _without_skipped(started)
        self._config = config
        self._ports = ports
        self._cleanup_cases = cleanup_cases
        self._stop = stop
        self._committed = committed
        self._only = only
        self._ledger = Ledger(config.window, request.budget, config.suspicion_share)
        operations = self._api.operations
        epoch_cases = max(config.epoch, 2 * len(operations))
        self._schedule = Schedule(operations, tuple(request.agents), epoch_cases, config.job_cases, config.instances, config.products)
        self._making = Making(arms, self._api, request.seed, self._run)
        self._tidying = Tidying(config.keep_made)
        self._next_cleanup = committed.first_cleanup
        self._changed = anyio.Condition()
        self._deadline = time.monotonic() + request.budget.time_ms / 1000 if request.budget.time_ms is not None else None
        self._repeats_until = self._deadline
        self._time_s = (request.budget.time_ms or 0) / 1000
        self._reason = self._detail = ""
        self._jobs_done = 0
        self._set_aside: dict[str, list[str]] = {}  # agent -> why each arm failed, the last time

    async def carry_out(self) -> tuple[str, str]:
        """Run to the end; returns why it ended and a detail. All that was out is credited then.

        Raises NoAgentError where jobs were given out and none was done by any arm.
        """
        self._ledger.checked_requests = self._committed.checked_requests
        self._ledger.take_made(self._committed.made)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self._listen)
            tasks.start_soon(self._check_suspicions)
            await self._explore()
            await self._settle()
            for settled in self._ledger.unfolded():
                self._making.credit(settled.job, settled.credit.worth)
            await self._clean_up()
            tasks.cancel_scope.cancel()
        if self._set_aside and not self._jobs_done and self._reason != "interrupted":
            raise NoAgentError(_no_agent(self._run, self._set_aside))
        log("run_ended", run=self._run, reason=self._reason, detail=self._detail)
        return self._reason, self._detail

    # ── listening ────────────────────────────────────────────────────────────────────────────────────────────────────────

    async def _listen(self) -> None:
        async for feedback in self._ports.feedback:
            async with self._changed:
                self._ledger.take(feedback)
                self._changed.notify_all()

    async def _until(self, condition: Callable[[], bool]) -> None:
        async with self._changed:
            while not condition():
                await self._changed.wait()

    # ── exploring ────────────────────────────────────────────────────────────────────────────────────────────────────────

    async def _explore(self) -> None:
        """Explore until the budget, the API or the run's patience ends; the reason is kept."""
        self._reason = "budget"
        with anyio.CancelScope() as scope:
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(self._end_early, scope)
                tasks.start_soon(self._tidy_up)
                if self._only is not None:
                    await self._send_explored([explored_trial(case, agent=agent, arm="", job=-1, epoch=0) for agent, case in self._only])
                    self._reason = "exhausted"
                    scope.cancel()
                    return
                planned, jobs = anyio.create_memory_object_stream[list[PlannedJob]](0)
                tasks.start_soon(self._plan, planned, tasks)
                async with jobs:
                    async for epoch in jobs:
                        if not await self._send_epoch(epoch):
                            break
                    scope.cancel()

    async def _end_early(self, scope: anyio.CancelScope) -> None:
        """Stop exploring when the time is over, the owner wants it, or the target is dead."""
        async with anyio.create_task_group() as tasks:

            async def stopped() -> None:
                await self._stop.wait()
                self._reason = "interrupted"
                scope.cancel()

            async def dead() -> None:
                await self._until(lambda: self._ledger.target == "dead")
                self._reason = "target-dead"
                scope.cancel()

            tasks.start_soon(stopped)
            tasks.start_soon(dead)
            if self._deadline is not None:
                await anyio.sleep(max(0.0, self._deadline - self._time_s * CLOSING_SHARE - time.monotonic()))
                scope.cancel()

    async def _plan(self, planned: MemoryObjectSendStream[list[PlannedJob]], tasks: anyio.abc.TaskGroup) -> None:
        """Plan epoch after epoch, each as soon as what it may know is settled, and set its jobs going."""
        async with planned:
            number = 0
            while True:
                needed = self._schedule.needs(number)
                await self._until(partial(self._ledger.epoch_settled, needed))
                for settled in self._ledger.to_fold(needed):
                    self._schedule.fold(settled)
                    self._making.credit(settled.job, settled.credit.worth)
                for agent, operation in self._ledger.take_exhausted(needed):
                    self._schedule.exhausted(agent, operation)
                self._tidying.note(self._ledger.made, self._schedule.known.names(), self._ledger.next_ordinal)
                specs = self._schedule.plan(number)
                if not specs:
                    self._reason = "exhausted"
                    return
                self._ledger.epochs.append(Epoch())
                jobs = self._making.start(specs, number, tasks)
                log("epoch_planned", run=self._run, epoch=number, jobs=len(jobs), cases=sum(spec.cases for spec in specs), level="debug")
                await planned.send(jobs)
                number += 1

    async def _send_epoch(self, jobs: list[PlannedJob]) -> bool:
        """Send the cases of an epoch in the order of its jobs. False: the budget is spent."""
        epoch = self._ledger.epochs[jobs[0].epoch]
        for planned in jobs:
            done = await planned.result()
            await self._ports.events.send(planned.row(self._run, done))
            for kept in planned.kept(self._run, done):
                await self._ports.events.send(kept)
            epoch.exhausted.extend(planned.ended_streams(done))
            if isinstance(done, JobSetAside):
                self._set_aside[planned.spec.agent] = done.failed
                continue
            self._jobs_done += 1
            if not await self._send_explored(planned.trials(done), repeatable=done.result.deterministic):
                return False
        async with self._changed:
            epoch.end = self._ledger.next_ordinal
            self._changed.notify_all()
        return True

    async def _send_explored(self, trials: list[Trial], *, repeatable: bool = True) -> bool:
        """Number the trials and send them in batches as the window allows; those that the store already holds are not sent.

        ``repeatable``: their agent makes the same again, so that what the store holds must be equal.
        """
        ledger = self._ledger
        waiting = deque(trials)
        while waiting:
            if not ledger.may_explore():
                await self._until(lambda: ledger.quiet)
                ledger.renew_limits()
                if not ledger.may_explore():
                    return False
            await self._until(lambda: ledger.room() > 0 and not self._suspicions_first())
            batch: list[Trial] = []
            while waiting and len(batch) < min(self._config.batch, ledger.room()) and ledger.may_explore():
                trial = numbered(waiting.popleft(), ledger.next_ordinal)
                ledger.send([trial])
                if not self._known(trial, repeatable=repeatable):
                    batch.append(trial)
            await self._send(batch)
        return True

    def _known(self, trial: Trial, *, repeatable: bool) -> bool:
        """In a resumed run: whether the store has the verdict of this trial; its first word is taken from there.

        What an agent that never makes the same again made before the interruption stands; what it made now is dropped.
        """
        if trial.ordinal >= len(self._committed.digests):
            return False
        if repeatable and self._committed.digests[trial.ordinal] != trial.digest:
            raise SentinelError(
                f"run {self._run} cannot be resumed: case {trial.ordinal} ({trial.case.operation}) is made differently now; "
                "was the document, the configuration or an agent changed? Start a new run"
            )
        self._ledger.out.pop((trial.ordinal, trial.attempt))
        self._ledger.settle(self._committed.settled[trial.ordinal])
        return True

    async def _send(self, batch: list[Trial]) -> None:
        """Send what the ledger already counts as out; a cancelled sending is not counted."""
        if not batch:
            return
        try:
            await self._ports.outbox.send(CaseBatch(run=self._run, trials=batch, repeats_until=self._repeats_until))
        except anyio.get_cancelled_exc_class():
            self._ledger.unsend(batch)
            raise

    # ── suspicions ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def _suspicions_first(self) -> bool:
        return bool(self._ledger.suspicions) and self._ledger.may_check()

    async def _check_suspicions(self) -> None:
        ledger = self._ledger
        while True:
            await self._until(lambda: self._suspicions_first() and ledger.room() > 0)
            batch: list[Trial] = []
            while self._suspicions_first() and len(batch) < min(self._config.batch, ledger.room()):
                trial = suspicion_trial(ledger.suspicions.popleft())
                batch.append(trial)
                ledger.send([trial])
            await self._send(batch)
            async with self._changed:
                self._changed.notify_all()

    async def _settle(self) -> None:
        """Let what is out come back, and check what is suspected as long as the budget lasts; the rest stays unverified."""
        ledger = self._ledger
        with anyio.CancelScope() as scope:
            if self._reason == "interrupted" or ledger.target == "dead":
                scope.deadline = anyio.current_time()
            elif self._deadline is not None:
                scope.deadline = anyio.current_time() + max(0.0, self._deadline - time.monotonic())
            await self._until(lambda: ledger.quiet)
        ledger.close()
        await self._all_back()

    async def _all_back(self) -> None:
        """Wait for what is out. Execute bounds every request, so what takes longer than ``LOST_S`` is lost: the run ends without it."""
        with anyio.move_on_after(LOST_S) as scope:
            await self._until(lambda: not self._ledger.out)
        if scope.cancelled_caught:
            self._detail = f"{len(self._ledger.out)} trials never came back"

    # ── clean-up ─────────────────────────────────────────────────────────────────────────────────────────────────────────

    async def _clean_up(self) -> None:
        """Remove what the run made, newest first, within its own time limit."""
        ledger = self._ledger
        if not self._config.cleanup or not ledger.made or ledger.target == "dead":
            return
        self._repeats_until = time.monotonic() + self._config.cleanup_ms / 1000
        with anyio.move_on_after(self._config.cleanup_ms / 1000):
            await self._remove(list(reversed(ledger.made.values())))
        await self._all_back()

    async def _tidy_up(self) -> None:
        """While exploring goes on, remove what the run made and needs no more."""
        ledger, tidying = self._ledger, self._tidying
        while self._config.cleanup:
            await self._until(lambda: tidying.due(ledger.open_from) and ledger.target != "dead")
            await self._remove(tidying.take(ledger.open_from, ledger.made))

    async def _remove(self, made: Sequence[Made]) -> None:
        """Remove objects, those that lie deeper first: nothing is asked of a parent while something below it is under way."""
        ledger = self._ledger
        for depth in sorted({item.path.count("/") for item in made}, reverse=True):
            cases = self._cleanup_cases(self._api, [item for item in made if item.path.count("/") == depth])
            waiting = deque(cleanup_trials(cases, self._next_cleanup))
            first, self._next_cleanup = self._next_cleanup, self._next_cleanup + len(waiting)
            few_out = partial(ledger.few_out, first, self._next_cleanup, REMOVED_AT_ONCE)
            while waiting:  # few at a time: what is out when the time for it is over is still waited for
                await self._until(few_out)
                batch = [waiting.popleft() for _ in range(min(len(waiting), self._config.batch, ledger.room()))]
                ledger.send(batch)
                await self._send(batch)
            await self._until(partial(ledger.few_out, first, self._next_cleanup, 1))


def _without_skipped(started: RunStarted) -> Api:
    """What agents and the cleanup are told of: an operation that is left out is no step of a case either, it makes and removes nothing.
    Of its method agents are told that the document has it."""
    skipped = [override.operation for override in started.request.overrides if override.skip]
    if not skipped:
        return started.api
    kept = [operation for operation in started.api.operations if not any(fnmatchcase(operation.key, glob) for glob in skipped)]
    keys = {operation.key for operation in kept}
    left_out = [*started.api.left_out, *(operation.key for operation in started.api.operations if operation.key not in keys)]
    return msgspec.structs.replace(started.api, operations=kept, left_out=left_out)


def _no_agent(run: str, failed: dict[str, list[str]]) -> str:
    reasons = "; ".join(f"{agent}: {reason}" for agent, each in failed.items() for reason in each)
    told = reasons if reasons.isprintable() else reasons.encode("unicode_escape").decode()
    return f"no agent could make a test, so nothing was tested. Mend one and go on with `sentinel run --resume {run}`. {told}"
