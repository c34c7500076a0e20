"""What the document says of the values of a request: which schema a place has, and whether it accepts a value."""

from collections.abc import Iterator
from typing import Any

from msgspec.msgpack import Ext

from pipeline.messages import EXT_VARIABLE, Body, Operation, Schema, Value
from stages.score.jsontext import plain
from stages.score.model import Model


def variables(value: Any) -> Iterator[str]:
    if isinstance(value, Ext):
        if value.code == EXT_VARIABLE:
            yield bytes(value.data).decode("utf-8", "replace")
    elif isinstance(value, dict):
        for item in value.values():
            yield from variables(item)
    elif isinstance(value, list):
        for item in value:
            yield from variables(item)


def accepts(model: Model, operation: Operation, place: str, schema: Schema, value: Value) -> bool:
    if any(True for _ in variables(value)):
        return True
    validator = model.input_validator(operation, place, schema)
    if validator is None:
        return True
    try:
        return validator.is_valid(plain(value))
    except (ValueError, TypeError):  # bytes, raw values and lone surrogates, which no validator takes
        return True


def body_schema(operation: Operation | None, body: Body) -> Schema:
    if operation is None or operation.body is None:
        return True
    return next((entry.schema for entry in operation.body.content if entry.media_type == body.media_type), True)


def resolved(model: Model, schema: Schema) -> dict[str, Any]:
    for _ in range(8):
        if not isinstance(schema, dict):
            return {}
        reference = schema.get("$ref")
        if not isinstance(reference, str):
            return schema
        schema = model.api.schemas.get(reference.removeprefix("#/$defs/").replace("~1", "/").replace("~0", "~"))
    return {}
