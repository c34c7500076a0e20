"""Texts that match a pattern (GENERATION.md, section 7)."""

from collections.abc import Callable
from functools import lru_cache
from typing import Literal, TypeAlias

from stages.agents.core.draws import Draws
from stages.agents.core.text import lettered
from stages.agents.core.trees import (
    Back,
    Boundary,
    Choice,
    Class,
    Edge,
    Group,
    Look,
    Ranges,
    Repeat,
    Sequence,
    Tree,
    normal,
    sequence,
)

Style = Literal["tidy", "plain", "wide"]

_LOWER_DIGITS: Ranges = ((0x30, 0x39), (0x61, 0x7A))
SAFE: Ranges = ((0x2D, 0x2D), (0x30, 0x39), (0x41, 0x5A), (0x5F, 0x5F), (0x61, 0x7A))
_VISIBLE: Ranges = ((0x21, 0x7E),)
_PRINTABLE: Ranges = ((0x20, 0x7E),)
_PREFERRED: dict[Style, tuple[Ranges, ...]] = {
    "tidy": (_LOWER_DIGITS, SAFE, _VISIBLE),
    "plain": (SAFE, _VISIBLE),
    "wide": (_PRINTABLE,),
}
_MAX_ALPHABET = 256
Write: TypeAlias = Callable[[Draws, int, dict[int, str]], str]
"""Writes a tree with a length that it can have; the texts of the groups so far, by number, are kept in the last argument."""


class Dead(Exception):
    """The lengths chosen do not go together."""


def write(tree: Tree, draws: Draws, length: int, style: Style) -> str:
    """A text of this length, but for back-references, which are as long as what they repeat; look-around and boundaries are left to
    chance. Raises Dead where the choices made on the way do not allow it."""
    if not reaches(tree, length):
        raise Dead
    return writer(tree, style)(draws, length, {})


def reaches(tree: Tree, length: int) -> bool:
    """Whether a text of the tree can have this length."""
    return tree.least <= length and (tree.most is None or length <= tree.most)


@lru_cache(maxsize=4096)
def writer(tree: Tree, style: Style) -> Write:
    """What writes a tree, so that of a pattern that is written again and again the tree is walked once."""
    match tree:
        case Class(ranges) | Repeat(Class(ranges)):
            return _class_writer(_alphabet(ranges, style))
        case Repeat(part, low, high):
            return _repeat_writer(part, low, high, style)
        case Sequence(parts):
            return _row_writer(parts, style)
        case Edge() | Boundary() | Look():
            return lambda _draws, _length, _groups: ""
        case Group(part, number):
            return _group_writer(writer(part, style), number)
        case Back(number):
            return lambda _draws, _length, groups: groups.get(number, "")
        case Choice(branches):
            return _choice_writer([(branch, writer(branch, style)) for branch in branches])


def _class_writer(alphabet: str) -> Write:
    if not alphabet:
        return _dead
    letters = lettered(alphabet)
    return lambda draws, length, _groups: letters(draws, length)


def _dead(_draws: Draws, _length: int, _groups: dict[int, str]) -> str:
    raise Dead


def _repeat_writer(part: Tree, low: int, high: int | None, style: Style) -> Write:
    inner = writer(part, style)

    def write(draws: Draws, length: int, groups: dict[int, str]) -> str:
        made: list[str] = []
        for behind in reversed(range(_count(part, low, high, length, draws))):
            share = _share(draws, length, part, behind * part.least, 0 if behind == 0 else part.most and behind * part.most)
            made.append(inner(draws, share, groups))
            length -= share
        return "".join(made)

    return write


def _group_writer(inner: Write, number: int) -> Write:
    def write(draws: Draws, length: int, groups: dict[int, str]) -> str:
        groups[number] = made = inner(draws, length, groups)
        return made

    return write


def _choice_writer(branches: list[tuple[Tree, Write]]) -> Write:
    def write(draws: Draws, length: int, groups: dict[int, str]) -> str:
        fitting = [inner for branch, inner in branches if reaches(branch, length)]
        if not fitting:
            raise Dead
        return fitting[draws.below(len(fitting)) if len(fitting) > 1 else 0](draws, length, groups)

    return write


def _row_writer(parts: tuple[Tree, ...], style: Style) -> Write:
    behind = [sequence([*parts[index:]]) for index in range(1, len(parts) + 1)]
    row = [(writer(part, style), part.least, part.most, rest.least, rest.most) for part, rest in zip(parts, behind, strict=True)]

    def write(draws: Draws, length: int, groups: dict[int, str]) -> str:
        made: list[str] = []
        for inner, least, most, least_behind, most_behind in row:
            low, high = least, length - least_behind
            if most_behind is not None and length - most_behind > low:
                low = length - most_behind
            if most is not None and most < high:
                high = most
            if low > high:
                raise Dead
            share = low if low == high else low + draws.below(high - low + 1)
            made.append(inner(draws, share, groups))
            length -= share
        return "".join(made)

    return write


def _share(draws: Draws, length: int, part: Tree, least_behind: int, most_behind: int | None) -> int:
    """How much of the length one of several parts in a row gets, where those behind it need and take so much. Raises Dead."""
    low = part.least if most_behind is None else max(part.least, length - most_behind)
    high = length - least_behind if part.most is None else min(part.most, length - least_behind)
    if low > high:
        raise Dead
    return draws.between(low, high) if low < high else low


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


def _alphabet(ranges: Ranges, style: Style) -> str:
    """The characters that are written of a class; none of one that has none."""
    for preferred in _PREFERRED[style]:
        common = [(max(a, c), min(b, d)) for a, b in ranges for c, d in preferred if max(a, c) <= min(b, d)]
        if common:
            return _characters(normal(common))
    return _characters(ranges)


def _characters(ranges: Ranges) -> str:
    made: list[str] = []
    for low, high in ranges:
        made.extend(map(chr, range(low, min(high, low + _MAX_ALPHABET - len(made) - 1) + 1)))
        if len(made) == _MAX_ALPHABET:
            break
    return "".join(made)
