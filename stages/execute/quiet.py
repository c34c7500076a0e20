"""Tells a fault from mere load: what was answered 503 is sent again while nothing else is under way, what got no answer while little is."""

import time
from typing import Final

import anyio
import msgspec

from pipeline.messages import NoReply, Reply
from stages.execute.client.gate import Gate
from stages.execute.window import Send, Window

_ENOUGH: Final = 3  # operations that got no answer so either, after which the others are believed
_BESIDE: Final = 2  # requests beside one that got no answer: to stop them all for so long would cost the run too much
_DRAIN_S: Final = 2.0
_SHARE: Final = 0.1  # of the run's time so far for which it may be held up by busy answers
_FREE_S: Final = 1.0  # what it may be held up before
_SETTLING: Final = 1 / 3  # of the patience: many servers go on working for a client that has left


class Quiet:
    """Has one request at a time sent again, by itself.

    ``patience_s``: how long it waits for the answers to the other requests before what got no answer is sent again.
    """

    def __init__(self, gate: Gate, window: Window, patience_s: float) -> None:
        self._gate = gate
        self._window = window
        self._patience_s = patience_s
        self._silence = anyio.Lock()
        self._busy = anyio.Lock()
        self._tried: set[str] = set()
        self._hung = 0
        self._started = time.monotonic()
        self._held_up_s = 0.0

    async def after_silence(self, operation: str, answer: NoReply, send: Send) -> Reply | NoReply:
        """The answer that comes while little else is under way, where most answers are slow: else load is no reason. Once for an operation,
        until enough of them had none so either."""
        if operation in self._tried or not self._window.is_slow:
            return answer
        self._tried.add(operation)
        async with self._silence:
            if self._hung >= _ENOUGH:
                return answer
            with self._window.narrowed(_BESIDE):
                with anyio.move_on_after(self._patience_s):
                    await self._window.emptied(_BESIDE)
                await anyio.sleep(self._patience_s * _SETTLING)
                again = await send()
        self._hung += isinstance(again, NoReply) and again.kind == "timeout"
        return again

    async def after_busy(self, answer: Reply, send: Send) -> Reply | NoReply:
        """The answer alone to what was answered 503, until the run was held up for that long enough."""
        async with self._busy:
            if self._held_up_s > _FREE_S + _SHARE * (time.monotonic() - self._started):
                return answer
            began = time.monotonic()
            await self._gate.passed()
            self._gate.shut()
            try:
                with self._window.narrowed(0):
                    with anyio.move_on_after(_DRAIN_S):
                        await self._window.emptied()
                    again = await send()
            finally:
                self._gate.open()
                self._held_up_s += time.monotonic() - began
        return msgspec.structs.replace(again, alone=True) if isinstance(again, Reply) else again
