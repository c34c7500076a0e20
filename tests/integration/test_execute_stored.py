"""Stored answers in the place of the network."""

import pytest

from pipeline.messages import (
    Body,
    Exchange,
    ExchangeBatch,
    Extract,
    Trial,
)
from stages.execute import ExecuteConfig, StoredAnswers
from tests.scenes.execution import carry_out
from tests.scenes.pets import API, Pets, against, step, trial, variable


async def stored_run(trials: list[Trial]) -> dict[tuple[int, int], Exchange]:
    return (await against(Pets(), trials)).exchanges


EXPERIMENTS = [
    trial(
        step("POST /pets", body=Body(media_type="application/json", value={}), extract=[Extract(name="id", pointer="/id")]),
        step("GET /pets/{petId}", variable("id")),
        step("DELETE /pets/{petId}", 1 if n % 2 else variable("id")),
        ordinal=n,
    )
    for n in range(40)
]


@pytest.mark.parametrize("concurrency", [1, 32])
async def test_stored_answers_stand_in_for_the_network(concurrency: int) -> None:
    """A stored run is fed back whole, in any order of completion, with nothing sent, noted or made again."""
    stored = await stored_run(EXPERIMENTS)
    answers = StoredAnswers(lambda ordinal, attempt: stored.get((ordinal, attempt)), shuffle=7)
    outcome = await carry_out(API, "http://127.0.0.1:9", EXPERIMENTS, ExecuteConfig(concurrency=concurrency), answers=answers)
    assert outcome.events == []
    again = outcome.exchanges
    assert {key: (each.sent, each.made, each.removed) for key, each in again.items()} == {
        key: (each.sent, each.made, each.removed) for key, each in stored.items()
    }
    if concurrency > 1:
        order = [each.trial.ordinal for message in outcome.messages if isinstance(message, ExchangeBatch) for each in message.exchanges]
        assert order != sorted(order)


async def test_stored_answers_that_are_not_there() -> None:
    """A trial, or a request, that the stored run did not have is answered as such."""
    stored = await stored_run(EXPERIMENTS[:1])
    longer = trial(*EXPERIMENTS[0].case.steps, step("GET /pets"))
    outcome = await carry_out(API, "http://127.0.0.1:9", [longer, EXPERIMENTS[1]], answers=StoredAnswers(lambda o, a: stored.get((o, a))))
    assert outcome.failures == ["", "", "", "blocked", "blocked", "blocked", "blocked"]
    assert "no stored answer" in outcome.sent(1).failure.detail
