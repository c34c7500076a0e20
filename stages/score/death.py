"""The one finding of a target that stops answering."""

from collections.abc import Sequence

from pipeline.messages import Exchange, Failure, Sent, TargetState
from stages.score.causes import Cause
from stages.score.model import Model
from stages.score.signature import fingerprint

CHECK = "target_died"
_LINES = 5


def target_died(model: Model, state: TargetState, last: Sequence[Exchange]) -> Cause:
    """The finding with the requests before it, in order of arrival. Its evidence is the first request that got no answer any more.

    A note where the target may only have been slow.
    """
    sent = [(exchange, one) for exchange in last for one in exchange.sent if one.request is not None]
    answered = [pair for pair in sent if pair[1].reply is not None]
    silent = [pair for pair in sent if pair[1].reply is None]
    since = [pair for pair in silent if pair[0].trial.ordinal >= state.after_ordinal]
    culprit = next(iter(since or silent or sent), None)
    lines = ["The last answers:", *(_line(one) for _, one in answered[-_LINES:])]
    lines += ["The first requests without an answer:", *(_line(one) for _, one in silent[:_LINES])]
    failure = Failure(
        key=fingerprint(model.target, "*", CHECK, "", ""),
        check=CHECK,
        severity="high",
        title="The target did not answer at the end of the run" if state.in_doubt else "The target stopped answering",
        rule="RFC 9110, 15: a server answers a request with a status",
        operation=culprit[1].operation if culprit else "",
        detail="\n".join([state.detail, *lines]).strip(),
        note=state.in_doubt,
    )
    trial = culprit[0].trial if culprit else None
    cause = Cause(failure=failure, ordinal=trial.ordinal if trial else 0, agent=trial.agent if trial else "", state="confirmed")
    cause.occurrences = 1
    if culprit is not None:
        cause.prove(culprit[0].trial.case, culprit[1])
    return cause


def _line(sent: Sent) -> str:
    assert sent.request is not None
    end = str(sent.reply.status) if sent.reply else (sent.failure.kind if sent.failure else "no answer")
    return f"{sent.request.method} {sent.request.url[:200]} → {end}"
