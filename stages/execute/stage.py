"""The stage: runs in, exchanges out."""

import math
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack

import anyio
from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream

from pipeline.errors import ConfigError
from pipeline.messages import (
    CaseBatch,
    Exchange,
    Made,
    MadeNow,
    NoReply,
    RunEnded,
    RunStarted,
    Sent,
    Synced,
    ToExecute,
    ToPersist,
    ToScore,
    Trial,
)
from stages.execute.client import Client
from stages.execute.config import ExecuteConfig
from stages.execute.experiment import Experiment
from stages.execute.forms import origin_of
from stages.execute.hooks.run import run_hooks
from stages.execute.journal import Journal
from stages.execute.ownership import Ownership
from stages.execute.pool import Pool
from stages.execute.safety import Owned, is_unsafe
from stages.execute.stored import StoredAnswers
from stages.execute.target import LiveTarget, Sender

_UNRECORDED = NoReply(kind="unrecorded", detail="the store did not take the intent, so the request was not sent")
_UNDECIDED = NoReply(kind="undecided", detail="it may have been sent before a crash, so it is not sent again by itself")


class Execute:
    """Carries out the trials of run after run.

    ``answers`` stands for the network when the answers of an earlier run are fed back. ``made`` is what a run that is being resumed had
    made before: its objects stay its own. ``undecided`` are the (ordinal, attempt) of trials of it whose unsafe requests may have been
    sent before a crash: they are answered as such and not sent.
    """

    def __init__(
        self,
        config: ExecuteConfig,
        *,
        answers: StoredAnswers | None = None,
        made: Sequence[Made] = (),
        undecided: frozenset[tuple[int, int]] = frozenset(),
    ) -> None:
        self._config = config
        self._undecided = undecided
        self._answers = answers
        self._made = made

    async def __call__(
        self,
        inbox: MemoryObjectReceiveStream[ToExecute],
        outbox: MemoryObjectSendStream[ToScore],
        synced: MemoryObjectReceiveStream[Synced],
        events: MemoryObjectSendStream[ToPersist],
    ) -> None:
        """Serve runs until the inbox ends; by then every accepted trial's exchange is sent. Raises ``HookFailed`` and ``ConfigError``."""
        async with inbox, outbox, synced, events, anyio.create_task_group() as tasks:
            journal = Journal(events, self._config.journal_timeout_ms)
            tasks.start_soon(journal.listen, synced)
            async for message in inbox:
                if isinstance(message, RunStarted):
                    await self._run(message, inbox, outbox, journal, events)
                elif isinstance(message, RunEnded):
                    await outbox.send(message)
            tasks.cancel_scope.cancel()

    async def _run(
        self,
        started: RunStarted,
        inbox: MemoryObjectReceiveStream[ToExecute],
        outbox: MemoryObjectSendStream[ToScore],
        journal: Journal,
        events: MemoryObjectSendStream[ToPersist],
    ) -> None:
        await outbox.send(started)
        run = _Run(started, self._config, outbox, journal, events, undecided=self._undecided)
        ended: RunEnded | None = None
        async with AsyncExitStack() as stack:
            if self._answers is not None:
                run.sender = self._answers
                run.is_live = False
            else:
                client = await stack.enter_async_context(Client(self._config, run.destinations()))
                run.sender = target = run.target(client, self._made)
                await run_hooks(self._config.hooks, started, client, target)
            async with anyio.create_task_group() as tasks:
                for _ in range(self._config.concurrency):
                    tasks.start_soon(run.pool.work)
                tasks.start_soon(run.pool.deliver)
                async for message in inbox:
                    if isinstance(message, RunEnded):
                        ended = message
                        break
                    if isinstance(message, CaseBatch):
                        await run.take(message)
                await run.pool.drain()
        if ended is not None:
            await outbox.send(ended)


class _Run:
    """What belongs to one run while it lasts."""

    sender: Sender
    is_live = True

    def __init__(
        self,
        started: RunStarted,
        config: ExecuteConfig,
        outbox: MemoryObjectSendStream[ToScore],
        journal: Journal,
        events: MemoryObjectSendStream[ToPersist],
        *,
        undecided: frozenset[tuple[int, int]],
    ) -> None:
        self._started = started
        self._undecided = undecided
        self._repeats_until = math.inf
        self._config = config
        self._journal = journal
        self._events = events
        self._operations = {operation.key: operation for operation in started.api.operations}
        self.pool = Pool(started.request.run, self._carry_out, outbox, concurrency=config.concurrency, linger_ms=config.linger_ms)

    def destinations(self) -> set[str]:
        """The origins that requests may go to. Raises ``ConfigError``."""
        base_url = self._started.base_url
        try:
            target = origin_of(base_url)
        except ValueError:
            raise ConfigError(f"target.url: {base_url!r} is no absolute HTTP URL; say where the API runs with --url") from None
        try:
            return {target, *(origin_of(url) for url in self._config.allow_hosts)}
        except ValueError as error:
            raise ConfigError(f"execute.allow_hosts: {error}") from None

    def target(self, client: Client, made: Sequence[Made]) -> LiveTarget:
        owned = Owned()
        ownership = Ownership(self._started.api, self._started.base_url.rstrip("/") + self._config.base_path)
        for item in made:
            owned.add(*ownership.whole(item), identity=item.identity)
        return LiveTarget(self._config, self._started, client=client, owned=owned, announce=self.pool.announce, report=self._report)

    async def take(self, batch: CaseBatch) -> None:
        """Let a batch's trials be carried out; those with unsafe requests when their intents are on disk, one sync for all of them."""
        if batch.repeats_until is not None:
            self._repeats_until = batch.repeats_until
        await self.pool.accept(len(batch.trials))
        rows: list[tuple[int, int, str, str]] = []
        unsafe: list[Trial] = []
        safe: list[Trial] = []
        for trial in batch.trials:
            own = self._intents(trial) if self.is_live else []
            # Removing what the run made is idempotent (RFC 9110, 9.2.2), and ordinals of clean-up are given anew after a crash.
            if own and trial.purpose != "cleanup" and (trial.ordinal, trial.attempt) in self._undecided:
                self.pool.finish([_unsent(trial, _UNDECIDED)])
                continue
            rows.extend(own)
            (unsafe if own else safe).append(trial)
        self.pool.start(safe)
        if not unsafe:
            return

        def settle(is_on_disk: bool) -> None:
            if is_on_disk:
                self.pool.start(unsafe)
            else:
                self.pool.finish([_unsent(trial, _UNRECORDED) for trial in unsafe])

        await self._journal.note(batch.run, rows, settle)

    def _intents(self, trial: Trial) -> list[tuple[int, int, str, str]]:
        steps = [(step, operation) for step in trial.case.steps if (operation := self._operations.get(step.operation)) is not None]
        return [
            (trial.ordinal, trial.attempt, step.name, f"{step.method or operation.method} {operation.path}")
            for step, operation in steps
            if is_unsafe(operation, step)
        ]

    async def _carry_out(self, trial: Trial) -> Exchange:
        started_at = time.time()
        experiment = Experiment(trial, tries_cap=self._config.until_tries_cap, interval_cap_ms=self._config.until_interval_cap_ms)
        while (call := experiment.next_call()) is not None:
            if call.delay_ms and self.is_live:
                await anyio.sleep(call.delay_ms / 1000)
            sent = await self.sender.send(experiment, call)
            experiment.receive(sent, may_repeat=time.monotonic() < self._repeats_until)
        return Exchange(trial=trial, sent=experiment.sent, made=experiment.made, removed=experiment.removed, started_at=started_at)

    async def _report(self, made: MadeNow) -> None:
        await self._events.send(made)


def _unsent(trial: Trial, failure: NoReply) -> Exchange:
    return Exchange(
        trial=trial,
        sent=[Sent(step=step.name, operation=step.operation, failure=failure) for step in trial.case.steps],
        started_at=time.time(),
    )
