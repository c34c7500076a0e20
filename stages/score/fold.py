"""The fold of a run: judged exchanges in, verdicts, feedback and findings out. Pure; nothing here waits or knows the time.

Explored trials are folded in the order of their ordinals, whatever the order of arrival, so first sights, credit, knowledge and coverage
are the same at one and at many in flight. Attempts to confirm or to minimise are taken as they come: each ordinal has a state machine of
its own.
"""

from collections import deque

import msgspec
from msgspec import Struct

from pipeline.messages import Case, Coverage, Exchange, Feedback, Finding, Made, Settled, Suspicion, TargetState, Verdict
from stages.score.causes import TIMING, Cause, Causes
from stages.score.config import ScoreConfig
from stages.score.coverage import CoverageBook
from stages.score.death import target_died
from stages.score.findings import finding, mass_finding
from stages.score.judging import Judged, ending
from stages.score.minimise import shrink
from stages.score.model import Model
from stages.score.news import News
from stages.score.revive import Makers
from stages.score.verdicts import says_nothing, settle, verdict_of
from stages.score.verification import Progress, Result, Verification

_LAST_SEEN = 64  # exchanges that a death is told with


class Outcome(Struct, kw_only=True):
    """What is to be sent now: rows and findings to persist, words to dispatch."""

    verdicts: list[Verdict] = []
    findings: list[Finding] = []
    settled: list[Settled] = []
    suspicions: list[Suspicion] = []
    finished: list[tuple[int, int]] = []
    corrections: list[tuple[int, float]] = []
    made: list[Made] = []
    removed: list[str] = []


class Fold:
    """One run's state. ``add`` and ``refold`` change it; ``take`` hands out what they caused."""

    def __init__(self, config: ScoreConfig, model: Model) -> None:
        self._config = config
        self._model = model
        self.coverage = CoverageBook(model, config.min_tested_percent)
        self.causes = Causes(config, model.target, self.coverage.in_scope)
        self._makers = Makers(model)
        self._news = News()
        self._verifications: dict[int, Verification] = {}
        self._next = 0
        self._held: dict[int, Judged] = {}
        self._finished_early: set[int] = set()
        self._last: deque[Exchange] = deque(maxlen=_LAST_SEEN)
        self._dirty: dict[int, Cause] = {}
        self._sent_findings: dict[str, Finding] = {}
        self._dead = False
        self._ended = False
        self._outcome = Outcome()

    # ── what is known ────────────────────────────────────────────────────────────────────────────────────────────────────

    @property
    def open_from(self) -> int:
        """Below this no ordinal has suspicions to come."""
        return min(self._next, *self._verifications) if self._verifications else self._next

    @property
    def held(self) -> int:
        """Answers that wait for an earlier ordinal."""
        return len(self._held)

    @property
    def waiting(self) -> int:
        """Suspicions that wait here because their case has enough of them out."""
        return sum(verification.waiting for verification in self._verifications.values())

    # ── taking in ────────────────────────────────────────────────────────────────────────────────────────────────────────

    def add(self, judged: Judged) -> None:
        """Take in one judged exchange."""
        trial = judged.exchange.trial
        self._outcome.made.extend(judged.exchange.made)
        self._outcome.removed.extend(judged.exchange.removed)
        if any(sent.request is not None for sent in judged.exchange.sent):
            self._last.append(judged.exchange)
        if trial.purpose != "explore":
            self._outcome.finished.append((trial.ordinal, trial.attempt))
            self._add_attempt(judged)
            return
        if trial.ordinal < self._next:
            self._outcome.finished.append((trial.ordinal, 0))  # answered twice: the first word stands
            return
        self._held[trial.ordinal] = judged
        if len(self._held) < self._config.reorder_max:
            self._finished_early.add(trial.ordinal)
            self._outcome.finished.append((trial.ordinal, 0))
        while self._next in self._held:
            self._settle(self._held.pop(self._next))
            self._next += 1

    def flush(self) -> None:
        """Fold what is held although an earlier ordinal never came: the run is ending."""
        for ordinal in sorted(self._held):
            self._settle(self._held.pop(ordinal))
            self._next = ordinal + 1

    def _settle(self, judged: Judged) -> None:
        """Fold one explored trial: its first word."""
        exchange = judged.exchange
        why = ending(exchange.sent)
        if why is not None and why.kind == "blocked":
            self.coverage.silent(why.detail)
        knowledge = self._news.fresh(judged.knowledge)
        verdict = settle(verdict_of(judged), exchange, knowledge, self.coverage, self._config.weights)
        assert verdict.settled is not None
        new = self._apply(verdict, exchange)
        kept = exchange if new or verdict.settled.credit.operations or self._sampled(verdict) else None
        self._outcome.verdicts.append(msgspec.structs.replace(verdict, exchange=kept))
        self._outcome.settled.append(verdict.settled)
        if verdict.ordinal in self._finished_early:
            self._finished_early.discard(verdict.ordinal)
        else:
            self._outcome.finished.append((verdict.ordinal, 0))

    def _sampled(self, verdict: Verdict) -> bool:
        return self._model.keeps_all or verdict.ordinal % self._config.sample_every == 0

    def _apply(self, verdict: Verdict, exchange: Exchange | None) -> list[Cause]:
        """What a first word changes; the same whether it comes from the wire or from the store."""
        assert verdict.settled is not None
        self.coverage.record(verdict)
        if verdict.settled.credit.operations and exchange is not None:
            self._makers.learn(exchange)
        self._makers.saw(verdict.settled.knowledge)
        new = self.causes.see(verdict, exchange)
        self._touch(new)
        to_verify = [cause for cause in new if cause.verifying]
        if to_verify and exchange is not None:
            self._verify(verdict, exchange.trial.case, to_verify)
        return new

    def _verify(self, verdict: Verdict, case: Case, causes: list[Cause]) -> None:
        verification = Verification(
            verdict,
            case,
            causes,
            self._config,
            shrink=lambda smaller: shrink(self._model, smaller),
            renewal=self._makers,
        )
        self._verifications[verdict.ordinal] = verification
        self._outcome.suspicions.extend(verification.start())

    def _add_attempt(self, judged: Judged) -> None:
        verdict = verdict_of(judged)
        progress = self._advance_verification(verdict, judged.exchange)
        correction = self._config.weights.finding * len(progress.confirmed)
        if correction:
            self._outcome.corrections.append((verdict.ordinal, correction))
        kept = judged.exchange if progress.reproduced or self._model.keeps_all or verdict.purpose == "replay" else None
        self._outcome.verdicts.append(msgspec.structs.replace(verdict, correction=correction, exchange=kept))
        self._outcome.suspicions.extend(progress.suspicions)

    def _advance_verification(self, verdict: Verdict, exchange: Exchange | None) -> Progress:
        self.coverage.answered = self.coverage.answered or verdict.status > 0
        verification = self._verifications.get(verdict.ordinal)
        if verification is None or verdict.purpose not in {"confirm", "minimise"}:
            return Progress()
        failures = None if says_nothing(verdict, verdict.failures) else verdict.failures
        progress = verification.result(Result(attempt=verdict.attempt, failures=failures, status=verdict.status, exchange=exchange))
        if not verification.open:
            del self._verifications[verdict.ordinal]
        self._touch(progress.changed)
        return progress

    # ── resuming ─────────────────────────────────────────────────────────────────────────────────────────────────────────

    def refold(self, verdict: Verdict) -> None:
        """Take in a committed verdict of an interrupted run: ordinals ascending, attempts of an ordinal ascending behind its first word.

        What stands behind a missing ordinal is left out: dispatch sends from there on again.
        """
        if verdict.purpose != "explore":
            self._advance_verification(verdict, verdict.exchange)
            return
        if verdict.settled is None or verdict.ordinal != self._next:
            return
        self._news.told(verdict.settled.knowledge)
        self._apply(verdict, verdict.exchange)
        self._next += 1

    def resume(self) -> None:
        """After the last committed verdict: ask again for what was asked and not answered; nothing else of the past is sent again."""
        suspicions = [one for verification in self._verifications.values() for one in verification.resend()]
        self._outcome = Outcome(suspicions=suspicions)

    # ── handing out ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def take(self) -> Outcome:
        """What was caused since the last call."""
        outcome, self._outcome = self._outcome, Outcome()
        outcome.findings.extend(self._findings())
        return outcome

    def feedback(self, outcome: Outcome, target: str = "") -> Feedback:
        """The part of an outcome that dispatch hears."""
        return Feedback(
            run=self._model.run,
            settled=outcome.settled,
            suspicions=outcome.suspicions,
            finished=outcome.finished,
            corrections=outcome.corrections,
            open_from=self.open_from,
            made=outcome.made,
            removed=outcome.removed,
            target=target,
        )

    def _touch(self, causes: list[Cause]) -> None:
        for cause in causes:
            self._dirty[id(cause)] = cause

    def _findings(self) -> list[Finding]:
        """Findings whose word changed. Until every operation was visited, what a second operation shows too waits: it may be a mass."""
        everywhere = self._ended or len(self.coverage.visited) >= self.coverage.in_scope
        ready: list[Finding] = []
        for identity, cause in list(self._dirty.items()):
            is_early = cause.verifying or cause.varies or (cause.failure.check in TIMING and not self.coverage.answered)
            if is_early and not self._ended:
                continue
            shared = any(len(group.operations) > 1 for group in cause.groups)
            if (shared and not everywhere and cause.merged is None) or (cause.state == "unverified" and not self._ended):
                continue
            del self._dirty[identity]
            ready.extend(self._current(cause))
        return [one for one in ready if self._is_news(one)]

    def _current(self, cause: Cause) -> list[Finding]:
        """A cause's finding, or that of the group it is part of, with a word on the ones it replaces."""
        if cause.merged is None:
            return [finding(self._model, cause)]
        group = cause.merged
        if group.kind == "varying" and not self._ended:
            return []  # at the end it may be part of a larger one
        members = [member for member in group.members if member.merged is group]
        whole = mass_finding(self._model, group)
        known = self._sent_findings.get(whole.id)
        if not self._ended and (any(member.verifying for member in members) or (known is not None and known.state == whole.state)):
            return []  # it is not decided yet, or only grows: its operations and counts are brought up to date at the end
        replaced = [finding(self._model, one) for one in members]
        return [whole, *(one for one in replaced if one.id in self._sent_findings)]

    def _is_news(self, made: Finding) -> bool:
        if self._sent_findings.get(made.id) == made:
            return False
        self._sent_findings[made.id] = made
        return True

    # ── the end ──────────────────────────────────────────────────────────────────────────────────────────────────────────

    def target_state(self, state: TargetState) -> None:
        """Hear of the target as a whole. A death is one finding, and takes the unproved losses of its last moments with it."""
        if state.state == "blocking":
            self.coverage.blocked(state.detail)
        if state.state == "dead" and not self.coverage.answered:
            self.coverage.silent(state.detail)
        if state.state != "dead" or self._dead or not self.coverage.answered:
            return
        self._dead = True
        cause = target_died(self._model, state, list(self._last))
        self.causes.by_key[cause.key] = cause
        self._touch([cause])

    def _doubt_the_target(self) -> None:
        """Nothing was ever answered: that is no fault of its operations, it is another program, or none, that was asked."""
        first = next((cause.failure for cause in self.causes.by_key.values() if cause.failure.check in TIMING), None)
        if first is not None:
            self.coverage.silent(f"{first.title} ({first.detail})" if first.detail else first.title)
        self.causes.forget_losses(whatever_is_proved=True)

    def end(self) -> Coverage:
        """The run is over: what is not proved stays unverified, groups are judged by what was tried, counts are brought up to date."""
        self.flush()
        self._ended = True
        for verification in self._verifications.values():
            verification.conclude()
        self._verifications.clear()
        if not self.coverage.answered:
            self._doubt_the_target()
        elif self._dead:
            self.causes.forget_losses()
        for cause in self.causes.by_key.values():
            cause.conclude()
        self.causes.settle_mass(self.coverage.attempted)
        self.causes.settle_load(self.coverage.was_answered)
        self.causes.settle_triggers()
        self.causes.settle_words()
        self._dirty.clear()
        self._touch(list(self.causes.by_key.values()))
        return self.coverage.snapshot(whole=True)
