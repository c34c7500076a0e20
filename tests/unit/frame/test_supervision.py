"""Supervision: how a pipeline ends when a stage fails, and when signals come."""

import os
import signal
from functools import partial

import anyio
import pytest

from pipeline.errors import StageFailed, StoreError
from pipeline.supervision import StageTask, Supervision, ended_by_signals


class Line:
    """Four stages in a row that pass numbers on; the last one keeps them."""

    def __init__(self, *, fails_at="", with_error=None, after=5):
        self.kept, self.ended = [], []
        self._fails_at, self._error, self._after = fails_at, with_error or RuntimeError("broken"), after

    def stages(self):
        first, second = anyio.create_memory_object_stream(1), anyio.create_memory_object_stream(1)
        third = anyio.create_memory_object_stream(100)
        return [
            StageTask("source", partial(self.source, first[0])),
            StageTask("middle", partial(self.relay, "middle", first[1], second[0])),
            StageTask("behind", partial(self.relay, "behind", second[1], third[0])),
            StageTask("keeper", partial(self.keeper, third[1]), last=True),
        ]

    async def source(self, outbox):
        async with outbox:
            try:
                for number in range(1000):
                    await outbox.send(number)
            finally:
                self.ended.append("source")

    async def relay(self, name, inbox, outbox):
        async with inbox, outbox:
            try:
                async for number in inbox:
                    if name == self._fails_at and number == self._after:
                        raise self._error
                    await outbox.send(number)
            finally:
                self.ended.append(name)

    async def keeper(self, inbox):
        async with inbox:
            async for number in inbox:
                self.kept.append(number)
        self.ended.append("keeper")


async def test_all_stages_end_by_themselves():
    """Without a failure everything sent is kept, and the stages end in the order of travel."""
    line = Line()
    await Supervision(line.stages()).run()
    assert line.kept == list(range(1000))
    assert line.ended == ["source", "middle", "behind", "keeper"]


@pytest.mark.parametrize("stage", ["middle", "behind"])
async def test_a_failing_stage_ends_the_others_and_loses_nothing_it_had_passed_on(stage):
    """One clear error that names the stage and its cause; what it had sent before is kept; the last stage ends last."""
    line = Line(fails_at=stage)
    with pytest.raises(StageFailed, match=f"the {stage} stage failed: RuntimeError: broken") as caught:
        await Supervision(line.stages()).run()
    assert isinstance(caught.value.__cause__, RuntimeError)
    assert line.kept == [0, 1, 2, 3, 4]
    assert line.ended[-1] == "keeper"
    assert set(line.ended) == {"source", "middle", "behind", "keeper"}


async def test_an_error_for_the_user_stays_itself():
    """A SentinelError is not wrapped: its text and exit code are what the user sees."""
    line = Line(fails_at="behind", with_error=StoreError("the disk is full"))
    with pytest.raises(StoreError, match="the disk is full"):
        await Supervision(line.stages()).run()


async def test_errors_inside_task_groups_are_found():
    """The cause is named even where stages run task groups of their own."""
    line = Line(fails_at="middle", with_error=ExceptionGroup("group", [anyio.BrokenResourceError(), ValueError("deep")]))
    with pytest.raises(StageFailed, match="ValueError: deep"):
        await Supervision(line.stages()).run()


async def test_the_first_signal_asks_and_the_second_ends():
    """SIGTERM sets the stop event and leaves the body running; another one cancels it."""
    stop = anyio.Event()
    with anyio.fail_after(5):
        async with ended_by_signals(stop, ["dispatch"]) as scope:
            os.kill(os.getpid(), signal.SIGTERM)
            await stop.wait()
            assert not scope.cancel_called
            os.kill(os.getpid(), signal.SIGINT)
            await anyio.sleep_forever()
    assert scope.cancelled_caught


async def test_signals_are_the_processs_own_again_afterwards():
    """Leaving the block gives the signals back."""
    before = signal.getsignal(signal.SIGTERM)
    async with ended_by_signals(anyio.Event(), []):
        await anyio.lowlevel.checkpoint()
    assert signal.getsignal(signal.SIGTERM) == before
