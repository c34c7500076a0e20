"""Carrying out a plan: arms one after the other, one beside the other after a delay, or at once; the first good answer wins.

What is decided is decided by the plan; this only starts, waits and stops. It knows attempts by the name of their arm.
"""

from collections import deque
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
    """One plan under way. ``attempt`` does the job on one arm and may be cancelled; ``second`` hears that an arm starts beside another."""

    plan: RoutingPlan
    attempt: Callable[[str], Awaitable[Attempt]]
    second: Callable[[], None]
    failed: list[Attempt] = field(default_factory=list)
    winner: Attempt | None = None
    _waiting: deque[str] = field(default_factory=deque)
    _running: int = 0

    async def run(self) -> Attempt | None:
        """The attempt that answered first, all others stopped; None where all failed, each as often as the plan says."""
        if not self.plan.order:
            return None
        self._waiting.extend(self.plan.order * self.plan.rounds)
        async with anyio.create_task_group() as tasks:
            self._start(tasks)
            for delay_ms in self.plan.delays_ms[1:]:
                if delay_ms < NEVER_MS:
                    tasks.start_soon(self._start_later, delay_ms, tasks)
        return self.winner

    def _start(self, tasks: anyio.abc.TaskGroup) -> None:
        self._running += 1
        tasks.start_soon(self._go, self._waiting.popleft(), tasks)

    async def _go(self, arm: str, tasks: anyio.abc.TaskGroup) -> None:
        done = await self.attempt(arm)
        self._running -= 1
        if done.result is not None:
            self.winner = self.winner or done
            tasks.cancel_scope.cancel()
            return
        self.failed.append(done)
        if self._waiting:
            self._start(tasks)
        elif not self._running:
            tasks.cancel_scope.cancel()  # nothing is left that a delayed start could begin

    async def _start_later(self, delay_ms: float, tasks: anyio.abc.TaskGroup) -> None:
        """Unless the arm's turn came before, by a failure."""
        started_before = len(self.plan.order) * self.plan.rounds - len(self._waiting)
        await anyio.sleep(delay_ms / 1000)
        if self._waiting and started_before == len(self.plan.order) * self.plan.rounds - len(self._waiting):
            self.second()
            self._start(tasks)
