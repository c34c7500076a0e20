"""On arrival: one exchange to its failures and its lessons. Pure, and the same whatever came before."""

from collections.abc import Sequence

from msgspec import Struct

from pipeline.messages import Exchange, Failure, Knowledge, NoReply, Sent
from stages.score.checks import CHECKS, Check
from stages.score.config import ScoreConfig
from stages.score.context import Context
from stages.score.learning import learn
from stages.score.model import Model

_SAYS_NOTHING = frozenset({"withheld", "unmet", "unserialisable", "unknown-variable", "blocked", "unrecorded", "undecided"})


class Judged(Struct, frozen=True, kw_only=True):
    """An exchange with what the checks say of it and what it teaches."""

    exchange: Exchange
    failures: list[Failure]
    knowledge: Knowledge


class Judge:
    """The checks of one run, in their order, those switched off left out."""

    def __init__(self, model: Model, config: ScoreConfig) -> None:
        off = frozenset(config.checks_off)
        self._checks: tuple[Check, ...] = tuple(check for name, check in CHECKS.items() if name not in off)
        self._model = model
        self._config = config

    def judge(self, exchange: Exchange) -> Judged:
        """Run every check on every request that was sent. Failures come in the order of requests and checks, each key once."""
        failures: dict[str, Failure] = {}
        contexts: list[tuple[Context, Sent]] = []
        for sent in exchange.sent:
            context = Context(self._model, exchange, sent, schema_failures=self._config.schema_failures)
            contexts.append((context, sent))
            if sent.failure is not None and sent.failure.kind in _SAYS_NOTHING:
                continue
            for check in self._checks:
                for failure in check(context, exchange, sent):
                    failures.setdefault(failure.key, failure)
        knowledge = Knowledge()
        if exchange.trial.purpose == "explore":
            knowledge = learn(exchange, contexts, limit=self._config.instances_per_answer)
        return Judged(exchange=exchange, failures=list(failures.values()), knowledge=knowledge)


def attempt(exchange: Exchange) -> Sent | None:
    """The last word on the attempt, or None where the case ended before it; a case without an attempt has its last request in its place."""
    attempts = {step.name for step in exchange.trial.case.steps if step.role == "attempt"}
    for sent in reversed(exchange.sent):
        if sent.step in attempts or not attempts:
            return sent
    return None


def ending(sent: Sequence[Sent]) -> NoReply | None:
    """Why a case ended before its time, or None."""
    return next((one.failure for one in reversed(sent) if one.failure is not None), None)
