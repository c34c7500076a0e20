"""A request that is valid by the document, and refused (OpenAPI 3.1, 4.8.10: the document says what an operation takes)."""

from collections.abc import Iterator
from typing import Any

from msgspec.msgpack import Ext

from pipeline.messages import Case, Exchange, Failure, MediaType, Operation, Parameter, Sent, Step
from stages.score import jsontext, signature
from stages.score.context import Context

CHECK = "valid_rejected"

# 401 and 403 speak of credentials, 404, 409, 410, 412, 423, 424 and 428 of the state of objects, 408, 429 of the pace.
_JUDGED = frozenset({400, 405, 406, 411, 413, 414, 415, 416, 417, 422, 431})
_READING = frozenset({"GET", "HEAD", "OPTIONS", "QUERY", "TRACE"})
_OF_THE_INPUT = frozenset({400, 422})


def valid_rejected(context: Context, exchange: Exchange, sent: Sent) -> Iterator[Failure]:
    """A 4xx about its form to the attempt of a case with intent "valid".

    A note, as a document cannot tell all that a server may ask for. A finding where it leaves no reason: nothing of the request names an
    object or is free text, see ``_leaves_no_reason``. One for each operation and status, whatever the server says.
    """
    case, reply, step, operation = exchange.trial.case, sent.reply, context.step, context.operation
    if case.intent != "valid" or reply is None or step is None or operation is None or step.role != "attempt" or step.mutation:
        return
    if reply.status not in _JUDGED or not context.describes(sent) or context.model.expected(sent.operation, reply.status):
        return
    said = signature.message(reply, sent.request)
    finding = reply.status in _OF_THE_INPUT and _leaves_no_reason(context, case, operation, step)
    place = context.model.pointer(operation)
    yield context.failure(
        CHECK,
        sent,
        severity="medium",
        title=f"Valid request refused with {reply.status}: {said[:80]}" if finding else f"Valid requests are refused with {reply.status}",
        rule=f"the request is valid by {place}",
        pointer=place,
        signature_text=f"{reply.status}",
        detail=signature.answer_text(reply)[:600],
        note=not finding,
    )


def _leaves_no_reason(context: Context, case: Case, operation: Operation, step: Step) -> bool:
    """Whether the document itself names every value that the request has.

    So it is when no object is named (no slots, nothing learned or extracted), the case is a single step, and each value is an example or a
    default, a member of an enum, a boolean, or, once, an integer between two documented bounds (two of them may be a range that is empty).
    An operation that changes something and takes nothing ("stop the recording") refuses for the state that it finds, and one that documents
    refusals only does what it says.
    """
    if operation.method not in _READING and not operation.parameters and operation.body is None:
        return False
    if operation.responses and all(response.status[:1] in {"4", "5"} for response in operation.responses):
        return False
    if len(case.steps) > 1 or operation.slots or any(fill.source != "example" for fill in case.fills):
        return False
    if any(not security for security in operation.security) or (operation.security and not step.identity):
        return False
    documented = {(parameter.location, parameter.name): parameter for parameter in operation.parameters}
    numbers = 0
    for argument in step.arguments:
        parameter = documented.get((argument.location, argument.name))
        if parameter is None:
            return False
        kind = _named(context, parameter, argument.value)
        if not kind:
            return False
        numbers += kind == "number"
    return numbers <= 1 and _body_is_example(operation, step)


def _named(context: Context, parameter: Parameter, value: Any) -> str:
    """How the document names this value of a parameter: "value", "number" (between bounds), or "" (not at all)."""
    if isinstance(value, Ext) or value is None:
        return ""
    if value in parameter.examples:
        return "value"
    schema = _resolved(context, parameter.schema)
    if schema is None:
        return ""
    if _among(value, schema):
        return "value"
    if isinstance(value, bool):
        return "value" if schema.get("type") == "boolean" else ""
    if isinstance(value, int) and schema.get("type") == "integer":
        lower = schema.get("minimum", schema.get("exclusiveMinimum"))
        upper = schema.get("maximum", schema.get("exclusiveMaximum"))
        return "number" if lower is not None and upper is not None else ""
    return ""


def _among(value: Any, schema: dict[str, Any]) -> bool:
    named = [*schema.get("enum", []), *schema.get("examples", [])]
    named.extend(schema[key] for key in ("const", "default") if key in schema)
    return any(type(item) is type(value) and item == value for item in named)


def _resolved(context: Context, schema: Any) -> dict[str, Any] | None:
    for _ in range(8):
        if not isinstance(schema, dict):
            return None
        reference = schema.get("$ref")
        if not isinstance(reference, str):
            return schema
        schema = context.model.api.schemas.get(reference.removeprefix("#/$defs/").replace("~1", "/").replace("~0", "~"))
    return None


def _body_is_example(operation: Operation, step: Step) -> bool:
    if step.body is None:
        return operation.body is None or not operation.body.required
    if operation.body is None:
        return False
    return any(_is_example(media, step) for media in operation.body.content if media.media_type == step.body.media_type)


def _is_example(media: MediaType, step: Step) -> bool:
    assert step.body is not None
    sent = jsontext.plain(step.body.value)
    examples = list(media.examples)
    if isinstance(media.schema, dict):
        examples.extend(media.schema.get("examples", []))
    return any(jsontext.plain(example) == sent for example in examples)
