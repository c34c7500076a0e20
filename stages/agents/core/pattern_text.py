"""Texts that match a pattern (GENERATION.md, section 7)."""

from functools import lru_cache
from typing import Literal

from stages.agents.core.draws import Draws
from stages.agents.core.text import letters
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
    assumes,
    normal,
    parts_of,
    repeat,
    sequence,
)

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


def spelt_out(tree: Tree) -> Tree:
    """The pattern with a look-behind that it begins with, and a look-ahead that it ends with, as parts of the text."""
    if isinstance(tree, Look) and not tree.inverse:
        return tree.part
    if not isinstance(tree, Sequence) or not tree.parts:
        return tree
    first, *middle, last = tree.parts if len(tree.parts) > 1 else (sequence([]), *tree.parts)
    if isinstance(first, Look) and not first.ahead and not first.inverse:
        first = first.part
    if isinstance(last, Look) and last.ahead and not last.inverse:
        last = last.part
    return sequence([first, *middle, last])


def lengths(tree: Tree) -> tuple[int, int | None]:
    """No text that the pattern matches is shorter or longer (None: there is no bound). A group that took no part is repeated as nothing."""
    is_whole = _anchored(tree, start=True) and _anchored(tree, start=False)
    return (0 if assumes(tree) else tree.least), (tree.most if is_whole else None)


def _anchored(tree: Tree, *, start: bool) -> bool:
    match tree:
        case Edge():
            return tree.start == start
        case Sequence(parts):
            inner = [part for part in parts if not isinstance(part, (Look, Boundary))]
            return bool(inner) and _anchored(inner[0 if start else -1], start=start)
        case Choice(branches):
            return all(_anchored(branch, start=start) for branch in branches)
        case Group(part):
            return _anchored(part, start=start)
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
        case Group(part):
            return has_inner_edges(part, first=first, last=last)
        case _:
            return False


def write(tree: Tree, draws: Draws, length: int, style: Style) -> str:
    """A text of this length, but for back-references, which are as long as what they repeat; look-around and boundaries are left to
    chance. Raises Dead where the choices made on the way do not allow it."""
    return _Writer(draws, style).write(tree, length)


class _Writer:
    def __init__(self, draws: Draws, style: Style) -> None:
        self.draws = draws
        self.style: Style = style
        self.groups: dict[int, str] = {}

    def write(self, tree: Tree, length: int) -> str:
        if length < tree.least or (tree.most is not None and length > tree.most):
            raise Dead
        match tree:
            case Class(ranges):
                return letters(self.draws, _alphabet(ranges, self.style), 1)
            case Repeat(part, low, high):
                if isinstance(part, Class):
                    return letters(self.draws, _alphabet(part.ranges, self.style), length)
                return self._row((part,) * _count(part, low, high, length, self.draws), length)
            case Sequence(parts):
                return self._row(parts, length)
            case Edge() | Boundary() | Look():
                return ""
            case Group(part, number):
                self.groups[number] = made = self.write(part, length)
                return made
            case Back(number):
                return self.groups.get(number, "")
            case Choice(branches):
                fitting = [b for b in branches if b.least <= length and (b.most is None or length <= b.most)]
                if not fitting:
                    raise Dead
                chosen = fitting[self.draws.below(len(fitting))] if len(fitting) > 1 else fitting[0]
                return self.write(chosen, length)

    def _row(self, parts: tuple[Tree, ...], length: int) -> str:
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
            share = self.draws.between(low, high) if low < high else low
            made.append(self.write(part, share))
            length -= share
        return "".join(made)


def needs(tree: Tree) -> list[Tree]:
    """What must be seen ahead somewhere in the text, in order: the parts of look-aheads that are not inverse."""
    if isinstance(tree, Look):
        return [tree.part] if tree.ahead and not tree.inverse else []
    return [found for part in parts_of(tree) for found in needs(part)]


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
