"""Tells a fault from mere load: what got no answer in time, or 503, is sent once more while nothing else is under way."""

import time
from typing import Final

import anyio
import msgspec

from pipeline.messages import NoReply, Reply
from stages.execute.client.gate import Gate
from stages.execute.window import Send, Window

_ENOUGH: Final = 3  # operations that got no answer alone either, after which the others are believed: each holds the whole run up
_DRAIN_S: Final = 2.0
_SHARE: Final = 0.1  # of the run's time so far for which it may be held up by busy answers
_FREE_S: Final = 1.0  # what it may be held up before
_SETTLING: Final = 1 / 3  # of the patience: many servers go on working for a client that has left


class Quiet:
    """Shuts the gate for one request at a time, and waits until the window is empty.

    ``patience_s``: how long it waits for the answers to the other requests before what got no answer is sent again.
    """

    def __init__(self, gate: Gate, window: Window, patience_s: float) -> None:
        self._gate = gate
        self._window = window
        self._patience_s = patience_s
        self._turn = anyio.Lock()
        self._tried: set[str] = set()
        self._hung = 0
        self._started = time.monotonic()
        self._held_up_s = 0.0

    async def after_silence(self, operation: str, answer: NoReply, send: Send) -> Reply | NoReply:
        """The answer alone to what timed out: once for an operation, and for no more when enough of them did not answer alone either."""
        if operation in self._tried:
            return answer
        self._tried.add(operation)
        async with self._turn:
            if self._hung >= _ENOUGH:
                return answer
            again = await self._alone(send, self._patience_s, settling_s=self._patience_s * _SETTLING)
        self._hung += isinstance(again, NoReply) and again.kind == "timeout"
        return again

    async def after_busy(self, answer: Reply, send: Send) -> Reply | NoReply:
        """The answer alone to what was answered 503, until the run was held up for that long enough."""
        async with self._turn:
            if self._held_up_s > _FREE_S + _SHARE * (time.monotonic() - self._started):
                return answer
            began = time.monotonic()
            again = await self._alone(send, _DRAIN_S, settling_s=0)
            self._held_up_s += time.monotonic() - began
        return again

    async def _alone(self, send: Send, drain_s: float, *, settling_s: float) -> Reply | NoReply:
        await self._gate.passed()
        self._gate.shut()
        try:
            with anyio.move_on_after(drain_s):
                await self._window.emptied()
            if settling_s:
                await anyio.sleep(settling_s)
            answer = await send()
            return msgspec.structs.replace(answer, alone=True) if isinstance(answer, Reply) else answer
        finally:
            self._gate.open()
