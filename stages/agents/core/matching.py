"""Whether a text matches a pattern (GENERATION.md, section 7): positions are followed as sets, so nothing blows up."""

from bisect import bisect_right

from stages.agents.core.trees import MAX_CODE_POINT, Back, Boundary, Choice, Class, Edge, Group, Look, Ranges, Repeat, Sequence, Tree

MOST_WORK = 100_000
"""So many positions are looked at; a text that needs more does not match."""

Positions = frozenset[int]


class _TooMuch(Exception):
    """The work is not worth it."""


def matches(tree: Tree, text: str) -> bool:
    """Whether the pattern is found anywhere in the text, as JSON Schema wants it; for a back-reference any text is taken."""
    try:
        return bool(_Walk(text).ends(tree, frozenset(range(len(text) + 1))))
    except _TooMuch:
        return False


class _Walk:
    def __init__(self, text: str) -> None:
        self.text = text
        self.left = MOST_WORK

    def ends(self, tree: Tree, starts: Positions) -> Positions:
        """Where a match of the tree can end that begins at one of the positions."""
        self.left -= len(starts) + 1
        if self.left < 0:
            raise _TooMuch
        text = self.text
        match tree:
            case Class(ranges):
                return frozenset(at + 1 for at in starts if at < len(text) and _is_in(ranges, ord(text[at])))
            case Edge(start):
                return starts & {0 if start else len(text)}
            case Boundary(inverse):
                return frozenset(at for at in starts if (self._is_word(at - 1) != self._is_word(at)) != inverse)
            case Look(part, ahead, inverse):
                return frozenset(at for at in sorted(starts) if self._sees(part, at, ahead=ahead) != inverse)
            case Group(part):
                return self.ends(part, starts)
            case Back():
                return frozenset(range(min(starts), len(text) + 1)) if starts else starts
            case Sequence(parts):
                for part in parts:
                    starts = self.ends(part, starts)
                return starts
            case Choice(branches):
                return frozenset(end for branch in branches for end in self.ends(branch, starts))
            case Repeat(part, low, high):
                return self._repeated(part, low, high, starts)

    def _repeated(self, part: Tree, low: int, high: int | None, starts: Positions) -> Positions:
        for _ in range(low):
            if not starts:
                return starts
            starts = self.ends(part, starts)
        reached, fresh, rounds = set(starts), starts, low
        while fresh and (high is None or rounds < high):
            fresh = self.ends(part, fresh) - reached
            reached |= fresh
            rounds += 1
        return frozenset(reached)

    def _sees(self, part: Tree, at: int, *, ahead: bool) -> bool:
        if ahead:
            return bool(self.ends(part, frozenset((at,))))
        first = 0 if part.most is None else max(0, at - part.most)
        return at in self.ends(part, frozenset(range(first, at + 1)))

    def _is_word(self, at: int) -> bool:
        """Whether there is a word character (ECMA-262, 22.2.2.9.3)."""
        if not 0 <= at < len(self.text):
            return False
        char = self.text[at]
        return char == "_" or (char.isascii() and char.isalnum())


def _is_in(ranges: Ranges, code: int) -> bool:
    at = bisect_right(ranges, (code, MAX_CODE_POINT))
    return at > 0 and code <= ranges[at - 1][1]
