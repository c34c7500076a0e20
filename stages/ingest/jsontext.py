"""Strict reading of JSON text (RFC 8259): exact numbers, big integers, duplicate keys, half surrogate pairs."""

import collections
import json
from collections.abc import Callable
from typing import Any, NoReturn

import msgspec
from msgspec import Struct

from pipeline.messages import Value
from stages.ingest.numbers import exact_integer, exact_number, of_int
from stages.ingest.problems import pointer_of

_DIGITS_AS_ZEROS = bytes(ord("0") if chr(byte).isascii() and chr(byte).isdigit() else ord(" ") for byte in range(256))
_LONG_DIGITS = b"0" * 19
_BEFORE_A_NUMBER = frozenset(b":,[ \t\r\n-")
CAREFUL_BELOW_BYTES = 1_000_000  # up to here the slower reader is used, which sees duplicate keys

_fast = msgspec.json.Decoder(float_hook=exact_number)


class JsonFault(Struct, frozen=True, kw_only=True):
    """Something that was mended while reading, at a JSON pointer."""

    pointer: str
    message: str


class JsonSyntaxError(Exception):
    """The text is no JSON; ``line`` and ``column`` count from 1."""

    def __init__(self, message: str, line: int, column: int) -> None:
        super().__init__(message)
        self.line = line
        self.column = column


def read_json(text: str, data: bytes) -> tuple[Value, list[JsonFault]]:
    """The value of a JSON text, given both ways (``data`` is its UTF-8).

    Small texts are read with care for duplicate keys (the last one counts, as everywhere); large ones at full speed.
    Raises ``JsonSyntaxError``, and ``RecursionError`` where the text is nested past what the interpreter bears.
    """
    if len(data) > CAREFUL_BELOW_BYTES:
        try:
            value = _fast.decode(data)
        except (msgspec.DecodeError, UnicodeDecodeError):
            return _carefully(text)  # what the fast reader cannot hold, the other one can, or it names the place
        if _may_hold_long_integers(data):
            _shorten(value)
        return value, []
    return _carefully(text)


def _may_hold_long_integers(data: bytes) -> bool:
    """Whether there are 19 digits in a row where a number may begin. Many times as fast as a regular expression on large texts."""
    zeros = data.translate(_DIGITS_AS_ZEROS)
    at = zeros.find(_LONG_DIGITS)
    while at >= 0:
        if at == 0 or data[at - 1] in _BEFORE_A_NUMBER:
            return True
        at = zeros.find(_LONG_DIGITS, at + 1)  # the next place in the same row has a digit before it
    return False


def _carefully(text: str) -> tuple[Value, list[JsonFault]]:
    repeated: list[tuple[dict[str, Value], str]] = []

    def mapping(pairs: list[tuple[str, Value]]) -> dict[str, Value]:
        made = dict(pairs)
        if len(made) < len(pairs):
            counts = collections.Counter(key for key, _ in pairs)
            repeated.extend((made, key) for key, times in counts.items() if times > 1)
        return made

    try:
        value = json.loads(
            text, parse_float=exact_number, parse_int=exact_integer, parse_constant=_no_constant, object_pairs_hook=mapping, strict=False
        )
    except json.JSONDecodeError as error:
        raise JsonSyntaxError(error.msg, error.lineno, error.colno) from None
    except ValueError as error:
        raise JsonSyntaxError(str(error), 1, 1) from None
    return value, _places(value, repeated) if repeated else []


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON value")


def _places(root: Value, repeated: list[tuple[dict[str, Value], str]]) -> list[JsonFault]:
    wanted: dict[int, list[str]] = {}
    for mapping, key in repeated:
        wanted.setdefault(id(mapping), []).append(key)
    faults: list[JsonFault] = []

    def look(value: dict[str, Value], path: tuple[str | int, ...]) -> None:
        faults.extend(
            JsonFault(pointer=pointer_of((*path, key)), message=f"the key {key!r} stands here twice; the last one counts")
            for key in wanted.get(id(value), ())
        )

    visit_mappings(root, look)
    return faults


def visit_mappings(root: Value, look: Callable[[dict[str, Value], tuple[str | int, ...]], None]) -> None:
    """Call ``look`` with every mapping of a value and its path, without recursion."""
    stack: list[tuple[Value, tuple[str | int, ...]]] = [(root, ())]
    while stack:
        value, path = stack.pop()
        if isinstance(value, dict):
            look(value, path)
            stack.extend((child, (*path, key)) for key, child in value.items())
        elif isinstance(value, list):
            stack.extend((child, (*path, index)) for index, child in enumerate(value))


def _shorten(root: Value) -> None:
    """Turn integers past 64 bits into extension values, in place."""
    stack: list[Any] = [root]
    while stack:
        value = stack.pop()
        for key, child in value.items() if isinstance(value, dict) else enumerate(value):
            if isinstance(child, (dict, list)):
                stack.append(child)
            elif type(child) is int:
                value[key] = of_int(child)
