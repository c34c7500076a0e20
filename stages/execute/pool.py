"""Carries trials out, many at a time, and sends their exchanges on as they finish."""

from collections import deque
from collections.abc import Awaitable, Callable, Iterable

import anyio
from anyio.streams.memory import MemoryObjectSendStream

from pipeline.messages import Exchange, ExchangeBatch, TargetState, ToScore, Trial

_BACKLOG = 4  # trials accepted and not yet sent on, for each worker, at which no batch is accepted any more
_BATCH = 256  # the most exchanges that travel together


class Pool:
    """``concurrency`` workers over one queue. A worker takes the next trial without a stream between; only idle ones wait.

    Bounded: ``accept`` waits while the exchanges of too many trials are owed, for whatever reason.
    """

    def __init__(
        self,
        run: str,
        carry_out: Callable[[Trial], Awaitable[Exchange]],
        outbox: MemoryObjectSendStream[ToScore],
        *,
        concurrency: int,
        linger_ms: int,
    ) -> None:
        self._run = run
        self._carry_out = carry_out
        self._outbox = outbox
        self._concurrency = concurrency
        self._linger_s = linger_ms / 1000
        self._ready: deque[Trial] = deque()
        self._done: list[Exchange | TargetState] = []
        self._owed = 0  # trials accepted whose exchange is not sent
        self._parked: list[anyio.Event] = []
        self._something_done = anyio.Event()
        self._changed = anyio.Event()
        self._is_closing = False

    async def accept(self, count: int) -> None:
        """Wait until there is room, then owe the exchanges of ``count`` more trials; ``start`` or ``finish`` follows for each."""
        while self._owed >= self._concurrency * _BACKLOG:
            await self._change()
        self._owed += count

    def start(self, trials: Iterable[Trial]) -> None:
        """Let accepted trials be carried out."""
        for trial in trials:
            self._ready.append(trial)
            if self._parked:
                self._parked.pop().set()

    def finish(self, exchanges: Iterable[Exchange]) -> None:
        """Exchanges of accepted trials that are not to be carried out."""
        self._done.extend(exchanges)
        self._something_done.set()

    def announce(self, state: TargetState) -> None:
        """Send this on, behind the exchanges that are finished."""
        self._done.append(state)
        self._something_done.set()

    async def drain(self) -> None:
        """Return when nothing is owed; workers and delivery end then."""
        while self._owed:
            await self._change()
        self._is_closing = True
        for parked in self._parked:
            parked.set()
        self._something_done.set()

    async def work(self) -> None:
        """One worker."""
        while True:
            while not self._ready:
                if self._is_closing:
                    return
                parked = anyio.Event()
                self._parked.append(parked)
                await parked.wait()
            trial = self._ready.popleft()
            exchange = await self._carry_out(trial)
            self._done.append(exchange)
            self._something_done.set()

    async def deliver(self) -> None:
        """Send what is finished on, in batches; nothing waits longer than the linger, and nothing waits when all are idle."""
        while True:
            await self._something_done.wait()
            if len(self._parked) < self._concurrency and self._linger_s and not self._is_closing:
                await anyio.sleep(self._linger_s)
            self._something_done = anyio.Event()
            done, self._done = self._done, []
            await self._send(done)
            self._changed.set()
            if self._is_closing and not self._done:
                return

    async def _send(self, done: list[Exchange | TargetState]) -> None:
        batch: list[Exchange] = []
        for item in done:
            if isinstance(item, TargetState):
                await self._send_batch(batch)
                batch = []
                await self._outbox.send(item)
            else:
                batch.append(item)
                if len(batch) == _BATCH:
                    await self._send_batch(batch)
                    batch = []
        await self._send_batch(batch)

    async def _send_batch(self, batch: list[Exchange]) -> None:
        if batch:
            await self._outbox.send(ExchangeBatch(run=self._run, exchanges=batch))
            self._owed -= len(batch)

    async def _change(self) -> None:
        self._changed = anyio.Event()
        await self._changed.wait()
