"""What is out, what is settled, what is to be checked again: the bookkeeping of one run, without I/O."""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field

from pipeline.messages import Budget, Feedback, Made, Settled, Suspicion, Trial

FREE_CHECKS = 400  # requests for suspicions that a run without a request limit has from the start


def cost(trial: Trial) -> int:
    """The requests that a trial may take: its steps, repeated ones as often as they may be."""
    return sum(step.until.tries if step.until else 1 for step in trial.case.steps)


def ancestors(path: str) -> Iterable[str]:
    """The paths of what an object may lie in, the next first."""
    while path := path.rpartition("/")[0]:
        yield path


@dataclass(slots=True)
class Epoch:
    """One planned epoch: where its ordinals end once all are known, and which streams ended in it."""

    end: int | None = None
    exhausted: list[tuple[str, str]] = field(default_factory=list)


@dataclass(slots=True)
class Ledger:
    """Counts every trial from its sending to its credit. ``window``: how many may be out."""

    window: int
    budget: Budget
    suspicion_share: float
    out: dict[tuple[int, int], int] = field(default_factory=dict)  # trial -> its cost
    settled: dict[int, Settled] = field(default_factory=dict)  # waiting to be folded, by ordinal
    settled_through: int = 0  # every ordinal below has its first word
    folded_through: int = 0
    next_ordinal: int = 0
    suspicions: deque[Suspicion] = field(default_factory=deque)
    open_from: int = 0
    epochs: list[Epoch] = field(default_factory=list)
    explored_requests: int = 0
    checked_requests: int = 0
    made: dict[str, Made] = field(default_factory=dict)
    target: str = ""
    _inside: dict[str, set[str]] = field(default_factory=dict)  # what lies in what, by path
    _explore_limit: int | None = None
    _check_limit: int | None = None
    _closed: bool = False

    def __post_init__(self) -> None:
        self.renew_limits()

    def close(self) -> None:
        """Nothing is checked any more, whatever is suspected."""
        self.suspicions.clear()
        self._closed = True

    def send(self, trials: Iterable[Trial]) -> None:
        """Trials are about to leave."""
        for trial in trials:
            price = cost(trial)
            self.out[trial.ordinal, trial.attempt] = price
            if trial.purpose == "explore":
                self.explored_requests += price
                self.next_ordinal = trial.ordinal + 1
            elif trial.purpose != "cleanup":
                self.checked_requests += price

    def unsend(self, trials: Iterable[Trial]) -> None:
        """They did not leave after all."""
        for trial in trials:
            price = self.out.pop((trial.ordinal, trial.attempt), 0)
            if trial.purpose == "explore":
                self.explored_requests -= price
                self.next_ordinal = min(self.next_ordinal, trial.ordinal)
            elif trial.purpose != "cleanup":
                self.checked_requests -= price

    def take(self, feedback: Feedback) -> None:
        """Score's words on trials that came back."""
        for key in feedback.finished:
            self.out.pop(key, None)
        for settled in feedback.settled:
            self.settle(settled)
        if not self._closed:
            self.suspicions.extend(feedback.suspicions)
        self.open_from = max(self.open_from, feedback.open_from)
        self.target = feedback.target or self.target
        inside = [each for path in feedback.removed for each in self._inside.get(path, ())]  # what is made now may lie in a new one there
        self.take_made(feedback.made)
        for path in (*feedback.removed, *inside):
            if self.made.pop(path, None) is not None:
                for ancestor in ancestors(path):
                    self._leave(ancestor, path)

    def _leave(self, ancestor: str, path: str) -> None:
        inside = self._inside.get(ancestor, set())
        inside.discard(path)
        if not inside:
            self._inside.pop(ancestor, None)

    def take_made(self, objects: Iterable[Made]) -> None:
        """They stand at the target now."""
        for made in objects:
            self.made[made.path] = made
            for ancestor in ancestors(made.path):
                self._inside.setdefault(ancestor, set()).add(made.path)

    def settle(self, settled: Settled) -> None:
        """The first word on an explored case, from score or, in a resumed run, from the store."""
        self.settled[settled.ordinal] = settled
        while self.settled_through in self.settled and self.settled_through < self.next_ordinal:
            self.settled_through += 1

    def few_out(self, first: int, end: int, most: int) -> bool:
        """Whether another trial may leave, and fewer than ``most`` of these ordinals are out."""
        return self.room() > 0 and sum(first <= ordinal < end for ordinal, _ in self.out) < most

    def room(self) -> int:
        """How many more trials may leave now."""
        return self.window - len(self.out)

    def epoch_settled(self, count: int) -> bool:
        """Whether all cases of the first ``count`` epochs have their first word."""
        if count == 0:
            return True
        end = self.epochs[count - 1].end if len(self.epochs) >= count else None
        return end is not None and self.settled_through >= end

    def to_fold(self, count: int) -> list[Settled]:
        """The words on the first ``count`` epochs that were not folded yet, in case order; they count as folded now."""
        end = self.epochs[count - 1].end if count else 0
        if end is None:
            raise ValueError(f"epoch {count - 1} is still being made")
        words = [self.settled.pop(ordinal) for ordinal in range(self.folded_through, end)]
        self.folded_through = max(self.folded_through, end)
        return words

    def unfolded(self) -> list[Settled]:
        """The words that no epoch was planned with, in case order: those on the last epochs of a run."""
        return [self.settled[ordinal] for ordinal in sorted(self.settled)]

    @property
    def quiet(self) -> bool:
        """Nothing is out, and nothing more will be checked: there are no suspicions to come, or no requests left for them."""
        return not self.out and (not self.may_check() or (not self.suspicions and self.open_from >= self.next_ordinal))

    def take_exhausted(self, count: int) -> list[tuple[str, str]]:
        """The streams that ended in the first ``count`` epochs and were not told before."""
        ended = [stream for epoch in self.epochs[:count] for stream in epoch.exhausted]
        for epoch in self.epochs[:count]:
            epoch.exhausted = []
        return ended

    def renew_limits(self) -> None:
        """Share the requests that are left between exploring and checking; to be called when the run is quiet."""
        if self.budget.requests is not None:
            left = max(self.budget.requests - self.explored_requests - self.checked_requests, 0)
            for_checks = int(left * self.suspicion_share)
            self._explore_limit = self.explored_requests + left - for_checks
            self._check_limit = self.checked_requests + for_checks

    def may_explore(self) -> bool:
        """Whether the budget allows another explored case."""
        if self.budget.cases is not None and self.next_ordinal >= self.budget.cases:
            return False
        return self._explore_limit is None or self.explored_requests < self._explore_limit

    def may_check(self) -> bool:
        """Whether the budget allows another suspicion."""
        if self._check_limit is not None:
            return self.checked_requests < self._check_limit
        return self.checked_requests < self.suspicion_share * self.explored_requests + FREE_CHECKS
