"""Which of two implementations is faster, by what a run has measured anyway: replays on one beside callers' jobs on the other.

A replay and the caller's own wait are no fair pair. Whether a job is replayed depends on how long its caller waited: what took too long was
hedged instead, short waits pay for replays of short jobs, and a long one fills the budget that the next replay is made from. So a replay is
paired with the *next* job of the same operations and size in that run: how long that takes its first implementation had no part in choosing
the replay. If both were alike, either of the two times would be the shorter with equal chances.

A replay is stopped when it took 1.2 times what its own caller had waited, which says nothing of the pair's two times: the pair is then
about who is done by that moment, and where neither is it is left out. What is not known otherwise counts against either verdict: a replay
that was stopped sooner, to make way for a caller, a first attempt that was hedged, a second job that went to another implementation
(perhaps because of this very replay).
"""

from collections.abc import Sequence
from math import inf

from msgspec import Struct

from pipeline.measured.decisions import Decided
from pipeline.messages import Try
from stages.dispatch.comparing.betting import Bettor
from stages.dispatch.routing import IMPLEMENTATIONS

ALPHA = 0.05
EVEN = 2
ROUNDING = 1e-6


class Paired(Struct, frozen=True, kw_only=True):
    """Two implementations, by name. ``first`` and ``second``: pairs in which that one was faster, of ``pairs``; ``even``:
    those left out since both took longer than a replay may. ``p``: of "no difference",
    valid at every look (Ville 1939). ``faster``: which one is shown to be, or ""."""

    arms: tuple[str, str]
    pairs: int
    first: int
    second: int
    even: int
    p: float
    faster: str


def paired(decisions: Sequence[Decided]) -> list[Paired]:
    """What the replays say of every two implementations. ``decisions`` are one agent's, in the order of their making."""
    signs: dict[tuple[str, str], list[int]] = {}
    used: set[tuple[tuple[str, str], int]] = set()
    following = _following(decisions)
    for decision, after in zip(decisions, following, strict=True):
        leader = decision.plan.order[0] if decision.plan.order else ""
        for replay in decision.tries:
            arms = (min(leader, replay.arm), max(leader, replay.arm))
            if after is None or (arms, after) in used or replay.arm == leader or not _measures(replay, decision):
                continue
            used.add((arms, after))
            sign = _sign(replay, decision, decisions[after])
            if sign is not None:
                signs.setdefault(arms, []).append(sign if replay.arm == arms[0] or sign == EVEN else -sign)
    return [_judged(arms, found) for arms, found in sorted(signs.items())]


def _following(decisions: Sequence[Decided]) -> list[int | None]:
    """Of each decision the place of the next of the same run, operations and size."""
    found: list[int | None] = [None] * len(decisions)
    last: dict[tuple[str, str, int], int] = {}
    for place, one in enumerate(decisions):
        key = one.run, one.group, one.plan.size
        if key in last:
            found[last[key]] = place
        last[key] = place
    return found


def _timed(one: Try) -> bool:
    return one.kind in {"answered", "cancelled"} and not one.cold and one.wall_ms > 0.0


def _measures(replay: Try, decision: Decided) -> bool:
    """Whether it is a replay with the common stop: first samples and trials of broken implementations have others."""
    reason = decision.reasons.get(replay.arm)
    known = reason is not None and reason.samples >= IMPLEMENTATIONS.min_samples and reason.breaker == "closed"
    return replay.shadow and _timed(replay) and known


def _sign(replay: Try, decision: Decided, after: Decided) -> int | None:
    """1: the replayed implementation was faster, -1: the other, EVEN: both take longer than the replay may, 0: it is not known; None: no
    pair, by what neither time has a part in."""
    leader = decision.plan.order[0]
    if not after.plan.order or after.plan.order[0] != leader:
        return 0
    live = next((one for one in after.tries if one.arm == leader and not one.shadow), None)
    if live is None or not _timed(live):
        return None
    if replay.kind == "answered":
        return 1 if replay.wall_ms < live.wall_ms else -1 if live.kind == "answered" and live.wall_ms < replay.wall_ms else 0
    if live.kind == "answered" and live.wall_ms < replay.wall_ms:
        return -1
    waited_ms = max((one.wall_ms for one in decision.tries if one.kind == "answered" and not one.shadow), default=inf)
    stop_ms = IMPLEMENTATIONS.shadow_stop * waited_ms * (1 - ROUNDING)
    return EVEN if live.wall_ms >= replay.wall_ms >= stop_ms else 0


def _judged(arms: tuple[str, str], signs: Sequence[int]) -> Paired:
    bettors = (Bettor(), Bettor())
    told = [sign for sign in signs if sign != EVEN]
    for sign in told:
        for bettor, own in zip(bettors, (1, -1), strict=True):
            bettor.take(1.0 if sign == own else -1.0)
    best = max(bettor.best for bettor in bettors)
    shown = best >= 2 / ALPHA
    return Paired(
        arms=arms, pairs=len(told), first=told.count(1), second=told.count(-1), even=len(signs) - len(told), p=min(1.0, 2 / best),
        faster=(arms[0] if bettors[0].best >= bettors[1].best else arms[1]) if shown else "",
    )  # fmt: skip
