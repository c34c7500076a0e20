"""A run that has its time is over: nothing more is checked, and what removes objects at a busy target does not go on for long."""

import time

import anyio
import pytest

from pipeline.messages import Budget, CaseBatch, Made, RunEnded
from tests.integration.test_dispatch_stage import Behind, config, run

pytestmark = pytest.mark.alone  # they measure time

TIME_MS, CLEANUP_MS = 600, 400


class Slow(Behind):
    """Everything that is not exploring takes 0.1 s, four at a time, and each check gives rise to another."""

    def __init__(self, **given):
        super().__init__(**given)
        self.ended_after = {}

    async def __call__(self, inbox, feedback):
        gate = anyio.Semaphore(4)
        self.started = time.monotonic()
        async with inbox, feedback, anyio.create_task_group() as tasks:
            async for message in inbox:
                match message:
                    case CaseBatch(trials=trials, repeats_until=until):
                        assert until is not None
                        for trial in trials:
                            tasks.start_soon(self._answer, trial, feedback, gate)
                    case RunEnded():
                        self.ended = message
                        self.ended_after = time.monotonic() - self.started

    async def _answer(self, trial, feedback, gate):
        word = self.word(trial)
        if trial.purpose != "explore":
            async with gate:
                await anyio.sleep(0.1)
            if trial.purpose == "confirm" and trial.attempt >= 3:
                word.suspicions.append(self.suspicion(trial, trial.attempt + 1))
        else:
            await anyio.sleep(0.002)
        await feedback.send(word)


async def test_checks_and_removals_end_with_the_time_for_them(make_api):
    """A chain of checks without end and three hundred objects that are slow to remove: the run ends with its time and the clean-up's."""
    behind = Slow(suspect=range(0, 5000, 5), made=[Made(path=f"/a/{n}", operation="POST /a") for n in range(300)])
    with anyio.fail_after(20):
        await run(make_api("GET /a"), behind, settings=config(window=256, cleanup_ms=CLEANUP_MS), budget=Budget(time_ms=TIME_MS))
    out_at_the_end = 256 / 4 * 0.1  # of checks, and then at most 32 removals
    assert behind.ended_after < (TIME_MS + CLEANUP_MS) / 1000 + out_at_the_end + 32 / 4 * 0.1 + 1.0
    assert sum(trial.purpose == "cleanup" for trial in behind.sent.values()) < 100
