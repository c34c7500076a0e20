"""A request that breaks the document, and is accepted (OpenAPI 3.1, 4.8.12 and 4.8.13)."""

from collections.abc import Iterator
from typing import Final

from msgspec.structs import replace

from pipeline.messages import Exchange, Failure, Sent
from stages.score.context import Context

CHECK = "invalid_accepted"

_VIOLATES: Final = ":violates/"  # between the place and the keyword in the class of a negative case (native/GENERATION.md, section 19)
_OTHER_METHOD: Final = "method"
# What many servers forgive on purpose, as nothing is lost by it: a scalar of another kind that they convert, a format (an annotation by
# JSON Schema 2020-12, 7.2.1), members that nobody reads, NaN in JSON, JSON under another media type.
_FORGIVEN: Final = (
    "type/integer", "type/number", "type/boolean", "type/null", "format", "additionalProperties", "malformed/nan", "media-type",
)  # fmt: skip


def invalid_accepted(context: Context, exchange: Exchange, sent: Sent) -> Iterator[Failure]:
    """A 2xx to the attempt of a case with intent "invalid". One for each place; its signature is the keyword that is violated there first.

    A note where the violation is of a kind that servers forgive on purpose.
    """
    case, reply, step, operation = exchange.trial.case, sent.reply, context.step, context.operation
    if case.intent != "invalid" or reply is None or step is None or operation is None or step.role != "attempt":
        return
    place, found, label = next(iter(case.classes), "").partition(_VIOLATES)
    if not found or not 200 <= reply.status < 300 or sent.request is None:
        return
    method = sent.request.method
    if place == _OTHER_METHOD:
        if f"{method} {operation.path}" in context.model.operations:  # the agent sees a part of the document only
            return
        yield context.failure(
            CHECK,
            sent,
            severity="low",
            title=f"{method} is answered with {reply.status}, and the document has no such method here",
            rule=f"RFC 9110, 15.5.6: a method that the resource does not support is answered with 405; {operation.path} has no {method}",
            pointer=f"method {method}",
            signature_text=f"2xx for {method}",
        )
        return
    if not context.describes(sent) or step.mutation:
        return
    keyword = label.partition("/")[0]
    pointer = context.model.pointer(operation)
    failure = context.failure(
        CHECK,
        sent,
        severity="medium",
        title=f"Invalid input is accepted with {reply.status}: {place} violates {keyword}",
        rule=f"the request is not valid by {pointer}: {place} violates {label}",
        pointer=f"{pointer} {place}",
        signature_text="accepted",
        note=label.startswith(_FORGIVEN),
    )
    yield replace(failure, signature=f"2xx for what violates {keyword}")
