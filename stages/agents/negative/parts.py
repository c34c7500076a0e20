"""The parts of a value, and the one that a pointer's tokens name."""

from typing import Any, cast

from pipeline.messages import Value
from stages.agents.core.mode import GaveUp


def part_at(whole: Value, tokens: tuple[str, ...]) -> Value:
    """The part. Raises GaveUp where it is not there."""
    for token in tokens:
        if isinstance(whole, dict) and token in whole:
            whole = cast("dict[str, Any]", whole)[token]
        elif isinstance(whole, list) and token.isdecimal() and int(token) < len(whole):
            whole = whole[int(token)]
        else:
            raise GaveUp(f"gave up: nothing at /{'/'.join(tokens)}")
    return whole


def replaced(whole: Value, tokens: tuple[str, ...], part: Value) -> Value:
    """The whole with another part where tokens lead, copied along the way."""
    if not tokens:
        return part
    first, rest = tokens[0], tokens[1:]
    if isinstance(whole, dict):
        mapping = cast("dict[str, Any]", whole)
        return {**mapping, first: replaced(mapping[first], rest, part)}
    items = cast("list[Any]", whole)
    index = int(first)
    return [*items[:index], replaced(items[index], rest, part), *items[index + 1 :]]


def parts_of(whole: Value) -> int:
    """How many parts a value has, itself being one."""
    if isinstance(whole, dict):
        return 1 + sum(map(parts_of, whole.values()))
    return 1 + sum(map(parts_of, whole)) if isinstance(whole, list) else 1
