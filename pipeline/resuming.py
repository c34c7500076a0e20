"""Stored runs, taken up again: resumed from what is committed, or asked once more with their answers instead of the target."""

import time
from collections.abc import Iterable, Sequence
from functools import partial
from pathlib import Path

from msgspec.structs import replace

from pipeline.build import Resumption
from pipeline.errors import UsageError
from pipeline.messages import Budget, Made, RunRequested, RunStarted, Settled, Verdict
from stages.dispatch import CLEANUP_FROM, Committed
from stages.execute import StoredAnswers
from stages.persist import RunRow, Store


def resumed(path: Path, name: str, request: RunRequested) -> tuple[RunStarted, Resumption]:
    """An interrupted run ("": the last one) as the store holds it, under the budget and the overrides of ``request``: overrides may hold
    what is not stored.

    Raises UsageError where there is none.
    """
    with Store(path) as store:
        interrupted = store.interrupted()
        row = store.run(name) if name else (interrupted[0] if interrupted else None)
        if row is None:
            raise UsageError(f"there is no interrupted run in {path} to go on with")
        api = store.api(row.api)
        if row.request is None or api is None:
            raise UsageError(f"run {row.id} was never started: start a new one")
        if row.state != "interrupted":
            raise UsageError(f"run {row.id} is {row.state}: only an interrupted run can be resumed")
        verdicts = list(store.verdicts(row.id))
        committed = _committed(verdicts, [each.made for each in store.made_open(row.id)])
        undecided = frozenset((each.ordinal, each.attempt) for each in store.intents_undecided(row.id))
    again = replace(row.request, resume=True, overrides=request.overrides, budget=request.budget)
    started = RunStarted(request=again, api=api, base_url=row.target, started_at=row.started_at)
    return started, Resumption(committed, verdicts, undecided)


def answered(store: Store, name: str, request: RunRequested) -> tuple[RunStarted, StoredAnswers]:
    """The stored run's own question, asked again under the name of ``request``, and its answers. Raises UsageError."""
    row = store.run(name)
    api = store.api(row.api)
    if row.keep != "all":
        raise UsageError(f"run {row.id} was not made with --keep all, or retention removed some of it: its answers are not all there")
    if row.request is None or api is None:
        raise UsageError(f"run {row.id} was never started: it has no answers")
    cases = sum(1 for verdict in store.verdicts(row.id) if verdict.settled is not None)
    again = replace(row.request, run=request.run, resume=False, overrides=request.overrides, budget=Budget(cases=cases))
    started = RunStarted(request=again, api=api, base_url=row.target, started_at=time.time())
    return started, StoredAnswers(partial(store.exchange, row.id))


def contradiction(row: RunRow, *, seed: int | None, agents: Sequence[str] | None, operations: Sequence[str] | None) -> str:
    """What was asked for that the stored run cannot be any more; empty: nothing. None stands for what was not asked."""
    if row.request is None:
        return ""
    asked = {"seed": (seed, row.request.seed), "agents": (agents, row.request.agents), "operations": (operations, row.request.operations)}
    for name, (wanted, had) in asked.items():
        if wanted is not None and wanted != had:
            return f"run {row.id} has {name} {_shown(had)}, not {_shown(wanted)}: start a new run for that"
    return ""


def _shown(value: object) -> str:
    return ",".join(map(str, value)) or "(all)" if isinstance(value, list | tuple) else str(value)


def _committed(verdicts: Sequence[Verdict], made: Sequence[Made]) -> Committed:
    """The gapless beginning of the explored cases, and what was spent on checks."""
    explored = {verdict.ordinal: verdict for verdict in verdicts if verdict.settled is not None}
    digests: list[str] = []
    settled: list[Settled] = []
    while (verdict := explored.get(len(digests))) is not None and verdict.settled is not None:
        digests.append(verdict.digest)
        settled.append(verdict.settled)
    checked = sum(1 for verdict in verdicts if verdict.purpose in {"confirm", "minimise"})
    return Committed(digests, settled, list(reversed(made)), checked, next_cleanup(verdicts))


def next_cleanup(verdicts: Iterable[Verdict]) -> int:
    """The ordinal of the next trial that removes something: those of the past keep theirs."""
    past = (verdict.ordinal for verdict in verdicts if verdict.purpose == "cleanup")
    return max([CLEANUP_FROM - 1, *past]) + 1
