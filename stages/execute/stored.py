"""Answers of an earlier run in place of the network."""

import random
from collections.abc import Callable

import anyio.lowlevel

from pipeline.messages import Exchange, NoReply, Sent
from stages.execute.experiment import Call, Experiment

_LONGEST_TURN = 64


class StoredAnswers:
    """Feeds a stored run back: a trial's exchange by (ordinal, attempt), each call's end by its position in it.

    ``find`` gives a stored exchange, or None. Nothing is sent, journaled or made. With ``shuffle`` answers come back after a random
    number of turns of the event loop, by that seed, so that the order of completion differs from that of sending.
    """

    def __init__(self, find: Callable[[int, int], Exchange | None], *, shuffle: int | None = None) -> None:
        self._find = find
        self._random = random.Random(shuffle) if shuffle is not None else None

    async def send(self, experiment: Experiment, call: Call) -> Sent:
        """The stored end of the call; "blocked" where the stored run has none at this place."""
        if self._random is not None:
            for _ in range(self._random.randrange(_LONGEST_TURN)):
                await anyio.lowlevel.checkpoint()
        trial = experiment.trial
        stored = self._find(trial.ordinal, trial.attempt)
        position = len(experiment.sent)
        if stored is None or position >= len(stored.sent) or stored.sent[position].step != call.step.name:
            missing = NoReply(kind="blocked", detail=f"no stored answer for trial ({trial.ordinal}, {trial.attempt}), request {position}")
            return Sent(step=call.step.name, operation=call.step.operation, failure=missing)
        if position == 0:
            experiment.made = list(stored.made)
            experiment.removed = list(stored.removed)
        return stored.sent[position]
