"""A contest of two sides: pair after pair on the same jobs, until it is decided or the jobs are done."""

import random
from collections.abc import Mapping, Sequence
from math import log1p

from msgspec import Struct

from pipeline.events import log
from pipeline.messages import Job
from stages.dispatch.comparing.betting import Comparison, SignTest, middle
from stages.dispatch.comparing.jobs import Draws
from stages.dispatch.comparing.pairs import METRICS, Measured, first_difference
from stages.dispatch.comparing.sides import RoutedSide, Side

HOPELESS = 20  # pairs from the first on in which both failed
LEAST_WITHIN_MS = 2_000.0  # a job is waited for so long, at least, ...
LATE = 50.0  # ... and so many times the longest that was answered


class Tally(Struct, kw_only=True):
    """What one side did, over all pairs."""

    jobs: int = 0
    failed: int = 0
    answers: int = 0
    covered: int = 0
    wall_ms: float = 0.0  # of what was answered, as the next
    cpu_ms: float = 0.0
    why: str = ""  # the last failure

    def take(self, seen: Measured) -> None:
        """One job."""
        self.jobs += 1
        if seen.failed:
            self.failed += 1
            self.why = seen.why
            return
        self.answers += len(seen.answers)
        self.covered += seen.covered
        self.wall_ms += seen.wall_ms
        self.cpu_ms += seen.cpu_ms


class Difference(Struct, frozen=True, kw_only=True):
    """Two arms that both claim to be deterministic answered a job differently: from answer ``position`` on, of ``operation``."""

    job: Job
    arms: tuple[str, str]
    position: int
    operation: str = ""
    ordinal: int = -1


class Contest:
    """Two sides, measured on the same jobs one after the other, in an order that chance decides for each pair: never both at once.

    After every ``round_pairs`` of them both sides get new workers, and the middle of the round's pairs is what is compared. For two
    processes of one program differ, too: in the layout of their memory, the seed of their hashes, the core they were put on; by several
    percent, as long as they live. Pairs of the same two processes would show that as a difference of the sides.

    All of its attributes may be read at any time, also after it was cancelled: a pair counts when it is whole.
    """

    def __init__(
        self, sides: tuple[Side, Side], draws: Draws, metrics: Sequence[str], draw: random.Random, *,
        alpha: float, margin: float, job_ms: float, sharing: bool, round_pairs: int,
    ) -> None:  # fmt: skip
        """``margin``: as in 0.05, within which sides are equivalent; ``sharing``: the sides share arms, and what those have done;
        ``round_pairs``: 0 for workers that are kept, each pair a round of its own."""
        self.sides = sides
        self.tallies = (Tally(), Tally())
        self.comparisons = {name: Comparison(alpha=alpha, margin=log1p(margin)) for name in metrics}
        self.compared = dict.fromkeys(metrics, 0)  # pairs that say something, by metric
        self.failures = SignTest(alpha)
        self.pairs = 0
        self.both_failed = 0
        self.same = 0  # pairs in which both sides were one and the same arm's work
        self.empty = 0  # pairs in which neither made an answer
        self.unclocked = 0  # pairs with a time that is none
        self.answers_compared = 0  # pairs whose answers should be equal
        self.differing = 0
        self.difference: Difference | None = None  # the first
        self._draws = draws
        self._draw = draw
        self._job_ms = job_ms
        self._sharing = sharing
        self._round_pairs = round_pairs
        self._round: dict[str, list[float]] = {name: [] for name in metrics}
        self._longest_ms = 0.0

    @property
    def decided(self) -> bool:
        """Whether one side is shown to fail more often, or of every metric a difference or equivalence is shown."""
        return self.failures.verdict != "none" or all(one.verdict != "none" for one in self.comparisons.values())

    @property
    def hopeless(self) -> bool:
        """Whether both sides only fail."""
        return self.both_failed == self.pairs >= HOPELESS

    async def run(self, jobs: int, *, full: bool) -> None:
        """Go on for that many pairs; without ``full`` only until it is decided."""
        try:
            while self.pairs < jobs and not self.hopeless and (full or not self.decided):
                await self._pair()
                if not self._round_pairs:
                    self.end_round()
                elif self.pairs % self._round_pairs == 0:
                    self.end_round()
                    for side in self.sides:
                        await side.renew()
        finally:
            self.end_round()

    def end_round(self) -> None:
        """Compare what the pairs since the last round's end say, in the middle of each metric."""
        for name, distances in self._round.items():
            if distances:
                self.comparisons[name].take(middle(distances))
                distances.clear()

    async def _pair(self) -> None:
        job, part = self._draws.next()
        seen: dict[int, Measured] = {}
        done: list[dict[str, Measured]] = [{}, {}]
        if self._sharing:
            done[1] = done[0]
        for place in self._draw.choice([(0, 1), (1, 0)]):
            seen[place] = await self.sides[place].carry_out(job, part, self._within_ms, done[place])
        self.take(job, seen[0], seen[1])
        for place, side in enumerate(self.sides):
            await side.look_back(job, part, self._within_ms, done[place])

    @property
    def _within_ms(self) -> float:
        """How long one job may take: what is far beyond the likely hangs, as in a run."""
        return min(self._job_ms, max(LEAST_WITHIN_MS, LATE * self._longest_ms)) if self._longest_ms else self._job_ms

    def take(self, job: Job, first: Measured, second: Measured) -> None:
        """One whole pair."""
        self.pairs += 1
        for tally, seen in zip(self.tallies, (first, second), strict=True):
            tally.take(seen)
            if not seen.failed:
                self._longest_ms = max(self._longest_ms, min(seen.wall_ms, self._job_ms))
        self.failures.take(float(first.failed) - float(second.failed))
        if first.failed and second.failed:
            self.both_failed += 1
            return
        if self._sharing and first.path == second.path:
            self.same += 1
            return
        if not first.answers and not second.answers and not (first.failed or second.failed):
            self.empty += 1
            return
        self._compare_answers(job, first, second)
        unclocked = False
        for name in self.comparisons:
            d = METRICS[name](first, second)
            if d is not None:
                self._round[name].append(d)
                self.compared[name] += 1
            elif not (first.failed or second.failed) and name != "worth":
                unclocked = True
        self.unclocked += unclocked

    def _compare_answers(self, job: Job, first: Measured, second: Measured) -> None:
        if first.failed or second.failed or not (first.deterministic and second.deterministic):
            return
        self.answers_compared += 1
        position = first_difference(first.answers, second.answers)
        if position is None:
            return
        self.differing += 1
        arms = (first.path[-1], second.path[-1])
        if self.difference is None:
            longer = max(first.answers, second.answers, key=len)
            answer = longer[position]
            self.difference = Difference(
                job=job, arms=arms, position=position, operation=getattr(answer, "operation", ""), ordinal=answer.ordinal
            )  # fmt: skip
            log("answers_differ", level="error", run="", job=job.id, agent=job.agent, arm=arms[1])


def nothing_compared(contest: Contest) -> str:
    """Why no pair says anything, or "" where one does."""
    if contest.pairs == 0:
        return "no pair of jobs was done in the time"
    if contest.both_failed == contest.pairs:
        return "both failed at every job: " + "; ".join(
            f"{side.name}: {tally.why}" for side, tally in zip(contest.sides, contest.tallies, strict=True)
        )
    if contest.empty + contest.both_failed == contest.pairs:
        return "neither made an answer to any job"
    return ""


def chosen_by(contest: Contest) -> Mapping[str, Mapping[str, int]]:
    """Of sides that choose: which arm how often."""
    return {side.name: side.chosen for side in contest.sides if isinstance(side, RoutedSide)}
