"""A request that breaks the document, and is accepted (OpenAPI 3.1, 4.8.12 and 4.8.13)."""

from collections.abc import Iterator
from typing import Final

from msgspec.structs import replace

from pipeline.messages import Exchange, Failure, Operation, Sent
from stages.score.context import Context
from stages.score.filled import is_filled
from stages.score.violated import violated
from stages.score.violations import APPLICATORS, OF_FREE_NAMES, VIOLATES, in_words, of_many

CHECK = "invalid_accepted"

_OTHER_METHOD: Final = "method"
_LENGTH: Final = "content-length"
_CUTTING: Final = "content-length/short"
_LENGTHS: Final = {
    "content-length/not-a-number": "is not a number",
    "content-length/negative": "is negative",
    "content-length/differing": "is there twice, with two values",
    _CUTTING: "is one byte too small, which cuts its body",
}
# What many servers forgive on purpose, as nothing is lost by it: a scalar of another kind that they convert, a format (an annotation by
# JSON Schema 2020-12, 7.2.1), members that nobody reads, NaN in JSON, JSON under another media type.
_FORGIVEN: Final = ("type/integer", "type/number", "type/boolean", "type/null", "format", "malformed/nan", "media-type")
_UNREAD: Final = frozenset({"additionalProperties", "unevaluatedProperties"})
_ACCEPTED: Final = "2xx for what violates "
_SIGNATURE_OF_LENGTH: Final = "2xx for a wrong Content-Length"
_SIGNATURE_OF_CUTTING: Final = "2xx for a Content-Length that cuts the body"


def invalid_accepted(context: Context, exchange: Exchange, sent: Sent) -> Iterator[Failure]:
    """A 2xx to the attempt of a case with intent "invalid". One for each place (of properties that the schema does not name: for each
    keyword of their object); its signature is the keyword that is violated there first.

    A note where the violation is of a kind that servers forgive on purpose. Silent on parameters that execute fills by itself.
    """
    case, reply, step, operation = exchange.trial.case, sent.reply, context.step, context.operation
    if case.intent != "invalid" or reply is None or step is None or operation is None or step.role != "attempt":
        return
    place, found, label = next(iter(case.classes), "").partition(VIOLATES)
    if not found or not 200 <= reply.status < 300 or sent.request is None:
        return
    keyword = label.partition("/")[0]
    if place == _OTHER_METHOD:
        yield from _method(context, operation, sent, sent.request.method, reply.status)
        return
    if keyword == _LENGTH:
        yield _length(context, sent, label, reply.status)
        return
    if not context.describes(sent) or step.mutation or is_filled(context.model, operation, sent, place, absent=label == "required"):
        return
    broken = violated(context.model, operation, step, place, label)
    where, pointer = place, context.model.pointer(operation)
    if keyword in OF_FREE_NAMES:  # whatever the name, it is one cause at the object
        place = place.rpartition("/")[0]
        where = f"{place} {keyword}"
    what = f"{place} {in_words(label)}"
    rule = broken.pointer or f"{pointer}: {what}"
    failure = context.failure(
        CHECK,
        sent,
        severity="medium",
        title=f"Invalid input is accepted with {reply.status}: {what}",
        rule=f"the request is not valid by {rule}",
        detail=f"{place} {broken.said}" if broken.said else "",
        pointer=f"{pointer} {where}",
        signature_text="accepted",
        note=_is_forgiven(label),
    )
    yield replace(failure, signature=f"{_ACCEPTED}{keyword}")


def at_many(signature: str) -> str:
    """The title of causes of one signature, true of each of them."""
    if signature.startswith(_ACCEPTED):
        return f"Invalid input is accepted: {of_many(signature.removeprefix(_ACCEPTED))}"
    if signature == _SIGNATURE_OF_LENGTH:
        return "A request is accepted although its Content-Length is wrong"
    if signature == _SIGNATURE_OF_CUTTING:
        return "A request is accepted although its Content-Length cuts its body"
    return f"{signature.removeprefix('2xx for ')} is answered with a 2xx, and the document has no such method there"


def _is_forgiven(label: str) -> bool:
    keyword, inside, rest = label.partition("/")
    if inside and keyword in APPLICATORS:
        return _is_forgiven(rest)
    return label in _UNREAD or label.startswith(_FORGIVEN)


def _method(context: Context, operation: Operation, sent: Sent, method: str, status: int) -> Iterator[Failure]:
    if method in context.model.methods[operation.path]:  # the agent sees a part of the document only
        return
    yield context.failure(
        CHECK,
        sent,
        severity="low",
        title=f"{method} is answered with {status}, and the document has no such method here",
        rule=f"RFC 9110, 15.5.6: a method that the resource does not support is answered with 405; {operation.path} has no {method}",
        pointer=f"method {method}",
        signature_text=f"2xx for {method}",
    )


def _length(context: Context, sent: Sent, label: str, status: int) -> Failure:
    """Servers that disagree on where a request ends can be made to see one that nobody sent (CWE-444); it takes two of them."""
    what = _LENGTHS.get(label, "is wrong")
    valid = "RFC 9112, 6.3: a request with an invalid Content-Length is answered with 400, and its connection closed"
    cut = "RFC 9112, 6.3: the body ends where Content-Length says, and is none of its media type there"
    return context.failure(
        CHECK,
        sent,
        severity="low",
        title=f"A request is accepted with {status} although its Content-Length {what}",
        rule=cut if label == _CUTTING else valid,
        pointer=f"{_LENGTH} {what}",
        signature_text=_SIGNATURE_OF_CUTTING if label == _CUTTING else _SIGNATURE_OF_LENGTH,
    )
