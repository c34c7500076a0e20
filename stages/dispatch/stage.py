"""The stage: joins schedule, arms and ledger to the streams, run after run."""

from collections.abc import Callable, Sequence
from hashlib import blake2b

import anyio
from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream

from pipeline.messages import Feedback, FromIngest, RunEnded, RunStarted, Snapshot, ToExecute, ToPersist
from stages.dispatch.arms import Arms
from stages.dispatch.config import DispatchConfig
from stages.dispatch.run import AgentCase, CleanupCases, Committed, Ports, RunDispatch

ROUTING = "routing"  # the name that what was learned is kept under
KEPT_EVERY_S = 5.0  # while a run goes on: what a crash may lose


class Dispatch:
    """Takes ``RunStarted`` from ingest and lets cases out; see the package for its parts.

    ``cleanup_cases`` turns what was made into cases that remove it, ``stop`` asks for an early end of the current run, ``committed``
    resumes an interrupted one, ``only`` are sent instead of what the schedule would choose, ``known`` reads what routing left in the store.
    """

    def __init__(
        self,
        config: DispatchConfig,
        *,
        cleanup_cases: CleanupCases,
        stop: anyio.Event,
        committed: Committed | None = None,
        only: Sequence[AgentCase] | None = None,
        known: Callable[[], bytes | None] = lambda: None,
    ) -> None:
        self._config = config
        self._cleanup_cases = cleanup_cases
        self._stop = stop
        self._committed = committed or Committed()
        self._only = only
        self._known = known
        self._learned: bytes | None = None  # as it was read, or sent to be kept

    async def __call__(
        self,
        inbox: MemoryObjectReceiveStream[FromIngest],
        feedback: MemoryObjectReceiveStream[Feedback],
        outbox: MemoryObjectSendStream[ToExecute],
        events: MemoryObjectSendStream[ToPersist],
    ) -> None:
        """Serve runs until ingest's stream ends; then end the workers and close the outbox."""
        async with inbox, feedback, outbox, events, anyio.create_task_group() as tasks:
            arms = Arms(self._config, tasks, record=events.send)
            tasks.start_soon(arms.look_after_idle)
            try:
                async for message in inbox:
                    if isinstance(message, RunStarted):
                        await self._run(message, arms, Ports(feedback, outbox, events))
                    else:
                        await outbox.send(message)
            finally:
                await arms.close()
                tasks.cancel_scope.cancel()

    async def _run(self, started: RunStarted, arms: Arms, ports: Ports) -> None:
        await ports.outbox.send(started)
        if self._only is None:
            arms.warm_up(started.request.agents)
        keeps = self._config.routing.remember and self._only is None
        if self._config.routing.remember:
            await self._recall(arms, ports.events)
        run = RunDispatch(
            started,
            self._config,
            arms,
            ports,
            cleanup_cases=self._cleanup_cases,
            stop=self._stop,
            committed=self._committed,
            only=self._only,
        )
        reason = detail = ""
        async with anyio.create_task_group() as tasks:
            if keeps:
                tasks.start_soon(self._keep_on, arms, ports.events)
            try:
                reason, detail = await run.carry_out()
            finally:
                tasks.cancel_scope.cancel()
                with anyio.CancelScope(shield=True, deadline=anyio.current_time() + 5):
                    await arms.end_run()
                    if keeps:
                        await self._keep(arms, ports.events)
        await ports.outbox.send(RunEnded(run=started.request.run, reason=reason, detail=detail))

    # ── what was learned ─────────────────────────────────────────────────────────────────────────────────────────────────

    async def _recall(self, arms: Arms, events: MemoryObjectSendStream[ToPersist]) -> None:
        """Begin with what is stored, unless it is what this process left there. What cannot be read is kept aside, not written over."""
        stored = await anyio.to_thread.run_sync(self._known)
        if stored is None or stored == self._learned:
            return
        self._learned = stored
        if not arms.restore(stored):
            name = f"{ROUTING}-set-aside-{blake2b(stored, digest_size=4).hexdigest()}"
            await events.send(Snapshot(name=name, state=stored))

    async def _keep_on(self, arms: Arms, events: MemoryObjectSendStream[ToPersist]) -> None:
        while True:
            await anyio.sleep(KEPT_EVERY_S)
            await self._keep(arms, events)

    async def _keep(self, arms: Arms, events: MemoryObjectSendStream[ToPersist]) -> None:
        learned = arms.learned()
        if learned != self._learned:
            before, self._learned = self._learned, learned
            await events.send(Snapshot(name=ROUTING, state=learned, before=before))
