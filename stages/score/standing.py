"""What an answer says of the operation that was asked: the one place that decides which answers count as reaching it."""

from typing import Literal

from pipeline.messages import Case, Exchange, Sent, Step
from stages.score.context import is_framed
from stages.score.model import Model
from stages.score.violations import VIOLATES

Standing = Literal["valid", "doubtful", "foreign"]


def standing(model: Model, exchange: Exchange, sent: Sent) -> Standing:
    """*foreign*: a request that is not the operation's, by another method or with a length of its own (servers refuse that before they ask
    what it is for): no answer to it is the operation's. *doubtful*: the operation's own, but broken on purpose: what answers it may be no
    more than what stands before the operation. *valid*: all others; only these show by a 2xx that the operation can be reached."""
    case, operation = exchange.trial.case, model.operations.get(sent.operation)
    step = next((one for one in case.steps if one.name == sent.step), None)
    method = sent.request.method if sent.request is not None else step.method if step is not None else ""
    if is_framed(sent) or (operation is not None and method and method.upper() != operation.method.upper()):
        return "foreign"
    return "doubtful" if (step is None or step.role == "attempt") and _is_broken(case, step) else "valid"


def _is_broken(case: Case, step: Step | None) -> bool:
    """Whether the attempt is invalid, may be so by a violation that is only tried, or has another credential than it should."""
    is_tried = case.intent == "unspecified" and any(VIOLATES in name for name in case.classes)
    return case.intent == "invalid" or is_tried or (step is not None and step.mutation != "")


def is_taken(model: Model, exchange: Exchange, sent: Sent) -> bool:
    """Whether the operation took a valid request of its own: a 2xx."""
    return sent.reply is not None and 200 <= sent.reply.status < 300 and standing(model, exchange, sent) == "valid"
