"""Runs the execute stage by itself: what goes in, what came out, and a store that takes intents as told."""

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Literal

import anyio

from pipeline.messages import (
    Api,
    Budget,
    CaseBatch,
    Exchange,
    ExchangeBatch,
    Intents,
    Made,
    MadeNow,
    Override,
    RunEnded,
    RunRequested,
    RunStarted,
    Sent,
    Synced,
    TargetState,
    ToExecute,
    ToPersist,
    ToScore,
    Trial,
)
from stages.execute import Execute, ExecuteConfig, StoredAnswers

Store = Literal["takes", "is-gone", "is-silent"]


@contextmanager
def failing_with(kind: type[Exception], match: str) -> Generator[None]:
    """Holds that the body ends with an error of this kind and text, alone or in a group with others."""
    try:
        yield
    except Exception as error:
        leaves: list[BaseException] = [error]
        while groups := [leaf for leaf in leaves if isinstance(leaf, BaseExceptionGroup)]:
            leaves = [leaf for leaf in leaves if not isinstance(leaf, BaseExceptionGroup)] + [
                inner for group in groups for inner in group.exceptions
            ]
        assert any(isinstance(leaf, kind) and match in str(leaf) for leaf in leaves), leaves
    else:
        raise AssertionError(f"no {kind.__name__} came")


@dataclass
class Outcome:
    """Everything the stage sent, in order."""

    messages: list[ToScore] = field(default_factory=list)
    events: list[ToPersist] = field(default_factory=list)

    @property
    def exchanges(self) -> dict[tuple[int, int], Exchange]:
        return {
            (each.trial.ordinal, each.trial.attempt): each
            for batch in self.messages
            if isinstance(batch, ExchangeBatch)
            for each in batch.exchanges
        }

    @property
    def states(self) -> list[TargetState]:
        return [message for message in self.messages if isinstance(message, TargetState)]

    @property
    def intents(self) -> list[Intents]:
        return [event for event in self.events if isinstance(event, Intents)]

    @property
    def made(self) -> list[MadeNow]:
        return [event for event in self.events if isinstance(event, MadeNow)]

    @property
    def failures(self) -> list[str]:
        """The kind of failure of every request of every trial, by ordinal; "" where there was an answer."""
        return [sent.failure.kind if sent.failure else "" for _, each in sorted(self.exchanges.items()) for sent in each.sent]

    def sent(self, ordinal: int = 0, position: int = 0) -> Sent:
        return self.exchanges[ordinal, 0].sent[position]

    def status(self, ordinal: int = 0, position: int = 0) -> int:
        reply = self.sent(ordinal, position).reply
        assert reply is not None, self.sent(ordinal, position).failure
        return reply.status


async def carry_out(
    api: Api,
    base_url: str,
    trials: Sequence[Trial],
    config: ExecuteConfig | None = None,
    *,
    overrides: Sequence[Override] = (),
    answers: StoredAnswers | None = None,
    made: Sequence[Made] = (),
    undecided: frozenset[tuple[int, int]] = frozenset(),
    store: Store = "takes",
    budget: Budget | None = None,
    batch: int = 16,
    capacity: int = 1,
    timeout_s: float = 30,
) -> Outcome:
    """One run of these trials from its start to its end; every stream has ``capacity``."""
    outcome = Outcome()
    to_execute, inbox = anyio.create_memory_object_stream[ToExecute](capacity)
    outbox, to_score = anyio.create_memory_object_stream[ToScore](capacity)
    to_synced, synced = anyio.create_memory_object_stream[Synced](capacity)
    events, to_persist = anyio.create_memory_object_stream[ToPersist](capacity)
    request = RunRequested(run="run", spec="", seed=0, agents=[], overrides=list(overrides), budget=budget or Budget())

    async def feed() -> None:
        async with to_execute:
            await to_execute.send(RunStarted(request=request, api=api, base_url=base_url, started_at=0.0))
            for start in range(0, len(trials), batch):
                await to_execute.send(CaseBatch(run="run", trials=list(trials[start : start + batch])))
            await to_execute.send(RunEnded(run="run", reason="exhausted"))

    async def score() -> None:
        async with to_score:
            async for message in to_score:
                outcome.messages.append(message)

    async def persist() -> None:
        async with to_persist, to_synced:
            if store == "is-gone":
                await to_synced.aclose()
            async for event in to_persist:
                outcome.events.append(event)
                if isinstance(event, Intents) and store == "takes":
                    await to_synced.send(Synced(token=event.token))

    with anyio.fail_after(timeout_s):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(feed)
            tasks.start_soon(score)
            tasks.start_soon(persist)
            execute = Execute(config or ExecuteConfig(), answers=answers, made=made, undecided=undecided)
            await execute(inbox, outbox, synced, events)
    assert isinstance(outcome.messages[0], RunStarted)
    assert outcome.messages[-1] == RunEnded(run="run", reason="exhausted")
    return outcome
