"""Pace, Retry-After, health: decisions about time and trust, without waiting."""

from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import format_datetime

import pytest

from pipeline.messages import Reply
from stages.execute.client.health import Health
from stages.execute.client.pace import Pace
from stages.execute.client.retry_after import asked_wait

Answering = Callable[..., Reply]


def test_pace_spaces_requests_evenly() -> None:
    """Ten a second are a tenth of a second apart, also when they are asked for at once; time that passed is not saved up."""
    pace = Pace(10)
    assert [round(pace.reserve(100.0), 3) for _ in range(4)] == [0.0, 0.1, 0.2, 0.3]
    assert round(pace.reserve(100.25), 3) == 0.15
    assert [round(pace.reserve(200.0), 3) for _ in range(2)] == [0.0, 0.1]


def test_retry_after_in_both_forms(reply: Answering) -> None:
    """Seconds and HTTP-dates; a date that is past asks for no wait."""
    now = 1_700_000_000.0
    assert asked_wait(reply(429, Retry_After="7"), now) == 7.0
    assert asked_wait(reply(503, retry_after=" 0 "), now) == 0.0
    date = format_datetime(datetime.fromtimestamp(now + 30, UTC), usegmt=True)
    assert asked_wait(reply(503, Retry_After=date), now) == 30.0
    past = format_datetime(datetime.fromtimestamp(now - 30, UTC), usegmt=True)
    assert asked_wait(reply(429, Retry_After=past), now) == 0.0


def test_when_nothing_is_asked(reply: Answering) -> None:
    """429 without or with a nonsensical header waits a second; 503 and others do not wait."""
    assert asked_wait(reply(429), 0.0) == 1.0
    for said in ("soon", "-5", "1.5", "٣", "9" * 400, "Mon, 99 Foo 2024"):
        wait = asked_wait(reply(429, Retry_After=said), 0.0)
        assert wait is not None
        assert wait >= 0
    assert asked_wait(reply(503), 0.0) is None
    assert asked_wait(reply(503, Retry_After="soon"), 0.0) is None
    assert asked_wait(reply(200, Retry_After="5"), 0.0) is None


def test_silence_in_a_row_is_doubtful() -> None:
    """Only so many missing answers without one between them; the first of them is remembered."""
    health = Health(dead_after=3, blocking_after=10)
    assert [health.no_answer(ordinal) for ordinal in (7, 8)] == [False, False]
    assert health.silent_since == 7
    health.answer("GET /a", 500)
    assert health.silent_since == -1
    assert [health.no_answer(ordinal) for ordinal in (9, 10, 11, 12)] == [False, False, True, True]
    assert health.silent_since == 9
    health.cleared()
    assert not health.no_answer(13)


@pytest.mark.parametrize(
    ("statuses", "operations", "doubtful"),
    [([403] * 4, 4, True), ([403] * 4, 2, False), ([429] * 4, 1, True), ([403, 200, 403, 403], 4, False), ([401] * 8, 8, False)],
)
def test_refusals_in_a_row_are_doubtful(statuses: list[int], operations: int, doubtful: bool) -> None:
    """403 from several operations or 429 from any, with nothing else between; 401 speaks of the identity, not of the target."""
    health = Health(dead_after=3, blocking_after=4)
    doubts = [health.answer(f"GET /{index % operations}", status) for index, status in enumerate(statuses)]
    assert any(doubts) is doubtful
