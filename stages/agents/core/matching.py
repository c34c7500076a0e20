"""Whether a text matches a pattern (GENERATION.md, section 7): positions are followed as sets, so nothing blows up.

A set of positions is a whole number: bit N stands for the position before the N-th character.
"""

from bisect import bisect_right
from collections.abc import Iterator
from functools import lru_cache

from stages.agents.core.trees import (
    MAX_CODE_POINT,
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
    parts_of,
)

MOST_WORK = 100_000
"""So many positions are looked at; a text that needs more does not match."""

_MOST_KNOWN = 4096


class _TooMuch(Exception):
    """The work is not worth it."""


def matches(tree: Tree, text: str) -> bool:
    """Whether the pattern is found anywhere in the text, as JSON Schema wants it; for a back-reference any text is taken."""
    return found(tree, text) is True


def refuses(tree: Tree, text: str) -> bool:
    """Whether the pattern is found nowhere in the text; not where that would be too much work."""
    return found(tree, text) is False


def found(tree: Tree, text: str) -> bool | None:
    """Whether it is found; None where that is too much work."""
    walk = _Walk(text)
    try:
        return walk.ends(tree, walk.everywhere) != 0
    except _TooMuch:
        return None


def most_work(tree: Tree, length: int) -> int:
    """No text of this length or less takes more work; for trees without look-around."""
    once = length + 2  # all positions and 1
    match tree:
        case Repeat(part, low, high):
            # Beyond the least number a round goes on with what is new; that of one character, each position once.
            more = 2 if isinstance(part, Class) else length + 1
            rounds = low + (more if high is None else min(high - low, more))
            return once + rounds * most_work(part, length)
        case _:
            return once + sum(most_work(part, length) for part in parts_of(tree))


class _Walk:
    def __init__(self, text: str) -> None:
        self.backwards = text[::-1]
        self.end = 1 << len(text)
        self.everywhere = (self.end << 1) - 1
        self.left = MOST_WORK
        self.known: dict[int, int] = {}  # by the identity of the ranges, which the tree keeps alive

    def ends(self, tree: Tree, starts: int) -> int:
        """Where a match of the tree can end that begins at one of the positions."""
        self.left -= starts.bit_count() + 1
        if self.left < 0:
            raise _TooMuch
        match tree:
            case Class(ranges):
                return (starts & self._where(ranges)) << 1
            case Repeat(part, low, high):
                return self._repeated(part, low, high, starts)
            case Sequence(parts):
                for part in parts:
                    starts = self.ends(part, starts)
                return starts
            case Edge(start):
                return starts & (1 if start else self.end)
            case Choice(branches):
                found = 0
                for branch in branches:
                    found |= self.ends(branch, starts)
                return found
            case Boundary(inverse, words):
                behind = self._where(words)
                boundaries = behind ^ (behind << 1)
                return starts & (~boundaries if inverse else boundaries)
            case Look(part, ahead, inverse):
                return sum(1 << at for at in _ascending(starts) if self._sees(part, at, ahead=ahead) != inverse)
            case Group(part):
                return self.ends(part, starts)
            case Back():
                return self.everywhere & -(starts & -starts)  # from the first on

    def _repeated(self, part: Tree, low: int, high: int | None, starts: int) -> int:
        if isinstance(part, Class):
            return self._run(self._where(part.ranges), low, high, starts)
        for _ in range(low):
            if not starts:
                return starts
            starts = self.ends(part, starts)
        reached, fresh, rounds = starts, starts, low
        while fresh and (high is None or rounds < high):
            fresh = self.ends(part, fresh) & ~reached
            reached |= fresh
            rounds += 1
        return reached

    def _run(self, where: int, low: int, high: int | None, starts: int) -> int:
        """The same for one character, of which ``where`` says where it is."""
        left, rounds = self.left, 0
        while starts and rounds < low and left >= 0:
            left -= starts.bit_count() + 1
            starts = (starts & where) << 1
            rounds += 1
        reached = fresh = starts
        while fresh and (high is None or rounds < high) and left >= 0:
            left -= fresh.bit_count() + 1
            fresh = (fresh & where) << 1 & ~reached
            reached |= fresh
            rounds += 1
        self.left = left
        if left < 0:
            raise _TooMuch
        return reached

    def _sees(self, part: Tree, at: int, *, ahead: bool) -> bool:
        if ahead:
            return self.ends(part, 1 << at) != 0
        first = 0 if part.most is None else max(0, at - part.most)
        return self.ends(part, (2 << at) - (1 << first)) >> at & 1 == 1

    def _where(self, ranges: Ranges) -> int:
        """The positions behind which there is a character of the class."""
        known = self.known.get(id(ranges))
        if known is None:
            known = self.known[id(ranges)] = int("0" + self.backwards.translate(_digits(ranges)), 2)
        return known


def _ascending(positions: int) -> Iterator[int]:
    while positions:
        first = positions & -positions
        yield first.bit_length() - 1
        positions ^= first


class _Digits(dict[int, str]):
    """For ``str.translate``: "1" for the characters of a class, "0" for others."""

    def __init__(self, ranges: Ranges) -> None:
        super().__init__()
        self.ranges = ranges

    def __missing__(self, code: int) -> str:
        at = bisect_right(self.ranges, (code, MAX_CODE_POINT))
        digit = "1" if at > 0 and code <= self.ranges[at - 1][1] else "0"
        if len(self) < _MOST_KNOWN:
            self[code] = digit
        return digit


@lru_cache(maxsize=1024)
def _digits(ranges: Ranges) -> _Digits:
    return _Digits(ranges)
