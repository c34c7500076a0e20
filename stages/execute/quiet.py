"""Tells a fault from mere load: what got no answer in time, or 503, is sent once more while nothing else is under way."""

import time
from collections.abc import Awaitable, Callable
from typing import Final

import anyio
import msgspec

from pipeline.messages import NoReply, Reply
from stages.execute.client.gate import Gate

_ENOUGH: Final = 3  # operations that got no answer alone either, after which the others are believed: each holds the whole run up
_DRAIN_S: Final = 2.0
_SHARE: Final = 0.05  # of the run's time so far for which it may be held up by busy answers
_FREE_S: Final = 1.0  # what it may be held up before
_SETTLING: Final = 1 / 3  # of the patience: many servers go on working for a client that has left

Send = Callable[[], Awaitable[Reply | NoReply]]


class Quiet:
    """Counts what is under way, and shuts the gate for one request at a time.

    ``patience_s``: how long it waits for the answers to the other requests before what got no answer is sent again.
    """

    def __init__(self, gate: Gate, patience_s: float) -> None:
        self._gate = gate
        self._patience_s = patience_s
        self._turn = anyio.Lock()
        self._tried: set[str] = set()
        self._hung = 0
        self._started = time.monotonic()
        self._held_up_s = 0.0
        self._under_way = 0
        self._fewer = anyio.Event()

    async def send(self, send: Send) -> Reply | NoReply:
        """Send among others."""
        self._under_way += 1
        try:
            return await send()
        finally:
            self._under_way -= 1
            self._fewer.set()

    async def judged(self, operation: str, answer: Reply | NoReply, send: Send) -> Reply | NoReply:
        """The answer, or the one that the request gets alone where load may have made the first."""
        if isinstance(answer, Reply):
            return await self._after_busy(answer, send) if answer.status == 503 else answer
        return await self._after_silence(operation, answer, send) if answer.kind == "timeout" else answer

    async def _after_silence(self, operation: str, answer: NoReply, send: Send) -> Reply | NoReply:
        """Once for an operation, and for no more when enough of them did not answer alone either."""
        if operation in self._tried:
            return answer
        self._tried.add(operation)
        async with self._turn:
            if self._hung >= _ENOUGH:
                return answer
            again = await self._alone(send, self._patience_s, settling_s=self._patience_s * _SETTLING)
        self._hung += isinstance(again, NoReply) and again.kind == "timeout"
        return again

    async def _after_busy(self, answer: Reply, send: Send) -> Reply | NoReply:
        """Until the run was held up for that long enough."""
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
                while self._under_way:
                    self._fewer = anyio.Event()
                    await self._fewer.wait()
            if settling_s:
                await anyio.sleep(settling_s)
            answer = await send()
            return msgspec.structs.replace(answer, alone=True) if isinstance(answer, Reply) else answer
        finally:
            self._gate.open()
