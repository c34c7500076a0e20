"""Is an arm broken? Wald's sequential probability ratio test (1945) of "fails seven times of ten" against its usual rate.

An open arm stays in every order, last. After a back-off, counted in jobs, it may be tried; a trial that succeeds closes it.
"""

from math import log
from typing import Literal, TypeAlias

from msgspec import Struct

State: TypeAlias = Literal["closed", "open", "half-open"]
BROKEN = 0.7  # the failure rate of a broken arm
OPENS = 4.0
FIRST_BACKOFF = 8
LONGEST_BACKOFF = 64
USUAL = (0.03, 0.4)  # within these the usual failure rate is learned
USUAL_RATE = 0.02
FORGET = 0.98


class Breaker(Struct, kw_only=True):
    """The test's state, and the forgetting counts behind the arm's reliability."""

    evidence: float = 0.0
    usual: float = 0.05
    answered: float = 0.0
    failed: float = 0.0
    opened_at: int = -1  # the job at which it opened; -1: closed
    backoff: int = FIRST_BACKOFF

    def state(self, job: int) -> State:
        """Closed, open, or ready for a trial."""
        if self.opened_at < 0:
            return "closed"
        return "open" if self.opened_at <= job < self.opened_at + self.backoff else "half-open"

    @property
    def reliability(self) -> float:
        """The chance that a job is answered, of late."""
        return (self.answered + 3) / (self.answered + self.failed + 3.06)

    def success(self) -> None:
        """An answer came; of an open arm it was the trial."""
        self.answered = self.answered * FORGET + 1
        self.failed *= FORGET
        if self.opened_at >= 0:
            self.opened_at, self.evidence, self.backoff = -1, 0.0, FIRST_BACKOFF
            self.failed = min(self.failed, 1.0)
            return
        self.usual = max(self.usual * (1 - USUAL_RATE), USUAL[0])
        self.evidence = max(0.0, self.evidence + log((1 - BROKEN) / (1 - self.usual)))

    def trial_hung(self, job: int) -> None:
        """A trial was stopped, far beyond what was likely: as good as a failure."""
        if self.state(job) == "half-open":
            self.failure(job, timeout=True)

    def failure(self, job: int, *, timeout: bool) -> None:
        """A failure; a time-out weighs double."""
        self.answered *= FORGET
        self.failed = self.failed * FORGET + 1
        if self.opened_at >= 0:
            if self.state(job) == "half-open":
                self.backoff = min(self.backoff * 2, LONGEST_BACKOFF)
                self.opened_at = job
            return
        self.evidence += log(BROKEN / self.usual) * (2 if timeout else 1)
        self.usual = min(self.usual + USUAL_RATE * (1 - self.usual), USUAL[1])
        if self.evidence > OPENS:
            self.opened_at = job
