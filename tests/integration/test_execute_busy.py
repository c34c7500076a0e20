"""Targets that ask for patience or shut us out: how long is waited, and what is told."""

import time

import msgspec
import pytest

from pipeline.messages import Budget
from stages.execute import ExecuteConfig
from tests.scenes.execution import carry_out
from tests.scenes.letters import API, against, trials
from tests.servers.hostile import (
    Answer,
    Script,
    Seen,
    serving,
)

pytestmark = pytest.mark.alone  # they measure time


@pytest.mark.parametrize("status", [401, 500])
async def test_the_same_status_to_everything_is_answers(status: int) -> None:
    """Everything 401 or everything 500 is no silence and no blockade: score judges the answers."""
    outcome = await against(lambda _: Answer(status), trials(200, "GET /a", "GET /b", "GET /c", "GET /d"))
    assert outcome.states == []
    assert {sent.reply.status for each in outcome.exchanges.values() for sent in each.sent} == {status}


async def test_429_is_waited_for() -> None:
    """The wait holds for every request to the host, and the refused request is sent again."""
    times: list[float] = []

    def busy(_: Seen) -> Answer:
        times.append(time.monotonic())
        return Answer(429, headers={"Retry-After": "1"}) if len(times) == 1 else Answer(200)

    outcome = await against(busy, trials(4), concurrency=1)
    assert outcome.failures == [""] * 4
    assert [outcome.status(n) for n in range(4)] == [200] * 4
    assert 0.9 <= times[1] - times[0] <= 5


async def test_waits_are_bounded() -> None:
    """An hour is not waited for, and after some tries the 429 is the answer; a POST that got 503 is not sent twice."""
    started = time.monotonic()
    script: Script = lambda seen: Answer(503 if seen.method == "POST" else 429, headers={"Retry-After": "3600"})  # noqa: E731
    async with serving(script) as server:
        config = ExecuteConfig(retry_after_cap_ms=50, retry_after_tries=2, concurrency=1)
        outcome = await carry_out(API, server.url, trials(2, "GET /a", "POST /a"), config)
        assert [seen.method for seen in server.seen] == ["GET", "GET", "GET", "POST"]
    assert [outcome.status(0), outcome.status(1)] == [429, 503]
    assert time.monotonic() - started < 5


@pytest.mark.parametrize("asked", ["9" * 60, "Fri, 31 Dec 9999 23:59:59 GMT", "30"])
async def test_no_wait_outlasts_the_runs_time(asked: str) -> None:
    """A 429 that asks to wait beyond the end of the run's time is the answer; what had not left by then is sent once and not again."""
    started = time.monotonic()
    async with serving(lambda _: Answer(429, headers={"Retry-After": asked})) as server:
        outcome = await carry_out(API, server.url, trials(20), ExecuteConfig(concurrency=4), budget=Budget(time_ms=300))
        assert len(server.seen) == 20
    assert time.monotonic() - started < 5
    assert [outcome.status(ordinal) for ordinal in range(20)] == [429] * 20


@pytest.mark.parametrize("status", [403, 429])
async def test_a_target_that_blocks_us(status: int) -> None:
    """When even what had worked is refused, one TargetState says that we are blocked, and the rest is answered at once."""

    def block(_: Seen) -> Answer:
        return Answer(200) if len(server.seen) <= 10 else Answer(status, headers={"Retry-After": "0"})

    async with serving(block) as server:
        config = ExecuteConfig(concurrency=2, blocking_after=8, dead_probe_ms=200)
        outcome = await carry_out(API, server.url, trials(400, "GET /a", "GET /b", "GET /c", "GET /d"), config)
        assert len(server.seen) < 60
    assert [state.state for state in outcome.states] == ["blocking"]
    assert outcome.failures.count("blocked") > 350


async def test_what_we_may_not_do_is_no_blockade() -> None:
    """403 to many operations while what had worked still works is an answer."""
    script: Script = lambda seen: Answer(200 if seen.target == "/a" else 403)  # noqa: E731
    outcome = await against(
        script,
        trials(1) + [msgspec.structs.replace(trial, ordinal=trial.ordinal + 1) for trial in trials(100, "GET /b", "GET /c", "GET /d")],
        blocking_after=10,
        concurrency=1,
    )
    assert outcome.states == []
    assert "blocked" not in outcome.failures
