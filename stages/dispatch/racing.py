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


@dataclass(frozen=True, slots=True)
class Attempt:
    """One arm's try at a job. ``result`` is None where it failed, and ``why`` says how; ``queue_ms``: the wait for a worker."""

    arm: str
    result: JobAnswers | None
    why: str = ""
    queue_ms: float = 0.0


@dataclass(slots=True)
class Race:
    """One plan under way. ``attempt`` does the job on one arm and may be cancelled; ``second`` hears that an arm starts beside another.

    Most jobs are done by the first arm, and soon: that one runs in the caller's own task, and a timer waits for when another is due.
    """

    plan: RoutingPlan
    attempt: Callable[[str], Awaitable[Attempt]]
    second: Callable[[], None]
    failed: list[Attempt] = field(default_factory=list)
    winner: Attempt | None = None
    _started: int = 0
    _beside: int = 0

    async def run(self) -> Attempt | None:
        """The attempt that answered first, all others stopped; None where all failed, each as often as the plan says."""
        loop = asyncio.get_running_loop()
        timers: list[asyncio.TimerHandle] = []
        async with anyio.create_task_group() as tasks:
            for place, delay_ms in enumerate(self.plan.delays_ms):
                if place and delay_ms < NEVER_MS:
                    timers.append(loop.call_later(delay_ms / 1000, self._due, place, tasks))
            try:
                await self._go(tasks)
            finally:
                for timer in timers:
                    timer.cancel()
        return self.winner

    @property
    def _left(self) -> int:
        return len(self.plan.order) * self.plan.rounds - self._started

    async def _go(self, tasks: anyio.abc.TaskGroup) -> None:
        """Ask the next arm of the order, and when it fails the one after that."""
        order = self.plan.order
        while self._left and self.winner is None:
            arm = order[self._started % len(order)]
            self._started += 1
            done = await self.attempt(arm)
            if done.result is None:
                self.failed.append(done)
                continue
            self.winner = self.winner or done
            if self._beside:
                tasks.cancel_scope.cancel()

    def _due(self, place: int, tasks: anyio.abc.TaskGroup) -> None:
        """It is time for that arm to start, unless its turn came before, by a failure."""
        if self._started == place and self.winner is None and not tasks.cancel_scope.cancel_called:
            self.second()
            self._beside += 1
            tasks.start_soon(self._go, tasks)
