"""JSON of answers, and JSON pointers into it (RFC 6901)."""

import json
from typing import Any

import msgspec
from msgspec.msgpack import Ext

from pipeline.messages import EXT_DECIMAL

MISSING: Any = object()
"""What ``lookup`` and ``read_json`` give where there is nothing; None is a value."""

_decoder = msgspec.json.Decoder(float_hook=lambda text: Ext(EXT_DECIMAL, text.encode()))


def read_json(body: bytes) -> Any:
    """The JSON value of a body, decimals exact as extension 2; ``MISSING`` where the body is no JSON."""
    try:
        return _decoder.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, ValueError):
        pass
    try:  # lone surrogates written as \uXXXX are JSON, though not to the faster decoder
        return json.loads(body, parse_float=lambda text: Ext(EXT_DECIMAL, text.encode()))
    except (ValueError, RecursionError):
        return MISSING


def lookup(value: Any, pointer: str) -> Any:
    """The value at ``pointer``, or ``MISSING``."""
    if not pointer:
        return value
    for token in pointer.removeprefix("/").split("/"):
        key = token.replace("~1", "/").replace("~0", "~")
        match value:
            case dict() if key in value:
                value = value[key]
            case list() if key.isascii() and key.isdigit() and int(key) < len(value):
                value = value[int(key)]
            case _:
                return MISSING
    return value
