"""How many requests may be under way."""

from functools import partial

import anyio
import pytest

from pipeline.messages import NoReply, Reply
from stages.execute.window import Window


class Target:
    """Answers 503 to whoever comes while ``room`` are served already; at "out" always."""

    def __init__(self, room):
        self.room = room
        self.served = 0
        self.most = 0
        self.statuses = []

    async def answer(self, operation):
        self.served += 1
        self.most = max(self.most, self.served)
        status = 503 if operation == "out" or self.served > self.room else 200
        await anyio.sleep(0.001)
        self.served -= 1
        self.statuses.append(status)
        return Reply(status=status)


async def flood(window, target, operations, count=400, at_once=32):
    """``count`` requests by ``at_once`` senders."""
    todo = iter([operations[n % len(operations)] for n in range(count)])

    async def sender():
        for operation in todo:
            await window.send(operation, partial(target.answer, operation))

    async with anyio.create_task_group() as tasks:
        for _ in range(at_once):
            tasks.start_soon(sender)
    return sum(status == 503 for status in target.statuses) / count


async def test_a_busy_target_gets_fewer_at_once():
    """Most requests find room then; without it most do not."""
    stubborn = await flood(Window(32, adapts=False), Target(room=3), ["a", "b"])
    yielding = await flood(Window(32, adapts=True), Target(room=3), ["a", "b"])
    assert stubborn > 0.8
    assert yielding < 0.35


async def test_the_window_grows_again():
    """When the target has room again, so has the window, and never more than configured."""
    window, target = Window(8, adapts=True), Target(room=2)
    await flood(window, target, ["a"])
    target.room, target.most = 100, 0
    await flood(window, target, ["a"])
    assert target.most == 8


async def test_an_operation_that_only_answers_503_changes_nothing():
    """It is out of order, as it soon shows; the target is not busy."""
    window, target = Window(8, adapts=True), Target(room=100)
    await flood(window, target, ["a", "out"])
    target.most = 0
    await flood(window, target, ["a"], count=8, at_once=8)
    assert target.most == 8


async def test_those_that_wait_already_wait_while_it_is_narrowed():
    """The narrowest of several counts, and when all have ended everybody goes."""
    window, target = Window(2, adapts=True), Target(room=100)
    async with anyio.create_task_group() as tasks:
        with window.narrowed(1), window.narrowed(0):
            for _ in range(4):
                tasks.start_soon(window.send, "a", partial(target.answer, "a"))
            await anyio.wait_all_tasks_blocked()
            assert target.most == 0
            with window.narrowed(1):
                pass
            await anyio.wait_all_tasks_blocked()
            assert target.most == 0
    assert target.statuses == [200] * 4


@pytest.mark.parametrize("ends", [NoReply(kind="timeout"), RuntimeError("gone"), None])
async def test_whatever_ends_a_request_makes_room(ends):
    """An answer, none, an error or a cancellation: the next in line goes."""
    window = Window(1, adapts=True)

    async def first():
        if isinstance(ends, Exception):
            raise ends
        if ends is None:
            await anyio.sleep_forever()
        return ends

    async def send_first():
        try:
            with anyio.move_on_after(0.05):
                await window.send("a", first)
        except RuntimeError:
            pass

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(send_first)
        await anyio.sleep(0)
        with anyio.fail_after(2):
            assert await window.send("a", lambda: Target(room=1).answer("a")) == Reply(status=200)
    assert window.under_way == 0


async def test_one_that_left_the_line_takes_no_turn_from_the_next():
    """A sender that is cancelled while it waits does not swallow the room that was made for it."""
    window, target = Window(1, adapts=True), Target(room=9)
    held = anyio.Event()

    async def hold():
        await held.wait()
        return Reply(status=200)

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(window.send, "a", hold)
        await anyio.sleep(0)
        with anyio.move_on_after(0.01):
            await window.send("a", lambda: target.answer("a"))
        waiting = anyio.Event()

        async def last():
            await window.send("a", lambda: target.answer("a"))
            waiting.set()

        tasks.start_soon(last)
        await anyio.sleep(0)
        held.set()
        with anyio.fail_after(2):
            await waiting.wait()
