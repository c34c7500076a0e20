"""Carrying out plans: who starts when, who wins, who is stopped."""

import anyio
import pytest

from stages.dispatch.race import Attempt, Race
from stages.dispatch.routing import NEVER_MS, RoutingPlan
from stages.dispatch.workers.worker import JobAnswers

ANSWERS = JobAnswers(answers=[], cpu_ms=0.0, wall_ms=0.0, gave_up=[], deterministic=True)


def plan(*order: str, delays_ms: tuple[float, ...] = (), rounds: int = 1) -> RoutingPlan:
    delays = (0.0, *delays_ms, *[NEVER_MS] * len(order))[: len(order)]
    return RoutingPlan(
        ticket=1, agent="a", size=1, order=order, mode="sequence", delays_ms=delays, deadlines_ms=(1e3,) * len(order), rounds=rounds,
        why="", reasons=(),
    )  # fmt: skip


class Arms:
    """Arms by what they do: "answers", "fails" or "hangs"; keeps who started and who was stopped."""

    def __init__(self, **does: str) -> None:
        self.does = does
        self.started: list[str] = []
        self.stopped: list[str] = []
        self.seconds = self.asked = self.refusals = 0

    async def attempt(self, arm: str) -> Attempt:
        self.started.append(arm)
        if self.does[arm] == "hangs":
            try:
                await anyio.sleep_forever()
            except anyio.get_cancelled_exc_class():
                self.stopped.append(arm)
                raise
        await anyio.sleep({"fails-late": 0.02, "answers-late": 0.05}.get(self.does[arm], 0))
        answers = self.does[arm].startswith("answers")
        return Attempt(arm=arm, result=ANSWERS if answers else None, why="" if answers else "broken")

    def second(self) -> bool:
        """Whether one that is due may start: not before it was asked so many times."""
        self.asked += 1
        if self.asked <= self.refusals:
            return False
        self.seconds += 1
        return True

    async def race(self, plan: RoutingPlan) -> Race:
        with anyio.fail_after(5):
            async with anyio.create_task_group() as tasks:
                race = Race(plan, self.attempt, self.second, tasks)
                await race.run()
                tasks.cancel_scope.cancel()
        return race


async def test_the_first_arm_alone_answers_where_nothing_delays_it():
    """No other arm is started."""
    arms = Arms(a="answers", b="answers")
    race = await arms.race(plan("a", "b"))
    assert (race.winner.arm, arms.started, arms.seconds) == ("a", ["a"], 0)


async def test_a_failed_arm_is_followed_at_once():
    """By the next of the order, each failure kept with its reason; a delay that was planned starts nobody twice."""
    arms = Arms(a="fails", b="fails", c="answers")
    race = await arms.race(plan("a", "b", "c", delays_ms=(60_000.0,)))
    assert (race.winner.arm, arms.started) == ("c", ["a", "b", "c"])
    assert [(one.arm, one.why) for one in race.failed] == [("a", "broken"), ("b", "broken")]


async def test_a_late_arm_gets_company_and_the_first_answer_wins():
    """After the delay the second starts beside the first, which is stopped when it lost."""
    arms = Arms(a="hangs", b="answers")
    race = await arms.race(plan("a", "b", delays_ms=(1.0,)))
    assert (race.winner.arm, arms.started, arms.stopped, arms.seconds) == ("b", ["a", "b"], ["a"], 1)


async def test_a_race_starts_both_at_once():
    """With no delay at all."""
    arms = Arms(a="hangs", b="answers")
    race = await arms.race(plan("a", "b", delays_ms=(0.0,)))
    assert (race.winner.arm, arms.stopped) == ("b", ["a"])


@pytest.mark.parametrize("rounds", [1, 3])
async def test_where_all_fail_each_was_asked_as_often_as_planned(rounds):
    """Then there is no winner, and the delayed start does not keep the job waiting."""
    arms = Arms(a="fails", b="fails")
    race = await arms.race(plan("a", "b", delays_ms=(60_000.0,), rounds=rounds))
    assert race.winner is None
    assert arms.started == ["a", "b"] * rounds
    assert len(race.failed) == 2 * rounds


async def test_a_cancelled_race_stops_all_its_arms():
    """And says nothing."""
    arms = Arms(a="hangs", b="hangs")
    async with anyio.create_task_group() as tasks:
        race = Race(plan("a", "b", delays_ms=(0.0,)), arms.attempt, arms.second, tasks)
        async with anyio.create_task_group() as callers:
            callers.start_soon(race.run)
            while len(arms.started) < 2:
                await anyio.lowlevel.checkpoint()
            callers.cancel_scope.cancel()
        assert sorted(arms.stopped) == ["a", "b"]
        assert race.winner is None


async def test_a_caller_that_leaves_before_the_second_started_starts_nobody():
    """Who was due at that very moment is not asked."""
    arms = Arms(a="hangs", b="hangs")
    async with anyio.create_task_group() as tasks:
        race = Race(plan("a", "b", delays_ms=(0.0,)), arms.attempt, arms.second, tasks)
        async with anyio.create_task_group() as callers:
            callers.start_soon(race.run)
            while not arms.seconds:
                await anyio.lowlevel.checkpoint()
            callers.cancel_scope.cancel()
        assert sorted(arms.started) == sorted(arms.stopped)
        assert race.winner is None


async def test_the_failure_of_the_first_does_not_end_the_second():
    """Beside which it ran: that one's answer counts."""
    arms = Arms(a="fails-late", b="answers-late")
    race = await arms.race(plan("a", "b", delays_ms=(1.0,)))
    assert (race.winner.arm, [one.arm for one in race.failed], arms.stopped) == ("b", ["a"], [])


async def test_no_arm_is_no_race():
    """Nobody serves the agent."""
    race = await Arms().race(plan())
    assert race.winner is None


async def test_a_second_that_may_not_start_is_asked_for_again():
    """Others have spent what allowed it when the job was decided: it starts once there is something again."""
    arms = Arms(a="hangs", b="answers")
    arms.refusals = 1
    race = await arms.race(plan("a", "b", delays_ms=(0.0, 5.0)))
    assert (race.winner.arm, arms.asked, arms.seconds) == ("b", 2, 1)


async def test_a_third_waits_for_a_second_that_may_not_start_yet():
    """In their order, however late."""
    arms = Arms(a="hangs", b="hangs", c="answers")
    arms.refusals = 1
    race = await arms.race(plan("a", "b", "c", delays_ms=(0.0, 5.0, 10.0)))
    assert (race.winner.arm, arms.started) == ("c", ["a", "b", "c"])
