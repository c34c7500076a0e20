"""The journal: unsafe requests leave only when their intent is on disk."""

import time
from collections.abc import Callable

import anyio
from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream

from pipeline.messages import Intents, Synced, ToPersist

Settle = Callable[[bool], None]


class Journal:
    """Notes intents and waits for their ``Synced``; several may be on their way. Each settles once: True when it is on disk."""

    def __init__(self, events: MemoryObjectSendStream[ToPersist], timeout_ms: int) -> None:
        self._events = events
        self._timeout_s = timeout_ms / 1000
        self._waiting: dict[int, tuple[float, Settle]] = {}
        self._token = 0
        self._is_lost = False

    async def note(self, run: str, rows: list[tuple[int, int, str, str]], settle: Settle) -> None:
        """Send the intents; ``settle`` is called once, here or later."""
        if self._is_lost:
            settle(False)
            return
        self._token += 1
        token = self._token
        self._waiting[token] = (time.monotonic() + self._timeout_s, settle)
        try:
            await self._events.send(Intents(run=run, token=token, rows=rows))
        except (anyio.BrokenResourceError, anyio.ClosedResourceError):
            self._give_up()

    async def listen(self, synced: MemoryObjectReceiveStream[Synced]) -> None:
        """Settle what is answered, and what was not answered in time. Ends when nobody answers any more."""
        while True:
            acknowledged: Synced | None = None
            with anyio.move_on_after(self._timeout_s):
                try:
                    acknowledged = await synced.receive()
                except anyio.EndOfStream:
                    self._give_up()
                    return
            if acknowledged is None:
                now = time.monotonic()
                late = [token for token, (deadline, _) in self._waiting.items() if deadline <= now]
                for token in late:
                    self._settle(token, is_on_disk=False)
            else:
                self._settle(acknowledged.token, is_on_disk=True)

    def _settle(self, token: int, *, is_on_disk: bool) -> None:
        _, settle = self._waiting.pop(token, (0.0, None))
        if settle is not None:
            settle(is_on_disk)

    def _give_up(self) -> None:
        self._is_lost = True
        for token in list(self._waiting):
            self._settle(token, is_on_disk=False)
