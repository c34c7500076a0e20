"""Carrying out a plan: arms one after the other, one beside the other after a delay, or at once; the first good answer wins.

What is decided is decided by the plan; this only starts, waits and stops. It knows attempts by the name of their arm.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import anyio
import anyio.abc

from stages.dispatch.routing import NEVER_MS, RoutingPlan
from stages.dispatch.workers.worker import JobAnswers

ASKED_AGAIN_MS = 50.0  # at the soonest, whether a second arm may start


@dataclass(frozen=True, slots=True)
class Attempt:
    """One arm's try at a job. ``result`` is None where it failed, and ``why`` says how; ``queue_ms``: the wait for a worker."""

    arm: str
    result: JobAnswers | None
    why: str = ""
    queue_ms: float = 0.0


@dataclass(slots=True)
class Race:
    """One plan under way. ``attempt`` does the job on one arm and may be cancelled; ``second`` is asked whether one that is due beside
    another starts, and again after a while where it does not.

    Most jobs are done by the first arm, and soon: that one runs in the caller's own task, and a timer waits for when another is due. That
    other one is a task of ``tasks``; it has ended when ``run`` returns.
    """

    plan: RoutingPlan
    attempt: Callable[[str], Awaitable[Attempt]]
    second: Callable[[], bool]
    tasks: anyio.abc.TaskGroup
    failed: list[Attempt] = field(default_factory=list)
    winner: Attempt | None = None
    _started: int = 0
    _over: bool = False
    _own: anyio.CancelScope = field(default_factory=anyio.CancelScope)
    _beside: dict[int, anyio.CancelScope] = field(default_factory=dict)  # by its place in the order
    _timers: dict[int, asyncio.TimerHandle] = field(default_factory=dict)  # likewise: of those that are still to start
    _changed: anyio.Event | None = None  # who ran beside has ended

    async def run(self) -> Attempt | None:
        """The attempt that answered first, all others stopped; None where all failed, each as often as the plan says."""
        for place, delay_ms in enumerate(self.plan.delays_ms):
            if place and delay_ms < NEVER_MS:
                self._wait_for(place, delay_ms)
        try:
            with self._own:
                await self._go()
            while self._beside and self.winner is None:
                await self._one_ended()
        finally:
            self._over = True
            for timer in self._timers.values():
                timer.cancel()
            if self._beside:
                await self._stop_others()
        return self.winner

    @property
    def _left(self) -> int:
        return len(self.plan.order) * self.plan.rounds - self._started

    async def _go(self) -> None:
        """Ask the next arm of the order, and when it fails the one after that."""
        order = self.plan.order
        while self._left and self.winner is None and not self._over:
            arm = order[self._started % len(order)]
            self._started += 1
            done = await self.attempt(arm)
            if done.result is None:
                self.failed.append(done)
            else:
                self.winner = self.winner or done

    def _wait_for(self, place: int, delay_ms: float) -> None:
        self._timers[place] = asyncio.get_running_loop().call_later(delay_ms / 1000, self._due, place)

    def _due(self, place: int) -> None:
        """It is time for that arm to start, unless its turn came before, by a failure."""
        if self._started == place and self.winner is None and not self._over:
            if not self.second():
                self._wait_for(place, max(self.plan.delays_ms[place], ASKED_AGAIN_MS))
                return
            self._changed = self._changed or anyio.Event()
            self._beside[place] = anyio.CancelScope()
            self.tasks.start_soon(self._go_beside, place)
        elif self._started < place and self.winner is None and not self._over:  # the one before it waits yet
            self._wait_for(place, ASKED_AGAIN_MS)

    async def _go_beside(self, place: int) -> None:
        try:
            with self._beside[place]:
                await self._go()
        finally:
            del self._beside[place]
            if self.winner is not None:
                self._own.cancel()
            if self._changed is not None:
                self._changed.set()
                self._changed = anyio.Event()

    async def _one_ended(self) -> None:
        if self._changed is not None:
            await self._changed.wait()

    async def _stop_others(self) -> None:
        with anyio.CancelScope(shield=True):
            for scope in self._beside.values():
                scope.cancel()
            while self._beside:
                await self._one_ended()
