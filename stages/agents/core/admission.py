"""Whether a value of an enum satisfies what stands beside the enum (GENERATION.md, section 8)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stages.agents.core.equality import kind_of
from stages.agents.core.exact import compare, read
from stages.agents.core.matching import found, matches

if TYPE_CHECKING:
    from pipeline.messages import Value
    from stages.agents.core.grid import Bounds
    from stages.agents.core.schema import Flat


def admits(flat: Flat, value: Value) -> bool:
    """Kind, bounds, lengths, patterns and what is to be avoided; what is inside of arrays and objects is not looked at."""
    if flat.avoid is not None and flat.avoid.has(value):
        return False
    kind = kind_of(value)
    if kind is None or not (kind in flat.allowed or (kind == "integer" and "number" in flat.allowed)):
        return False
    if kind in ("integer", "number"):
        return _in_bounds(flat.bounds, value)
    if isinstance(value, str):
        long_enough = flat.min_length <= len(value) and (flat.max_length is None or len(value) <= flat.max_length)
        return long_enough and all(matches(tree, value) for tree in flat.patterns)
    return True


def is_unknown(flat: Flat, value: Value) -> bool:
    """Whether it is too much work to know whether a text matches the patterns."""
    return isinstance(value, str) and any(found(tree, value) is None for tree in flat.patterns)


def _in_bounds(bounds: Bounds, value: Value) -> bool:
    number = read(value)
    if number is None:
        return False
    if bounds.low is not None and (compare(number, bounds.low), 0) < (0, 1 if bounds.low_open else 0):
        return False
    if bounds.high is not None and (compare(bounds.high, number), 0) < (0, 1 if bounds.high_open else 0):
        return False
    scale = max([number.scale, *(step.scale for step in bounds.steps)])
    return all(number.at(scale) % step.at(scale) == 0 for step in bounds.steps)
