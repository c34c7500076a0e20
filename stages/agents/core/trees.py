"""Patterns as trees: classes, groups, alternation, quantifiers, anchors, look-around (GENERATION.md, section 7)."""

from __future__ import annotations

from msgspec import Struct

MAX_CODE_POINT = 0x10FFFF
SURROGATES = (0xD800, 0xDFFF)

Ranges = tuple[tuple[int, int], ...]  # inclusive, ascending, apart from each other, without surrogates


class Class(Struct, frozen=True, eq=False):
    """One character out of the ranges."""

    ranges: Ranges
    least: int = 1
    most: int | None = 1


class Edge(Struct, frozen=True, eq=False):
    """The start or the end of the text."""

    start: bool
    least: int = 0
    most: int | None = 0


class Boundary(Struct, frozen=True, eq=False):
    """A place with a word character on one side only; ``inverse``: any other place. ``words``: the word characters."""

    inverse: bool
    words: Ranges
    least: int = 0
    most: int | None = 0


class Look(Struct, frozen=True, eq=False):
    """A place before which (or, not ``ahead``, behind which) the part matches; ``inverse``: does not match."""

    part: Tree
    ahead: bool
    inverse: bool
    least: int = 0
    most: int | None = 0


class Group(Struct, frozen=True, eq=False):
    """A part whose text a back-reference repeats."""

    part: Tree
    number: int
    least: int
    most: int | None


class Back(Struct, frozen=True, eq=False):
    """The text of a group once more; as long as the group can be."""

    number: int
    least: int
    most: int | None


class Sequence(Struct, frozen=True, eq=False):
    parts: tuple[Tree, ...]
    least: int
    most: int | None


class Choice(Struct, frozen=True, eq=False):
    branches: tuple[Tree, ...]
    least: int
    most: int | None


class Repeat(Struct, frozen=True, eq=False):
    """``low`` to ``high`` times (None: without end)."""

    part: Tree
    low: int
    high: int | None
    least: int
    most: int | None


Tree = (
    Class | Edge | Boundary | Look | Group | Back | Sequence | Choice | Repeat
)  # each with the bounds of the lengths that it can match; no bound above: None


def sequence(parts: list[Tree]) -> Tree:
    if len(parts) == 1:
        return parts[0]
    most = [part.most for part in parts]
    return Sequence(tuple(parts), sum(part.least for part in parts), None if None in most else sum(m for m in most if m is not None))


def choice(branches: list[Tree]) -> Tree:
    if len(branches) == 1:
        return branches[0]
    most = [branch.most for branch in branches]
    return Choice(tuple(branches), min(b.least for b in branches), None if None in most else max(m for m in most if m is not None))


def repeat(part: Tree, low: int, high: int | None) -> Tree:
    most = 0 if part.most == 0 or high == 0 else None if part.most is None or high is None else part.most * high
    return Repeat(part, low, high, part.least * low, most)


def normal(ranges: list[tuple[int, int]]) -> Ranges:
    """Ranges in ascending order, joined where they touch, without surrogates."""
    merged: list[tuple[int, int]] = []
    for low, high in sorted(ranges):
        if merged and low <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(high, merged[-1][1]))
        else:
            merged.append((low, high))
    cut: list[tuple[int, int]] = []
    for low, high in merged:
        if high < SURROGATES[0] or low > SURROGATES[1]:
            cut.append((low, high))
            continue
        if low < SURROGATES[0]:
            cut.append((low, SURROGATES[0] - 1))
        if high > SURROGATES[1]:
            cut.append((SURROGATES[1] + 1, high))
    return tuple(cut)


def negated(ranges: Ranges) -> Ranges:
    """Every other character."""
    outside: list[tuple[int, int]] = []
    start = 0
    for low, high in ranges:
        if low > start:
            outside.append((start, low - 1))
        start = high + 1
    outside.append((start, MAX_CODE_POINT))
    return normal([pair for pair in outside if pair[0] <= pair[1]])


def parts_of(tree: Tree) -> tuple[Tree, ...]:
    """What a tree is made of, one level down."""
    match tree:
        case Sequence(parts):
            return parts
        case Choice(branches):
            return branches
        case Repeat(part) | Look(part) | Group(part):
            return (part,)
        case _:
            return ()


def assumes(tree: Tree) -> bool:
    """Whether the tree has a back-reference: matching takes any text for it, so a validator must confirm."""
    return isinstance(tree, Back) or any(map(assumes, parts_of(tree)))


def looks(tree: Tree) -> bool:
    """Whether the tree has look-around or boundaries: what is written is not sure to match."""
    return isinstance(tree, (Look, Boundary)) or any(map(looks, parts_of(tree)))
