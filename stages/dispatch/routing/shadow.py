"""When to replay a job on another arm, once its caller was answered: safe, since the same job makes the same tests.

A budget of a share of the live milliseconds, spent on jobs that are shorter than most (an observation of ln ms teaches as much on a short
job), and few at a time. A surprise is looked into soon, on account. The first samples of an arm are taken on credit.
"""

from msgspec import Struct

CREDIT = 20  # shadows for arms without enough samples that the budget does not limit
SAVED_JOBS = 64  # the budget of at most so many jobs is saved up
SURPRISE = 1.3  # standard deviations that an arm was faster than predicted: it may be the best by now
LOOKS = 4  # shadows that follow a surprise ...
LOOK = 0.8  # ... on jobs that take at most so many times the mean live job
SHORT = 0.45  # the same without a surprise, unless ...
PATIENCE = 16  # ... there was no replay for so many jobs, as where all are alike; then up to ...
LONGEST = 1.2
DEBT = 0.02  # of the live milliseconds of ``SAVED_JOBS`` jobs, that looks into a surprise may overdraw


class Shadows(Struct, kw_only=True):
    """What may be spent, and when next."""

    budget_ms: float = 0.0
    live_ms: float = 0.0  # of a job, of late
    next_job: int = 0
    last_job: int = 0
    in_flight: int = 0
    credit: int = CREDIT
    looks: int = 0

    def earn(self, live_ms: float, share: float) -> None:
        """A caller was answered after so long."""
        self.live_ms = live_ms if self.live_ms == 0.0 else self.live_ms + 0.05 * (live_ms - self.live_ms)
        self.budget_ms = min(self.budget_ms + share * live_ms, SAVED_JOBS * share * self.live_ms)

    def affords(self, job: int, likely_ms: float) -> bool:
        """Whether one of that length may be started at that job."""
        longest = LONGEST if job - self.last_job >= PATIENCE else LOOK if self.looks else SHORT
        if likely_ms > longest * self.live_ms:
            return False
        if self.looks:
            return self.budget_ms > -DEBT * SAVED_JOBS * self.live_ms
        return likely_ms <= self.budget_ms

    def start(self, job: int, spacing: int, *, on_credit: bool) -> None:
        """A shadow starts at that job."""
        self.in_flight += 1
        if on_credit:
            self.credit -= 1
        self.last_job = job
        self.next_job = job + (1 if on_credit or self.looks else spacing)
        self.looks = max(self.looks - 1, 0)

    def end(self, spent_ms: float) -> None:
        """A shadow ended after so long."""
        self.in_flight = max(self.in_flight - 1, 0)
        self.budget_ms -= max(spent_ms, 0.0)

    def surprised(self) -> None:
        """Something is not as predicted: look again, now."""
        if not self.looks:
            self.looks = LOOKS
            self.next_job = 0
