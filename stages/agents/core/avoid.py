"""What must not hold of a value: values, patterns and steps that stand under ``not`` (GENERATION.md, section 8)."""

from typing import Any

from msgspec import Struct

from pipeline.messages import Value
from stages.agents.core import pattern
from stages.agents.core.equality import key_of
from stages.agents.core.exact import Exact, read
from stages.agents.core.matching import matches
from stages.agents.core.trees import Tree


class Avoid(Struct, frozen=True):
    """Values that are wrong, though all else is right."""

    values: frozenset[bytes]  # by key_of
    patterns: tuple[Tree, ...]
    steps: tuple[Exact, ...]

    def has(self, value: Value) -> bool:
        """Whether a value is one of them."""
        if key_of(value) in self.values:
            return True
        if isinstance(value, str):
            return any(matches(tree, value) for tree in self.patterns)
        number = read(value) if self.steps else None
        return number is not None and any(_is_multiple(number, step) for step in self.steps)

    def has_integers(self) -> bool:
        """Whether every integer is one of them."""
        return any(_is_multiple(Exact(1), step) for step in self.steps)


def avoided(members: list[dict[str, Any]]) -> tuple[Avoid | None, bool]:
    """What the members exclude (None: nothing), and whether that leaves out a pattern that is not understood."""
    values: set[bytes] = set()
    patterns: list[Tree] = []
    steps: list[Exact] = []
    unsupported = False
    for member in members:
        if "!" not in member:
            continue
        values.update(key_of(value) for value in member.get("!enum", ()))
        if "!pattern" in member:
            try:
                patterns.append(pattern.parse(member["!pattern"]))
            except pattern.Unsupported:
                unsupported = True
        step = read(member["!multipleOf"]) if "!multipleOf" in member else None
        if step is not None and step.mantissa > 0:
            steps.append(step)
    if not (values or patterns or steps):
        return None, unsupported
    return Avoid(frozenset(values), tuple(patterns), tuple(steps)), unsupported


def _is_multiple(number: Exact, step: Exact) -> bool:
    """Whether it is one, or could be taken for one: beyond 2^40 a double has few places for fractions."""
    if abs(number.mantissa) >= 10**number.scale << 40:
        return True
    scale = max(number.scale, step.scale)
    return number.at(scale) % step.at(scale) == 0
