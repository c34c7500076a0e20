"""What of a finding's request was broken on purpose: beside a server error it is the first thing that who mends it wants to know."""

from typing import Any, Final

from msgspec.msgpack import Ext

from pipeline.messages import EXT_VARIABLE, Case, Operation, Step
from stages.score.filled import parameter_of
from stages.score.inputs import accepts, body_schema
from stages.score.model import Model
from stages.score.violations import VIOLATES, in_words

# Of these a request has its bytes as they are (ext 4), so that what was made smaller since shows whether they are still there.
_OF_BYTES: Final = frozenset({"malformed", "encoding", "beyond-double"})
_OF_A_HEADER: Final = frozenset({"content-length", "content-encoding"})


def broken(model: Model, case: Case | None, step_name: str) -> str:
    """In words, "body/age is above maximum", where the request of the step (or, where the case has none of the name, of its attempt) still
    has it; "" where nothing was broken, or not surely."""
    if case is None:
        return ""
    place, found, label = next(iter(case.classes), "").partition(VIOLATES)
    named = [step for step in case.steps if step.name == step_name] or [step for step in case.steps if step.role == "attempt"]
    step = named[0] if named else None
    operation = model.operations.get(case.operation)
    if not found or step is None or operation is None or step.role != "attempt":
        return ""
    if place == "method":
        return f"the method is {label}"
    return f"{place} {in_words(label)}" if _is_there(model, operation, step, place, label) else ""


def _is_there(model: Model, operation: Operation, step: Step, place: str, label: str) -> bool:
    keyword = label.partition("/")[0]
    if keyword in _OF_A_HEADER:
        return any(each.location == "header" and each.name.lower() == keyword for each in step.arguments)
    if keyword == "media-type":
        documented = [media.media_type for media in operation.body.content] if operation.body is not None else []
        return step.body is not None and step.body.media_type not in documented
    parameter = parameter_of(operation, place)
    if parameter is None:
        if not f"{place}/".startswith("body/"):
            return False
        if step.body is None:
            return operation.body is not None and operation.body.required and label in {"required", "malformed/empty"}
        schema, where, value = body_schema(operation, step.body), f"body/{step.body.media_type}", step.body.value
    else:
        sent = [each.value for each in step.arguments if (each.location, each.name) == (parameter.location, parameter.name)]
        if not sent:
            return parameter.required and label == "required"
        schema, where, value = parameter.schema, f"{parameter.location}/{parameter.name}", sent[0]
    if keyword in _OF_BYTES:
        return _has_bytes(value)
    return not accepts(model, operation, where, schema, value)


def _has_bytes(value: Any) -> bool:
    """Whether somewhere in a value there is what MessagePack and JSON have no form for."""
    if isinstance(value, dict):
        return any(map(_has_bytes, value.values()))
    if isinstance(value, list):
        return any(map(_has_bytes, value))
    return isinstance(value, Ext) and value.code != EXT_VARIABLE
