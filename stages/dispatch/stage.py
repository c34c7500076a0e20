"""The stage: joins schedule, arms and ledger to the streams, run after run."""

from collections.abc import Sequence

import anyio
from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream

from pipeline.messages import Feedback, FromIngest, RunEnded, RunStarted, Snapshot, ToExecute, ToPersist
from stages.dispatch.config import DispatchConfig
from stages.dispatch.race import Arms
from stages.dispatch.run import AgentCase, CleanupCases, Committed, Ports, RunDispatch

ROUTING = "routing"  # the name that what was learned is kept under


class Dispatch:
    """Takes ``RunStarted`` from ingest and lets cases out; see the package for its parts.

    ``cleanup_cases`` turns what was made into cases that remove it, ``stop`` asks for an early end of the current run, ``committed``
    resumes an interrupted one, ``only`` are sent instead of what the schedule would choose, ``learned`` is what routing knew before.
    """

    def __init__(
        self,
        config: DispatchConfig,
        *,
        cleanup_cases: CleanupCases,
        stop: anyio.Event,
        committed: Committed | None = None,
        only: Sequence[AgentCase] | None = None,
        learned: bytes | None = None,
    ) -> None:
        self._config = config
        self._cleanup_cases = cleanup_cases
        self._stop = stop
        self._committed = committed or Committed()
        self._only = only
        self._learned = learned

    async def __call__(
        self,
        inbox: MemoryObjectReceiveStream[FromIngest],
        feedback: MemoryObjectReceiveStream[Feedback],
        outbox: MemoryObjectSendStream[ToExecute],
        events: MemoryObjectSendStream[ToPersist],
    ) -> None:
        """Serve runs until ingest's stream ends; then end the workers and close the outbox."""
        async with inbox, feedback, outbox, events, anyio.create_task_group() as tasks:
            arms = Arms(self._config, tasks, record=events.send, state=self._learned if self._config.routing.remember else None)
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
        reason, detail = await run.carry_out()
        await arms.end_run()
        if self._config.routing.remember and self._only is None:
            before, self._learned = self._learned, arms.learned()
            await ports.events.send(Snapshot(name=ROUTING, state=self._learned, before=before))
        await ports.outbox.send(RunEnded(run=started.request.run, reason=reason, detail=detail))
