"""The stage: joins the fold to the streams, run after run."""

from collections.abc import Callable, Iterable

import anyio
from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream

from pipeline.events import log
from pipeline.messages import ExchangeBatch, Feedback, RunEnded, RunStarted, TargetState, ToPersist, ToScore, Verdict, VerdictBatch
from stages.score.config import ScoreConfig
from stages.score.fold import Fold, Outcome
from stages.score.judging import Judge
from stages.score.model import Model

Restore = Callable[[str], Iterable[Verdict]]


def _nothing(_: str) -> Iterable[Verdict]:
    return ()


class Score:
    """Judges runs one after the other.

    ``restore`` gives the committed verdicts of a run that is resumed, in the order of (ordinal, attempt). ``has_answered``: the target is
    known to answer, so that a case without an answer says something of itself, though nothing else is sent (a replay).
    """

    def __init__(self, config: ScoreConfig, *, restore: Restore = _nothing, has_answered: bool = False) -> None:
        self._config = config
        self._restore = restore
        self._has_answered = has_answered

    async def __call__(
        self,
        inbox: MemoryObjectReceiveStream[ToScore],
        outbox: MemoryObjectSendStream[ToPersist],
        feedback: MemoryObjectSendStream[Feedback],
    ) -> None:
        """Serve until the inbox ends; then close both streams."""
        async with inbox, outbox, feedback, anyio.create_task_group() as tasks:
            words = FeedbackLine(feedback)
            tasks.start_soon(words.run)
            run: RunScore | None = None
            async for message in inbox:
                match message:
                    case RunStarted():
                        run = RunScore(message, self._config, outbox, words, has_answered=self._has_answered)
                        await outbox.send(message)
                        if message.request.resume:
                            await run.restore(self._restore(message.request.run))
                    case ExchangeBatch():
                        assert run is not None, "a batch outside of a run"
                        await run.judge(message)
                    case TargetState():
                        if run is not None:
                            await run.target_state(message)
                    case RunEnded():
                        if run is not None:
                            await run.end()
                            run = None
                        await outbox.send(message)
            words.close()


class FeedbackLine:
    """The way back to dispatch, on which score never waits: what cannot leave at once is joined to one message that leaves next."""

    def __init__(self, stream: MemoryObjectSendStream[Feedback]) -> None:
        self._stream = stream
        self._pending: Feedback | None = None
        self._wake = anyio.Event()
        self._closed = False

    def send(self, word: Feedback) -> None:
        """Send now or join; words to a dispatch that is gone are dropped."""
        if self._pending is None:
            try:
                self._stream.send_nowait(word)
            except anyio.WouldBlock:
                pass
            except anyio.BrokenResourceError:
                return
            else:
                return
        self._pending = joined(self._pending, word)
        self._wake.set()

    def close(self) -> None:
        """Nothing more will be sent; the task ends when the last word has left."""
        self._closed = True
        self._wake.set()

    async def run(self) -> None:
        """The task that waits in score's place."""
        while True:
            if self._pending is None:
                if self._closed:
                    return
                await self._wake.wait()
                self._wake = anyio.Event()
                continue
            word, self._pending = self._pending, None
            try:
                await self._stream.send(word)
            except anyio.BrokenResourceError:
                self._pending = None


def joined(first: Feedback | None, second: Feedback) -> Feedback:
    """Two words as one; a new run makes the words of the last one pointless."""
    if first is None or first.run != second.run:
        return second
    return Feedback(
        run=second.run,
        settled=first.settled + second.settled,
        suspicions=first.suspicions + second.suspicions,
        finished=first.finished + second.finished,
        corrections=first.corrections + second.corrections,
        open_from=second.open_from,
        made=first.made + second.made,
        removed=first.removed + second.removed,
        target=second.target or first.target,
    )


class RunScore:
    """One run: judges batches, folds them, and sends what follows."""

    def __init__(
        self,
        started: RunStarted,
        config: ScoreConfig,
        outbox: MemoryObjectSendStream[ToPersist],
        words: FeedbackLine,
        *,
        has_answered: bool = False,
    ) -> None:
        self._config = config
        self._run = started.request.run
        self._model = Model(started, target=config.target, validators_max=config.validators_max)
        self._judge = Judge(self._model, config)
        self._fold = Fold(config, self._model)
        self._fold.coverage.answered = has_answered
        self._outbox = outbox
        self._words = words
        self._verdicts = 0

    async def restore(self, verdicts: Iterable[Verdict]) -> None:
        """Stand where the interrupted run stood, and tell dispatch."""
        for verdict in verdicts:
            self._fold.refold(verdict)
        self._fold.resume()
        outcome = self._fold.take()
        self._words.send(self._fold.feedback(outcome))
        await self._report(outcome)

    async def judge(self, batch: ExchangeBatch) -> None:
        """Judge and fold a batch; dispatch hears of it before persist, so that it never waits for the disk."""
        for exchange in batch.exchanges:
            self._fold.add(self._judge.judge(exchange))
        outcome = self._fold.take()
        self._words.send(self._fold.feedback(outcome))
        await self._report(outcome)
        before = self._verdicts // self._config.coverage_every
        self._verdicts += len(outcome.verdicts)
        if self._verdicts // self._config.coverage_every > before:
            await self._outbox.send(self._fold.coverage.snapshot(whole=False))

    async def target_state(self, state: TargetState) -> None:
        """Fold the word on the target and hand it on, to both sides."""
        await self._outbox.send(state)
        self._fold.target_state(state)
        outcome = self._fold.take()
        self._words.send(self._fold.feedback(outcome, state.state))
        await self._report(outcome)

    async def end(self) -> None:
        """Close the run's books: the last verdicts and findings, and the whole coverage."""
        coverage = self._fold.end()
        await self._report(self._fold.take())
        await self._outbox.send(coverage)

    async def _report(self, outcome: Outcome) -> None:
        if outcome.verdicts:
            await self._outbox.send(VerdictBatch(run=self._run, verdicts=outcome.verdicts))
        for finding in outcome.findings:
            level = "debug" if finding.note or finding.merged_into else "info"
            log(
                "finding",
                run=self._run,
                finding=finding.id,
                check=finding.check,
                severity=finding.severity,
                operation=finding.operation,
                state=finding.state,
                title=finding.title,
                level=level,
            )
            await self._outbox.send(finding)
