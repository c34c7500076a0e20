"""Kinds and equality of canonical values."""

from typing import Literal, TypeAlias, cast

import msgspec
from msgspec.msgpack import Ext

from pipeline.messages import EXT_DECIMAL, EXT_INTEGER, EXT_TEXT, Value

Kind: TypeAlias = Literal["string", "integer", "number", "boolean", "object", "array", "null"]

KINDS: tuple[Kind, ...] = ("string", "integer", "number", "boolean", "object", "array", "null")

_encode = msgspec.msgpack.Encoder(order="sorted").encode


def kind_of(value: Value) -> Kind | None:
    """The JSON type of a value ("integer" for every whole number); None for raw bytes and variables, which have none."""
    match value:
        case None:
            return "null"
        case bool():
            return "boolean"
        case int():
            return "integer"
        case str() | bytes():
            return "string"
        case dict():
            return "object"
        case list():
            return "array"
        case Ext():
            return cast("Kind | None", {EXT_INTEGER: "integer", EXT_DECIMAL: "number", EXT_TEXT: "string"}.get(value.code))
        case _:
            return None


def key_of(value: Value) -> bytes:
    """Equal for equal values, whatever the order of their keys: MessagePack with sorted keys."""
    return _encode(value)
