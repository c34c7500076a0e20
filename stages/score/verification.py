"""Checking the causes first seen at one ordinal again: confirm them by sending the case again, then make their cases smaller.

A state machine without I/O. What it asks for next depends on the answers to its own attempts only, never on other ordinals or on time, so
equal answers make equal attempts, and a restart that feeds it stored verdicts stands where the interrupted run stood.
"""

from collections import deque
from collections.abc import Callable, Generator
from typing import Final, Protocol

from msgspec import Struct

from pipeline.messages import Case, Exchange, Failure, Suspicion, Verdict
from stages.score.causes import TIMING, Cause, of_step
from stages.score.config import ScoreConfig
from stages.score.revive import unhurried

# These are sent as they are: of their request nothing matters, a smaller one may not be wrong any more, or every try costs a time limit.
_NOT_MINIMISED: Final = frozenset({"authentication_ignored", "secret_leaked", "invalid_accepted"})
_COSTLY: Final = frozenset({"hang"})
# Another status of these speaks of the moment: the object is gone or there already, the target is busy.
_OF_THE_MOMENT: Final = frozenset({404, 409, 410, 412, 429, 503})
_BUSY: Final = frozenset({429, 503})

_PATIENCE: Final = 3

Shrink = Callable[[Case], Generator[Case, bool, Case]]


class Renewal(Protocol):
    """What is known of making objects: see ``revive.Makers``."""

    def revived(self, case: Case) -> list[Case]: ...
    def anew(self, case: Case) -> list[Case]: ...
    def alone(self, case: Case, token: str) -> Case | None: ...
    def twice(self, case: Case) -> Case | None: ...
    def as_sent(self, case: Case, token: str) -> Case: ...


class Result(Struct, frozen=True, kw_only=True):
    """What one attempt showed. ``failures`` is None where it says nothing (unmet, withheld); ``exchange`` is there when it reproduced."""

    attempt: int
    failures: list[Failure] | None
    status: int
    exchange: Exchange | None = None


class Progress(Struct, kw_only=True):
    """What follows from a result: causes whose word changed, those confirmed just now, and suspicions to send."""

    changed: list[Cause] = []
    confirmed: list[Cause] = []
    suspicions: list[Suspicion] = []
    reproduced: bool = False


class Verification:
    """The attempts of one ordinal from 1 on. At most ``suspicions_per_case`` are out at a time."""

    def __init__(self, first: Verdict, case: Case, causes: list[Cause], config: ScoreConfig, *, shrink: Shrink, renewal: Renewal) -> None:
        self._ordinal = first.ordinal
        self._agent = first.agent
        self._case = case
        self._status = first.status
        self._answered = first.status not in {0, *_BUSY}  # else being busy is what was seen, or a request that drops is not to be repeated
        self._again = unhurried(case) if all(cause.of_load for cause in causes) else case
        self._waited = False
        self._causes = causes
        self._config = config
        self._shrink = shrink
        # Now, as what is known of makers grows with time; never later, or it would depend on what else was answered.
        self._renewal = renewal
        self._renewed = deque(renewal.revived(case))
        self._anew = deque(renewal.anew(case))
        self._under_new_names = False
        self._alone = renewal.alone(case, f"{first.ordinal}x")
        self._twice = renewal.twice(case)
        self._next = 1
        self._waiting: deque[Case] = deque()
        self._out: set[int] = set()
        self._results: dict[int, Result] = {}
        self._confirming = True
        self._cases: dict[int, Case] = {}
        self._minimise: deque[Cause] = deque()
        self._smaller: Generator[Case, bool, Case] | None = None
        self._tries = 0
        self._unsaid = False  # the last candidate's answer said nothing of the causes
        self.open = True

    @property
    def waiting(self) -> int:
        """Suspicions that are not sent yet."""
        return len(self._waiting)

    @property
    def outstanding(self) -> list[int]:
        """Attempts that are sent and not answered."""
        return sorted(self._out)

    def start(self) -> list[Suspicion]:
        """The first suspicions."""
        case = self._again
        if 200 <= self._status < 300 and _consumes(case) and self._renewed:
            case = self._renewed.popleft()
        self._waiting.extend([case] * self._config.confirmations)
        return self._send()

    def resend(self) -> list[Suspicion]:
        """After a restart: the suspicions that were sent and never answered, once more."""
        return [self._suspicion(attempt, self._cases[attempt]) for attempt in self.outstanding]

    def result(self, result: Result) -> Progress:
        """Take in the answer to one attempt; an answer nobody waits for is ignored."""
        progress = Progress()
        if result.attempt not in self._out:
            return progress
        self._out.discard(result.attempt)
        self._results[result.attempt] = result
        if self._confirming:
            progress.reproduced = result.failures is not None and any(_shows_alike(result, cause) for cause in self._causes)
            if not self._out and not self._waiting:
                self._judge_confirmations(progress)
        else:
            self._judge_smaller(result, progress)
        progress.suspicions = self._send()
        self.open = bool(self._out or self._waiting)
        return progress

    def conclude(self) -> None:
        """The run is over while attempts are out: they say nothing, and what the others showed stands."""
        if not self._confirming:
            return
        missing = range(self._next, self._next + len(self._waiting))
        self._results.update((attempt, Result(attempt=attempt, failures=None, status=0)) for attempt in (*self._out, *missing))
        self._word(Progress())
        self._confirming = self.open = False

    # ── confirming ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def _judge_confirmations(self, progress: Progress) -> None:
        results = [self._results[attempt] for attempt in sorted(self._results)]
        conclusive = [result for result in results if not self._inconclusive(result)]
        if not conclusive and self._answered and not self._waited and any(result.status in _BUSY for result in results):
            self._waited = True
            self._again = unhurried(self._case)
            self._results.clear()
            self._waiting.extend([self._again] * self._config.confirmations)
            return
        if not conclusive and self._renewed:
            self._results.clear()
            self._waiting.extend([self._renewed.popleft()] * self._config.confirmations)
            return
        if not conclusive and self._anew:
            self._under_new_names = True
            self._results.clear()
            self._waiting.extend([self._anew.popleft()] * self._config.confirmations)
            return
        self._word(progress)
        self._confirming = False
        self._next_smaller()

    def _word(self, progress: Progress) -> None:
        """What the results say of each cause: confirmed where one shows it and the check asks for no more."""
        results = [self._results[attempt] for attempt in sorted(self._results)]
        conclusive = [result for result in results if not self._inconclusive(result)]
        for cause in self._causes:
            if cause.ordinal != self._ordinal:
                continue  # a later case shows more of it, and is sent again in place of this one
            shown = [result for result in conclusive if _shows_alike(result, cause)]
            same = any(_shows(result, cause) for result in shown)
            cause.verifying = False
            known = cause.former is not None and cause.former.state == "confirmed"
            if not conclusive or (len(shown) == len(conclusive) < len(results) and cause.failure.check in TIMING):
                cause.state = "unverified"
            elif shown and _proves(cause, shown, results):
                cause.state = "confirmed"
                cause.confirmations = len(shown)
                cause.varies = not same
                progress.confirmed += [] if known else [cause]
                self._keep_revived(cause, shown[0])
                if same and cause.failure.check not in _COSTLY and self._config.minimise_max:
                    self._minimise.append(cause)
            else:
                cause.state = "flaky"
            if cause.state != "confirmed":
                cause.restore()
            progress.changed.append(cause)

    def _inconclusive(self, result: Result) -> bool:
        """Whether the answer says nothing of the causes, only of the moment."""
        if result.failures is None:
            return True
        if any(_shows_alike(result, cause) for cause in self._causes):
            return False
        if self._under_new_names and 400 <= result.status < 500:  # a text was made new that names nothing
            return result.status != self._status
        return result.status in _OF_THE_MOMENT and result.status != self._status

    def _keep_revived(self, cause: Cause, result: Result) -> None:
        """What was confirmed with a new object is reported with the steps that make it."""
        case = self._cases[result.attempt]
        if case is not self._again and result.exchange is not None:
            cause.prove(case, of_step(result.exchange.sent, cause.failure.step))

    # ── making smaller ───────────────────────────────────────────────────────────────────────────────────────────────────

    def _next_smaller(self) -> None:
        """Begin with the next cause that has a smaller case to try."""
        while self._minimise:
            cause = self._minimise[0]
            assert cause.case is not None
            self._smaller = self._alone_and_smaller(cause)
            self._tries = 0
            if self._ask(None):
                return
            self._minimise.popleft()
        self._smaller = None

    def _alone_and_smaller(self, cause: Cause) -> Generator[Case, bool, Case]:
        """First the case that makes its own object, so that it can be repeated on another day; from there smaller ones."""
        assert cause.case is not None
        case = cause.case
        if case is self._case:
            case = yield from self._repeatable(case)
        if cause.failure.check in _NOT_MINIMISED:
            return case
        return (yield from self._shrink(case))

    def _repeatable(self, case: Case) -> Generator[Case, bool, Case]:
        """A case that needs nothing of what the run made. One that makes an object needs none, unless it is about two of one name."""
        for renewed in self._renewed:
            if shown := (yield from self._patiently(renewed)):
                return shown
        if self._alone is not None and (yield from self._patiently(self._alone)):
            return case
        if self._twice is not None and (shown := (yield from self._patiently(self._twice))):
            return shown
        return case

    def _patiently(self, candidate: Case) -> Generator[Case, bool, Case | None]:
        """The form in which a candidate shows the cause; sent again while only the moment answers, such as a database that is locked: then
        its steps wait, which may take many requests."""
        for attempt in range(_PATIENCE):
            form = unhurried(candidate) if attempt and self._answered else candidate
            if (yield form):
                return form
            if not self._unsaid:
                return None
        return None

    def _ask(self, reproduced: bool | None) -> bool:
        """Queue the next candidate; False: there is none, or enough were tried."""
        assert self._smaller is not None
        try:
            candidate = next(self._smaller) if reproduced is None else self._smaller.send(reproduced)
        except StopIteration:
            return False
        if self._tries >= self._config.minimise_max:
            self._smaller.close()
            return False
        self._tries += 1
        self._waiting.append(candidate)
        return True

    def _judge_smaller(self, result: Result, progress: Progress) -> None:
        cause = self._minimise[0]
        reproduced = result.failures is not None and _shows(result, cause)
        self._unsaid = self._inconclusive(result)
        progress.reproduced = reproduced
        if reproduced and result.exchange is not None and cause.ordinal == self._ordinal:
            cause.prove(self._cases[result.attempt], of_step(result.exchange.sent, cause.failure.step))
        if not self._ask(reproduced):
            progress.changed.append(cause)
            self._minimise.popleft()
            self._next_smaller()

    # ── sending ──────────────────────────────────────────────────────────────────────────────────────────────────────────

    def _send(self) -> list[Suspicion]:
        made: list[Suspicion] = []
        while self._waiting and len(self._out) < self._config.suspicions_per_case:
            case = self._renewal.as_sent(self._waiting.popleft(), f"{self._ordinal}x{self._next}")
            self._cases[self._next] = case
            self._out.add(self._next)
            made.append(self._suspicion(self._next, case))
            self._next += 1
        return made

    def _suspicion(self, attempt: int, case: Case) -> Suspicion:
        cause = self._causes[0] if self._confirming else self._minimise[0]
        return Suspicion(
            ordinal=self._ordinal,
            attempt=attempt,
            purpose="confirm" if self._confirming else "minimise",
            agent=self._agent,
            key=cause.key,
            case=case,
        )


def _shows(result: Result, cause: Cause) -> bool:
    """Whether an answer has the cause; a note of the same key is less than the finding, and proves nothing."""
    return any(failure.key == cause.key and failure.note == cause.failure.note for failure in result.failures or ())


def _proves(cause: Cause, shown: list[Result], results: list[Result]) -> bool:
    """What a moment may cause shows each time; what load may cause, each time while nothing else is under way."""
    if cause.failure.check not in TIMING and not cause.of_load:
        return True
    ends = [of_step(result.exchange.sent, cause.failure.step) for result in shown if result.exchange is not None]
    alone = [end for end in ends if end is not None and end.reply is not None and end.reply.alone]
    return len(shown) == len(results) and (len(alone) == len(results) or not cause.of_load)


def _shows_alike(result: Result, cause: Cause) -> bool:
    """The same, or the same status of a 5xx in other words: many servers put a word of the moment into them."""
    if _shows(result, cause):
        return True
    seen = cause.failure
    return seen.check == "server_error" and any(
        (one.check, one.operation, one.note, one.signature[:3]) == (seen.check, seen.operation, seen.note, seen.signature[:3])
        for one in result.failures or ()
    )


def _consumes(case: Case) -> bool:
    """Whether a success of the attempt uses its object up."""
    return any(step.role == "attempt" and (step.method or step.operation).upper().startswith("DELETE") for step in case.steps)
