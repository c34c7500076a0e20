"""What each JSON Schema keyword may say, and how what it must not say is mended (JSON Schema 2020-12 validation)."""

from typing import Any

from msgspec.msgpack import Ext

from pipeline.messages import Value
from stages.ingest.numbers import exact_number, is_integer, is_negative, is_number

TYPES = frozenset({"array", "boolean", "integer", "null", "number", "object", "string"})
MEANT_TYPES: dict[str, dict[str, str]] = {  # what unknown types stand for, as people use them
    "any": {},
    "bigint": {"type": "integer"},
    "binary": {"type": "string", "format": "binary"},
    "bool": {"type": "boolean"},
    "byte": {"type": "string", "format": "byte"},
    "char": {"type": "string"},
    "date": {"type": "string", "format": "date"},
    "date-time": {"type": "string", "format": "date-time"},
    "datetime": {"type": "string", "format": "date-time"},
    "decimal": {"type": "number"},
    "dict": {"type": "object"},
    "double": {"type": "number"},
    "email": {"type": "string", "format": "email"},
    "enum": {},
    "file": {"type": "string", "format": "binary"},
    "float": {"type": "number"},
    "hash": {"type": "object"},
    "int": {"type": "integer"},
    "int32": {"type": "integer"},
    "int64": {"type": "integer"},
    "list": {"type": "array"},
    "long": {"type": "integer"},
    "map": {"type": "object"},
    "numeric": {"type": "number"},
    "password": {"type": "string", "format": "password"},
    "str": {"type": "string"},
    "text": {"type": "string"},
    "timestamp": {"type": "string"},
    "uri": {"type": "string", "format": "uri"},
    "url": {"type": "string", "format": "uri"},
    "uuid": {"type": "string", "format": "uuid"},
}
MAX_VALUE_DEPTH = 100


_NOTHING = object()


class BadKeywordError(Exception):
    """A keyword's value cannot stand; the text says why. ``mended`` tells whether ``instead`` holds what is clearly meant."""

    def __init__(self, why: str, instead: Value = _NOTHING) -> None:
        super().__init__(why)
        self.mended = instead is not _NOTHING
        self.instead = instead


def ordered(value: Value, depth: int = 0) -> Value:
    """A value with its maps sorted by key. Raises ``BadKeywordError`` past ``MAX_VALUE_DEPTH`` levels."""
    if isinstance(value, dict):
        if depth >= MAX_VALUE_DEPTH:
            raise BadKeywordError(f"a value of more than {MAX_VALUE_DEPTH} levels")
        return {key: ordered(value[key], depth + 1) for key in sorted(value)}
    if isinstance(value, list):
        if depth >= MAX_VALUE_DEPTH:
            raise BadKeywordError(f"a value of more than {MAX_VALUE_DEPTH} levels")
        return [ordered(item, depth + 1) for item in value]
    return value


def count(value: Value) -> int:
    """The value of minLength, maxItems and their kind: a non-negative integer."""
    if isinstance(value, str):
        number = _from_text(value)
        raise BadKeywordError(f"{value!r} is text, not a number", count(number))
    if isinstance(value, Ext) or not is_integer(value) or value < 0:
        raise BadKeywordError("not an integer of 0 or more (and of 64 bits)")
    return int(value)


def number(value: Value) -> Value:
    """The value of minimum and maximum."""
    if isinstance(value, str):
        raise BadKeywordError(f"{value!r} is text, not a number", _from_text(value))
    if not is_number(value):
        raise BadKeywordError("not a number")
    return value


def divisor(value: Value) -> Value:
    """The value of multipleOf: a number above 0."""
    if isinstance(value, str):
        raise BadKeywordError(f"{value!r} is text, not a number", divisor(_from_text(value)))
    if not is_number(value) or value == 0 or is_negative(value):
        raise BadKeywordError("not a number above 0")
    return value


def flag(value: Value) -> bool:
    """The value of uniqueItems, readOnly and their kind."""
    if isinstance(value, str) and value.lower() in ("true", "false"):
        raise BadKeywordError(f"{value!r} is text, not a boolean", value.lower() == "true")
    if not isinstance(value, bool):
        raise BadKeywordError("not a boolean")
    return value


def text(value: Value) -> str:
    """The value of format, contentEncoding and contentMediaType."""
    if not isinstance(value, str):
        raise BadKeywordError("not a string")
    return value


def names(value: Value) -> list[str]:
    """The value of required: names, each once."""
    if isinstance(value, bool):
        raise BadKeywordError("a boolean; the names of required properties belong into the object's own list")
    if isinstance(value, str):
        raise BadKeywordError("a string, not a list of names", [value])
    if not isinstance(value, list):
        raise BadKeywordError("not a list of names")
    found = list(dict.fromkeys(name for name in value if isinstance(name, str)))
    if len(found) < len(value):
        raise BadKeywordError("a list with names that stand twice or are no strings", found)
    return found


def choices(value: Value) -> list[Value]:
    """The value of enum; order kept, repeated ones left out."""
    if not isinstance(value, list):
        raise BadKeywordError("not a list of values")
    if not value:
        raise BadKeywordError("an empty list, which nothing matches", [])
    found = unique([ordered(item) for item in value])
    if len(found) < len(value):
        raise BadKeywordError("a list with repeated values", found)
    return found


def unique(values: list[Value]) -> list[Value]:
    """The values without repetitions; 1 and true differ."""
    if all(type(value) is str for value in values):
        return list(dict.fromkeys(values))
    found: dict[str, Value] = {}
    for value in values:
        found.setdefault(_identity(value), value)
    return list(found.values())


def _identity(value: Any) -> str:
    if isinstance(value, Ext):
        return f"Ext({value.code}, {bytes(value.data)!r})"
    if isinstance(value, dict):
        return "{" + ",".join(f"{key!r}:{_identity(item)}" for key, item in sorted(value.items())) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(_identity, value)) + "]"
    return repr(value)


def _from_text(value: str) -> Value:
    try:
        return exact_number(value.strip())
    except ValueError:
        raise BadKeywordError(f"{value[:40]!r} is no number") from None
