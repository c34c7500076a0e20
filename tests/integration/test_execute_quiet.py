"""What got no answer, or 503, is sent once more by itself before it is believed."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable

import msgspec
import pytest

from pipeline.messages import Api, Case, Operation, Response, Step, Trial
from stages.execute import ExecuteConfig
from tests.scenes.execution import Outcome, carry_out
from tests.servers.hostile import Answer, Seen, serving

pytestmark = pytest.mark.alone  # they measure time

LETTERS = "abcdefgh"
OPERATIONS = [Operation(key=f"GET /{at}", method="GET", path=f"/{at}", responses=[Response(status="200")]) for at in LETTERS]
API = Api(digest="0", operations=OPERATIONS)
CONFIG = ExecuteConfig(concurrency=8, timeout_ms=400, dead_after=1000)


def trial(letter: str, ordinal: int, attempt: int = 0) -> Trial:
    key = f"GET /{letter}"
    case = Case(operation=key, ordinal=ordinal, title="", steps=[Step(name="s", operation=key)])
    return Trial(ordinal=ordinal, attempt=attempt, purpose="confirm" if attempt else "explore", agent="a", digest="0", case=case)


class Crowded:
    """Answers at /a and /b when few are served, at /c to /g never, elsewhere after a moment."""

    def __init__(self) -> None:
        self.served = 0
        self.seen = Counter[str]()

    async def __call__(self, seen: Seen) -> Answer:
        self.served += 1
        self.seen[seen.target] += 1
        try:
            is_alone = self.served <= 3
            if seen.target in {"/a", "/b"}:
                await asyncio.sleep(0.01 if is_alone else 0.7)
            else:
                await asyncio.sleep(1 if seen.target < "/h" else 0.05)
        finally:
            self.served -= 1
        return Answer(200)


async def tried(crowded: Callable[[Seen], Awaitable[Answer]], *suspicions: Trial) -> Outcome:
    others = [trial("h", ordinal) for ordinal in range(100, 200)]
    mixed = others[:4] + [one for at, other in enumerate(others[4:]) for one in (*suspicions[at : at + 1], other)]
    async with serving(crowded) as server:
        return await carry_out(API, server.url, mixed, CONFIG)


async def test_slow_under_load_is_no_hang() -> None:
    """The request that answers in time when little else is under way is answered in the end; what explores is not sent again."""
    crowded = Crowded()
    outcome = await tried(crowded, trial("a", 0), trial("a", 0, attempt=1), trial("b", 1, attempt=1))
    ends = {key: exchange.sent[0].failure.kind if exchange.sent[0].failure else "" for key, exchange in outcome.exchanges.items()}
    assert (ends.pop((0, 0)), ends.pop((0, 1)), ends.pop((1, 1))) == ("timeout", "", "")
    assert set(ends.values()) == {""}
    assert (crowded.seen["/a"], crowded.seen["/b"]) == (3, 2)


async def test_what_hangs_alone_hangs_and_few_are_asked() -> None:
    """Each operation is asked alone once, and when three had no answer so either, no more of them."""
    crowded = Crowded()
    suspicions = [trial(letter, ordinal, attempt) for ordinal, letter in enumerate("cdefg") for attempt in (1, 2)]
    outcome = await tried(crowded, *suspicions)
    assert {outcome.exchanges[one.ordinal, one.attempt].sent[0].failure.kind for one in suspicions} == {"timeout"}
    alone = sum(crowded.seen[f"/{letter}"] - 2 for letter in "cdefg")
    assert alone == 3


async def test_where_answers_are_fast_load_explains_nothing() -> None:
    """What hangs beside requests that are answered at once is believed, and nothing waits for it."""
    seen = Counter[str]()

    async def serve(request: Seen) -> Answer:
        seen[request.target] += 1
        await asyncio.sleep(1 if request.target == "/c" else 0)
        return Answer(200)

    outcome = await tried(serve, trial("c", 0, 1), trial("c", 0, 2))
    assert [outcome.exchanges[0, attempt].sent[0].failure.kind for attempt in (1, 2)] == ["timeout", "timeout"]
    assert seen["/c"] == 2


@pytest.mark.parametrize("purpose", ["minimise", "cleanup"])
async def test_only_confirmations_are_sent_alone(purpose: str) -> None:
    """Smaller cases and what removes objects do not hold the run up."""
    crowded = Crowded()
    outcome = await tried(crowded, msgspec.structs.replace(trial("a", 0, attempt=1), purpose=purpose))
    assert outcome.exchanges[0, 1].sent[0].failure.kind == "timeout"
    assert crowded.seen["/a"] == 1


async def test_a_busy_target_is_asked_again_alone() -> None:
    """503 to what is sent again may be load: the answer to the request alone counts, and says so."""
    served = 0

    async def busy(seen: Seen) -> Answer:
        nonlocal served
        served += 1
        await asyncio.sleep(0.02)
        crowd, served = served, served - 1
        return Answer(503 if seen.target == "/b" or crowd > 1 else 200)

    outcome = await tried(busy, trial("a", 0, attempt=1), trial("b", 1, attempt=1))
    replies = [outcome.exchanges[ordinal, 1].sent[0].reply for ordinal in (0, 1)]
    assert [(reply.status, reply.alone) for reply in replies] == [(200, True), (503, True)]
    assert not any(exchange.sent[0].reply.alone for key, exchange in outcome.exchanges.items() if key[0] >= 100)


async def test_the_run_is_held_up_for_a_share_of_its_time_only() -> None:
    """A target that is busy throughout, and slow in saying so, does not make the run wait for silence at every answer."""

    async def busy(_: Seen) -> Answer:
        await asyncio.sleep(0.15)
        return Answer(503)

    suspicions = [trial(letter, ordinal, 1) for ordinal, letter in enumerate("abcdefgh" * 5)]
    outcome = await tried(busy, *suspicions)
    alone = sum(outcome.exchanges[one.ordinal, 1].sent[0].reply.alone for one in suspicions)
    assert 0 < alone < 10
