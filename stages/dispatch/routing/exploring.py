"""Callers' jobs that are led by another arm than the best known, where shadows are too dear: first samples, then Thompson draws.

Only short jobs are: a sample of ln ms teaches as much on a short job, and costs less; where jobs are all alike, any after a while.
"""

from collections.abc import Callable, Sequence

from stages.dispatch.routing.facts import NEVER_MS, Reason
from stages.dispatch.routing.policy import Policy

DRAW_SHORT = 0.5  # times the mean live job
DRAW_PATIENCE = 60  # jobs without a draw, after which longer ones are taken, too


class Exploring:
    """Which arm leads next, and since when none did."""

    def __init__(self, normal: Callable[[], float]) -> None:
        self._normal = normal
        self._jobs = 0  # of those that may be explored on
        self._next_draw = 0
        self._drawn: dict[str, int] = {}  # by agent: the job of the last draw
        self._tried: dict[str, str] = {}  # by agent: the arm that gets its first samples, in a row, so that it starts once

    def leader(self, policy: Policy, agent: str, reasons: Sequence[Reason], *, every: int, live_ms: float) -> Reason | None:
        """The arm that leads this job for exploration's sake: one that lacks samples and may yet win, or a Thompson draw (1933), once in
        ``every`` jobs."""
        self._jobs += 1
        waited = self._jobs - self._drawn.setdefault(agent, self._jobs)
        if not live_ms or (waited < DRAW_PATIENCE and min(reason.expected_ms for reason in reasons) > DRAW_SHORT * live_ms):
            return None
        fewest = policy.min_samples
        usable = [reason for reason in reasons if reason.breaker != "open"]
        best = max((reason.score for reason in reasons if reason.samples >= fewest), default=-NEVER_MS)
        lacking = [
            reason
            for reason in usable
            if reason.samples < fewest and (not reason.samples or reason.score + 2 * reason.uncertainty > best)
        ]  # fmt: skip
        for reason in lacking:
            if reason.arm == self._tried.get(agent):
                return reason
        if lacking and reasons[0].samples >= fewest:
            self._tried[agent] = lacking[0].arm
            return lacking[0]
        if self._jobs < self._next_draw:
            return None
        self._next_draw = self._jobs + every
        self._drawn[agent] = self._jobs
        return max(usable, key=lambda reason: reason.score + self._normal() * reason.uncertainty, default=None)
