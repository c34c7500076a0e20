"""Running stages as tasks of one process: in order when one fails, and drained when a signal asks for the end."""

import signal
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import anyio
import anyio.abc

from pipeline.errors import SentinelError, StageFailed
from pipeline.events import log

_STREAM_ENDS = (anyio.BrokenResourceError, anyio.ClosedResourceError, anyio.EndOfStream)
DRAIN_S = 30.0  # from the first signal to the end by force; the stages' own bounds are shorter


@dataclass(frozen=True, slots=True)
class StageTask:
    """A stage, ready to run: its name and the call with its streams bound. ``last`` outlives the others: it writes what they sent."""

    name: str
    call: Callable[[], Awaitable[None]]
    last: bool = False


@dataclass(slots=True)
class Supervision:
    """Runs stages so that one failing stage ends the others in order.

    Behind the failed stage the inboxes end, so those stages finish what they received; the ones before it are cancelled. The stage
    marked ``last`` is never cancelled by a failure: it ends when all others have closed their streams.
    """

    stages: Sequence[StageTask]
    failure: SentinelError | None = None
    running: list[str] = field(default_factory=list)
    _scopes: dict[str, anyio.CancelScope] = field(default_factory=dict)
    _consequence: bool = False  # the failure so far is only what another one does to its neighbours

    async def run(self) -> None:
        """Run all stages to their end. Raises the first failure, as SentinelError."""
        async with anyio.create_task_group() as tasks:
            for stage in self.stages:
                self._scopes[stage.name] = anyio.CancelScope()
                self.running.append(stage.name)
                tasks.start_soon(self._run_one, stage)
        if self.failure is not None:
            raise self.failure

    async def _run_one(self, stage: StageTask) -> None:
        try:
            with self._scopes[stage.name]:
                await stage.call()
        except Exception as error:  # noqa: BLE001  # whatever it is, it ends the pipeline in order
            self._failed(stage, error)
        finally:
            self.running.remove(stage.name)

    def _failed(self, stage: StageTask, error: Exception) -> None:
        cause = _innermost(error)
        consequence = isinstance(cause, _STREAM_ENDS)
        if self.failure is None or (self._consequence and not consequence):
            self._consequence = consequence
            if isinstance(cause, SentinelError):
                self.failure = cause
            else:
                self.failure = StageFailed(f"the {stage.name} stage failed: {type(cause).__name__}: {cause}")
                self.failure.__cause__ = error
                log("stage_failed", level="error", stage=stage.name, error=str(self.failure))
        names = [each.name for each in self.stages if not each.last]
        before = names[: names.index(stage.name)] if stage.name in names else names
        for name in before:
            self._scopes[name].cancel()


def _innermost(error: BaseException) -> BaseException:
    """The error that a group of one holds, however deep; of several, the first that is no consequence of a closed stream."""
    if not isinstance(error, BaseExceptionGroup):
        return error
    inner = [_innermost(each) for each in error.exceptions]
    return next((each for each in inner if not isinstance(each, _STREAM_ENDS)), inner[0])


@asynccontextmanager
async def ended_by_signals(stop: anyio.Event, running: list[str]) -> AsyncGenerator[anyio.CancelScope, None]:
    """While open, SIGINT, SIGTERM and SIGHUP set ``stop``; a second one, or ``DRAIN_S`` after the first, cancels the body.

    Whether that happened is told by the scope's ``cancelled_caught``. ``running`` names what a drain still waits for, for the log.
    """
    async with anyio.create_task_group() as tasks:
        body = anyio.CancelScope()
        await tasks.start(_watch_signals, stop, running, body)
        with body:
            yield body
        tasks.cancel_scope.cancel()


async def _watch_signals(
    stop: anyio.Event, running: list[str], body: anyio.CancelScope, *, task_status: anyio.abc.TaskStatus[None]
) -> None:
    with anyio.open_signal_receiver(signal.SIGINT, signal.SIGTERM, signal.SIGHUP) as signals:
        task_status.started()
        async for number in signals:
            if stop.is_set():
                body.cancel()
                return
            stop.set()
            body.deadline = anyio.current_time() + DRAIN_S
            log("draining", level="warning", reason=signal.Signals(number).name, waiting_for=", ".join(running))
