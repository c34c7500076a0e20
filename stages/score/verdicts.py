"""Exchanges to verdict rows, and what an explored trial was worth."""

import msgspec

from pipeline.messages import Credit, Exchange, Failure, Knowledge, Reach, Sent, Settled, Verdict
from stages.score.config import Weights
from stages.score.coverage import CoverageBook
from stages.score.judging import Judged, attempt, ending
from stages.score.model import Model
from stages.score.standing import Standing, standing

_UNMET = frozenset({"unmet", "unknown-variable", "unserialisable", "unrecorded", "blocked"})
_WITHHELD = frozenset({"withheld", "undecided"})


def verdict_of(judged: Judged) -> Verdict:
    """The row of a trial, without what depends on the trials before it."""
    exchange = judged.exchange
    trial = exchange.trial
    sent = attempt(exchange)
    reply = sent.reply if sent else None
    failure = sent.failure if sent else ending(exchange.sent)
    outcome, duration = "unmet", 0.0
    if reply is not None:
        outcome, duration = "answered", reply.total_ms
    elif failure is not None:
        outcome, duration = _outcome(failure.kind), failure.total_ms
    return Verdict(
        ordinal=trial.ordinal,
        attempt=trial.attempt,
        purpose=trial.purpose,
        agent=trial.agent,
        arm=trial.arm,
        job=trial.job,
        epoch=trial.epoch,
        digest=trial.digest,
        operation=trial.case.operation,
        outcome=outcome,  # type: ignore[arg-type]  # one of the four by construction
        status=reply.status if reply else 0,
        duration_ms=duration,
        failures=judged.failures,
        made=exchange.made,
        removed=exchange.removed,
        started_at=exchange.started_at,
    )


def _outcome(kind: str) -> str:
    if kind in _UNMET:
        return "unmet"
    return "withheld" if kind in _WITHHELD else "no-reply"


def _beside(model: Model, exchange: Exchange, main: Sent | None) -> dict[Standing, list[tuple[str, int]]]:
    """The requests that left beside the attempt's last, by what their answers say."""
    beside: dict[Standing, list[tuple[str, int]]] = {"valid": [], "doubtful": [], "foreign": []}
    for sent in exchange.sent:
        if sent is not main and sent.request is not None:
            beside[standing(model, exchange, sent)].append((sent.operation, sent.reply.status if sent.reply else 0))
    return beside


def settle(verdict: Verdict, exchange: Exchange, knowledge: Knowledge, coverage: CoverageBook, weights: Weights) -> Verdict:
    """The row of an explored trial with its first word: what it covered that was new, its credit, its knowledge.

    ``coverage`` is that of the trials before it, and is left as it is. Worth = the weighted sum of new things (findings come later).
    """
    main = attempt(exchange)
    beside = _beside(coverage.model, exchange, main)
    reached = {name: list(each) for name, each in beside.items()}
    of_main: Standing = standing(coverage.model, exchange, main) if main is not None else "valid"
    if verdict.outcome in {"answered", "no-reply"}:
        reached[of_main].insert(0, (verdict.operation, verdict.status))
    own = [*reached["valid"], *reached["doubtful"]]
    new_operations = {key for key, status in reached["valid"] if 200 <= status < 300 and not coverage.has_success(key)}
    new_statuses = {(key, status) for key, status in own if status and status not in coverage.statuses(key)}
    requests = len(own) + len(reached["foreign"])
    sent = requests > 0
    known = coverage.of(verdict.operation)
    classes = sorted({name for name in exchange.trial.case.classes if name not in known.classes}) if sent else []
    parameters = sorted(_parameters(exchange) - known.parameters) if sent else []
    worth = weights.operation * len(new_operations) + weights.status * len(new_statuses) + weights.parameter_class * len(classes)
    credit = Credit(
        operations=len(new_operations),
        statuses=len(new_statuses),
        classes=len(classes),
        requests=requests,
        worth=round(worth, 6),
        reach=Reach(
            identity=main.identity if main else "",
            standing=of_main,
            beside=beside["valid"],
            doubtful=beside["doubtful"],
            foreign=beside["foreign"],
            classes=classes,
            parameters=parameters,
        ),
    )
    settled = Settled(
        ordinal=verdict.ordinal,
        job=verdict.job,
        operation=verdict.operation,
        agent=verdict.agent,
        credit=credit,
        knowledge=knowledge,
    )
    return msgspec.structs.replace(verdict, settled=settled)


def _parameters(exchange: Exchange) -> set[str]:
    names: set[str] = set()
    for step in exchange.trial.case.steps:
        if step.role == "attempt":
            names.update(f"{argument.location}/{argument.name}" for argument in step.arguments)
            if step.body is not None:
                names.add("body")
    return names


def says_nothing(verdict: Verdict, failures: list[Failure]) -> bool:
    """Whether a trial tells nothing of the target: it was not carried out, or did not reach it."""
    return verdict.outcome in {"unmet", "withheld"} or (verdict.outcome == "no-reply" and not failures)
