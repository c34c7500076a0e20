"""The one finding of a target that stops answering."""

from collections.abc import Sequence

from pipeline.messages import Exchange, Failure, TargetState
from stages.score.causes import Cause
from stages.score.model import Model
from stages.score.signature import fingerprint

CHECK = "target_died"


def target_died(model: Model, state: TargetState, last: Sequence[Exchange]) -> Cause:
    """The finding with the exchanges before it, in order of arrival; its evidence is the last request that left."""
    lines = [_line(exchange) for exchange in last]
    final = last[-1] if last else None
    failure = Failure(
        key=fingerprint(model.target, "*", CHECK, "", ""),
        check=CHECK,
        severity="high",
        title="The target stopped answering",
        rule="RFC 9110, 15: a server answers a request with a status",
        operation=final.trial.case.operation if final else "",
        detail="\n".join([state.detail, "The last requests before it:", *lines]).strip(),
    )
    cause = Cause(failure=failure, ordinal=final.trial.ordinal if final else 0, agent=final.trial.agent if final else "", state="confirmed")
    cause.occurrences = 1
    if final is not None:
        cause.prove(final.trial.case, next((sent for sent in reversed(final.sent) if sent.request is not None), None))
    return cause


def _line(exchange: Exchange) -> str:
    ends = []
    for sent in exchange.sent:
        if sent.request is not None:
            end = str(sent.reply.status) if sent.reply else (sent.failure.kind if sent.failure else "no answer")
            ends.append(f"{sent.request.method} {sent.request.url[:200]} → {end}")
    return "; ".join(ends)
