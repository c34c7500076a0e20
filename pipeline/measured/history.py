"""How the implementations of one agent did over time: decisions in the order of their making, cut into slices of equally many jobs."""

import statistics
from collections.abc import Iterator, Sequence

from msgspec import Struct

from pipeline.measured.decisions import Decided
from pipeline.messages import Try
from stages.dispatch.routing import IMPLEMENTATIONS, Reason

FEWEST = IMPLEMENTATIONS.min_samples  # a prediction from fewer samples is none


class Slice(Struct, frozen=True, kw_only=True):
    """One arm in one slice of jobs, numbered from 1 over all of them (``jobs_from`` to ``jobs_to``; ``run`` and ``job`` name the first).

    ``jobs`` counts those that the arm could have had, ``first_share`` is the part of them that it was asked first for. Times and answers
    are those of answered attempts that were warm, replays for measuring among them; None: there was none. ``second_starts`` counts how
    often it was started beside another that was under way, ``held`` how many of the ``predictions`` of its times held within their 90 %
    interval. ``breaker`` is its state when the slice ended.
    """

    slice: int
    run: str
    job: int
    jobs_from: int
    jobs_to: int
    arm: str
    jobs: int
    first_share: float
    attempts: int
    median_ms: float | None
    answers_per_ms: float | None
    failed: int
    timeouts: int
    second_starts: int
    shadows: int
    held: int
    predictions: int
    breaker: str


class Attempt(Struct, frozen=True, kw_only=True):
    """One attempt that was predicted, and how long it took; ``number`` counts jobs from 1. ``held``: "yes" or "no"."""

    number: int
    run: str
    job: int
    arm: str
    size: int
    expected_ms: float
    low_ms: float
    high_ms: float
    wall_ms: float
    held: str
    shadow: bool


def history(decisions: Sequence[Decided], slices: int = 10) -> list[Slice]:
    """A row for each slice and each arm that was there, arms by name. ``decisions`` are one agent's, in the order of their making."""
    length = max(1, -(-len(decisions) // max(slices, 1)))
    return [
        row
        for number, start in enumerate(range(0, len(decisions), length), 1)
        for row in _slice(number, start + 1, decisions[start : start + length])
    ]


def attempts(decisions: Sequence[Decided], most: int = 600) -> list[Attempt]:
    """The attempts that were predicted, at most so many: then every second, every third, ... of them."""
    found = list(_attempts(decisions))
    return found[:: max(1, -(-len(found) // most))]


def _slice(number: int, first: int, part: Sequence[Decided]) -> Iterator[Slice]:
    for arm in sorted({name for one in part for name in one.plan.order}):
        offered = [one for one in part if arm in one.reasons]
        tries = [one for decision in offered for one in decision.tries if one.arm == arm]
        warm = [one for one in tries if one.kind == "answered" and not one.cold]
        wall_ms = sum(one.wall_ms for one in warm)
        checked = [
            held
            for decision in offered
            for one in decision.tries
            if one.arm == arm and (held := _held(decision.reasons[arm], one)) is not None
        ]
        yield Slice(
            slice=number, run=part[0].run, job=part[0].job, jobs_from=first, jobs_to=first + len(part) - 1, arm=arm, jobs=len(offered),
            first_share=sum(one.plan.order[0] == arm for one in offered) / max(len(offered), 1),
            attempts=len(tries), median_ms=statistics.median(one.wall_ms for one in warm) if warm else None,
            answers_per_ms=sum(one.answers for one in warm) / wall_ms if wall_ms > 0 else None,
            failed=sum(one.kind == "failed" for one in tries), timeouts=sum(one.kind == "timeout" for one in tries),
            second_starts=sum(one.second() == arm for one in offered), shadows=sum(one.shadow for one in tries),
            held=sum(checked), predictions=len(checked), breaker=offered[-1].reasons[arm].breaker if offered else "",
        )  # fmt: skip


def _attempts(decisions: Sequence[Decided]) -> Iterator[Attempt]:
    for number, decision in enumerate(decisions, 1):
        for one in decision.tries:
            reason = decision.reasons.get(one.arm)
            held = _held(reason, one) if reason is not None else None
            if reason is None or held is None:
                continue
            yield Attempt(
                number=number, run=decision.run, job=decision.job, arm=one.arm, size=decision.plan.size, expected_ms=reason.expected_ms,
                low_ms=reason.low_ms, high_ms=reason.high_ms, wall_ms=one.wall_ms, held="yes" if held else "no", shadow=one.shadow,
            )  # fmt: skip


def _held(reason: Reason, one: Try) -> bool | None:
    """Whether the interval given beforehand held; None where there was none, or where it is not known: of an attempt that was stopped it
    is known only beyond the upper bound (as the router itself counts)."""
    if one.cold or reason.samples < FEWEST or one.wall_ms <= 0.0 or one.kind in {"failed", "timeout"}:
        return None
    if one.kind == "answered" or one.wall_ms > reason.high_ms:
        return reason.low_ms <= one.wall_ms <= reason.high_ms
    return None
