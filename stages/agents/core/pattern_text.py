"""Texts that match a pattern, and whether a text does (GENERATION.md, section 7)."""

from functools import lru_cache
from typing import Literal

from stages.agents.core.draws import Draws
from stages.agents.core.pattern import Assumed, Choice, Class, Edge, Ranges, Repeat, Sequence, Tree, normal, repeat, sequence
from stages.agents.core.text import letters

Style = Literal["tidy", "plain", "wide"]

_LOWER_DIGITS: Ranges = ((0x30, 0x39), (0x61, 0x7A))
_SAFE: Ranges = ((0x2D, 0x2D), (0x30, 0x39), (0x41, 0x5A), (0x5F, 0x5F), (0x61, 0x7A))
_VISIBLE: Ranges = ((0x21, 0x7E),)
_PRINTABLE: Ranges = ((0x20, 0x7E),)
_PREFERRED: dict[Style, tuple[Ranges, ...]] = {
    "tidy": (_LOWER_DIGITS, _SAFE, _VISIBLE),
    "plain": (_SAFE, _VISIBLE),
    "wide": (_PRINTABLE,),
}
_MAX_ALPHABET = 256
_PAD = repeat(Class(_LOWER_DIGITS), 0, None)


class Dead(Exception):
    """The lengths chosen do not go together."""


def padded(tree: Tree) -> Tree:
    """The pattern as a whole text: with room before and behind where no anchor forbids it."""
    before = [] if _anchored(tree, start=True) else [_PAD]
    behind = [] if _anchored(tree, start=False) else [_PAD]
    return sequence([*before, tree, *behind]) if before or behind else tree


def _anchored(tree: Tree, *, start: bool) -> bool:
    match tree:
        case Edge():
            return tree.start == start
        case Sequence(parts) if parts:
            return _anchored(parts[0 if start else -1], start=start)
        case Choice(branches):
            return all(_anchored(branch, start=start) for branch in branches)
        case _:
            return False


def has_inner_edges(tree: Tree, *, first: bool = True, last: bool = True) -> bool:
    """Whether anchors stand where what is written may break them."""
    match tree:
        case Edge():
            return not (first if tree.start else last)
        case Sequence(parts):
            end = len(parts) - 1
            return any(has_inner_edges(part, first=first and i == 0, last=last and i == end) for i, part in enumerate(parts))
        case Choice(branches):
            return any(has_inner_edges(branch, first=first, last=last) for branch in branches)
        case Repeat(part):
            return has_inner_edges(part, first=False, last=False)
        case _:
            return False


def write(tree: Tree, draws: Draws, length: int, style: Style) -> str:
    """A text of exactly this length. Raises Dead where the choices made on the way do not allow it."""
    if length < tree.least or (tree.most is not None and length > tree.most):
        raise Dead
    match tree:
        case Class(ranges):
            return letters(draws, _alphabet(ranges, style), 1)
        case Edge() | Assumed():
            return ""
        case Sequence(parts):
            return _row(parts, draws, length, style)
        case Choice(branches):
            fitting = [b for b in branches if b.least <= length and (b.most is None or length <= b.most)]
            if not fitting:
                raise Dead
            chosen = fitting[draws.below(len(fitting))] if len(fitting) > 1 else fitting[0]
            return write(chosen, draws, length, style)
        case Repeat(part, low, high):
            if isinstance(part, Class):
                return letters(draws, _alphabet(part.ranges, style), length)
            return _row((part,) * _count(part, low, high, length, draws), draws, length, style)


def _count(part: Tree, low: int, high: int | None, length: int, draws: Draws) -> int:
    """How many repetitions share the length."""
    fewest = low
    if length > 0:
        fewest = max(low, 1 if part.most is None else -(-length // part.most) if part.most else 1)
    most = max(length // part.least if part.least else length, low)
    if high is not None:
        most = min(most, high)
    if fewest > most:
        raise Dead
    return draws.between(fewest, most) if fewest < most else fewest


def _row(parts: tuple[Tree, ...], draws: Draws, length: int, style: Style) -> str:
    """The parts one after the other, the length shared among them from the left."""
    least = sum(part.least for part in parts)
    bounded = sum(part.most for part in parts if part.most is not None)
    endless = sum(1 for part in parts if part.most is None)
    made: list[str] = []
    for part in parts:
        least -= part.least
        if part.most is None:
            endless -= 1
        else:
            bounded -= part.most
        low = part.least if endless else max(part.least, length - bounded)
        high = length - least if part.most is None else min(part.most, length - least)
        if low > high:
            raise Dead
        share = draws.between(low, high) if low < high else low
        made.append(write(part, draws, share, style))
        length -= share
    return "".join(made)


@lru_cache(maxsize=4096)
def _alphabet(ranges: Ranges, style: Style) -> str:
    for preferred in _PREFERRED[style]:
        common = [(max(a, c), min(b, d)) for a, b in ranges for c, d in preferred if max(a, c) <= min(b, d)]
        if common:
            return _characters(normal(common))
    if not ranges:
        raise Dead
    return _characters(ranges)


def _characters(ranges: Ranges) -> str:
    made: list[str] = []
    for low, high in ranges:
        made.extend(map(chr, range(low, min(high, low + _MAX_ALPHABET - len(made) - 1) + 1)))
        if len(made) == _MAX_ALPHABET:
            break
    return "".join(made)


def matches(tree: Tree, text: str) -> bool:
    """Whether the pattern is found anywhere in the text, as JSON Schema wants it."""
    return bool(_step(tree, text, frozenset(range(len(text) + 1))))


def _step(tree: Tree, text: str, starts: frozenset[int]) -> frozenset[int]:
    """Where a match of the tree can end that begins at one of the positions."""
    match tree:
        case Class(ranges):
            return frozenset(at + 1 for at in starts if at < len(text) and any(a <= ord(text[at]) <= b for a, b in ranges))
        case Edge(start):
            return starts & {0 if start else len(text)}
        case Assumed():
            return starts
        case Sequence(parts):
            for part in parts:
                starts = _step(part, text, starts)
            return starts
        case Choice(branches):
            return frozenset(end for branch in branches for end in _step(branch, text, starts))
        case Repeat(part, low, high):
            for _ in range(low):
                starts = _step(part, text, starts)
            reached, fresh, rounds = set(starts), starts, low
            while fresh and (high is None or rounds < high):
                fresh = _step(part, text, fresh) - reached
                reached |= fresh
                rounds += 1
            return frozenset(reached)
