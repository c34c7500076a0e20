"""What the other messages are made of: JSON values, the words of short lists, and the base of all structs."""

from typing import Any, Literal, TypeAlias

from msgspec import Struct

# A JSON value that keeps what JSON text can say: None, bool, int (64 bit signed), str (well-formed), list, dict[str, Value],
# bytes (binary data) and msgpack.Ext with one of the codes below.
Value: TypeAlias = Any
Schema: TypeAlias = Any  # a JSON Schema 2020-12 (bool or dict[str, Value]); every $ref is "#/$defs/NAME"

EXT_INTEGER = 1  # an integer past 64 bits: ASCII decimal
EXT_DECIMAL = 2  # a number with fraction or exponent: the ASCII JSON number, exactly as it is to be written
EXT_TEXT = 3  # a string with lone surrogates: UTF-8 with surrogates encoded like other code points
EXT_RAW = 4  # bytes that go on the wire as they are, without quoting or escaping
EXT_VARIABLE = 5  # the value extracted under this name (UTF-8) by an earlier step of the same case

Location: TypeAlias = Literal["path", "query", "header", "cookie"]
Severity: TypeAlias = Literal["critical", "high", "medium", "low", "info"]
TryKind: TypeAlias = Literal["answered", "failed", "timeout", "cancelled"]
Keep: TypeAlias = Literal["findings", "all"]
Purpose: TypeAlias = Literal["explore", "confirm", "minimise", "replay", "cleanup"]


class Frozen(Struct, frozen=True, omit_defaults=True):
    """Base of all parts of messages."""
