"""What is unusual about the input of a case: where many operations fail by it alike, it is the cause."""

from collections.abc import Iterator
from typing import Any

from msgspec.msgpack import Ext

from pipeline.messages import EXT_INTEGER, EXT_TEXT, Case

_CONTROL = frozenset(map(chr, (*range(1, 9), 11, 12, *range(14, 32), 127)))


def trigger(case: Case | None) -> str:
    """The most unusual thing that the case's values have, in words; "" where all of them are ordinary."""
    values = list(_values(case)) if case is not None else []
    texts = [value for value in values if isinstance(value, str)]
    numbers = [value for value in values if isinstance(value, int) and not isinstance(value, bool)]
    codes = {value.code for value in values if isinstance(value, Ext)}
    for holds, name in (
        (any("\0" in text for text in texts), "a NUL character"),
        (EXT_TEXT in codes, "a lone surrogate"),
        (any(_CONTROL.intersection(text) for text in texts), "a control character"),
        (EXT_INTEGER in codes, "an integer past 64 bits"),
        (any(not -(2**31) <= number < 2**31 for number in numbers), "an integer past 32 bits"),
        (any(ord(character) > 0xFFFF for text in texts for character in text), "a character past the basic plane"),
    ):
        if holds:
            return name
    return ""


def _values(case: Case) -> Iterator[Any]:
    for step in case.steps:
        todo: list[Any] = [argument.value for argument in step.arguments]
        if step.body is not None:
            todo.append(step.body.value)
        while todo:
            value = todo.pop()
            if isinstance(value, dict):
                todo.extend((*value.keys(), *value.values()))
            elif isinstance(value, list):
                todo.extend(value)
            else:
                yield value
