"""Simple ECMA-262 patterns as trees: classes, groups, alternation, quantifiers, anchors (GENERATION.md, section 7).

Look-around and word boundaries are assumed to hold, which a validator must confirm. What goes beyond (back-references, flags, properties)
raises ``Unsupported``: the generator gives up on it by name.
"""

from __future__ import annotations

from functools import cache

from msgspec import Struct

MAX_CODE_POINT = 0x10FFFF
MAX_REPEAT = 1000
MAX_WEIGHT = 20000
_SURROGATES = (0xD800, 0xDFFF)

Ranges = tuple[tuple[int, int], ...]  # inclusive, ascending, apart from each other, without surrogates


class Unsupported(ValueError):
    """A pattern that is beyond the simple ones; the text names what."""


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


class Assumed(Struct, frozen=True, eq=False):
    """Something of no length that is assumed to hold: look-around, a word boundary."""

    least: int = 0
    most: int | None = 0


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


Tree = Class | Edge | Assumed | Sequence | Choice | Repeat  # each with the bounds of the lengths that it can match; no bound above: None


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
        if high < _SURROGATES[0] or low > _SURROGATES[1]:
            cut.append((low, high))
            continue
        if low < _SURROGATES[0]:
            cut.append((low, _SURROGATES[0] - 1))
        if high > _SURROGATES[1]:
            cut.append((_SURROGATES[1] + 1, high))
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


_DIGIT: Ranges = ((0x30, 0x39),)
_WORD: Ranges = ((0x30, 0x39), (0x41, 0x5A), (0x5F, 0x5F), (0x61, 0x7A))
_SPACE: Ranges = (
    *((9, 13), (32, 32), (0xA0, 0xA0), (0x1680, 0x1680), (0x2000, 0x200A), (0x2028, 0x2029), (0x202F, 0x202F), (0x205F, 0x205F)),
    *((0x3000, 0x3000), (0xFEFF, 0xFEFF)),
)
_ANY = negated(((0x0A, 0x0A), (0x0D, 0x0D), (0x2028, 0x2029)))
_SETS = {"d": _DIGIT, "w": _WORD, "s": _SPACE, "D": negated(_DIGIT), "W": negated(_WORD), "S": negated(_SPACE)}
# Of Unicode properties, the ASCII part: what is made of it has the property.
_PROPERTIES: dict[str, Ranges] = {
    "L": ((0x41, 0x5A), (0x61, 0x7A)),
    "Letter": ((0x41, 0x5A), (0x61, 0x7A)),
    "Alphabetic": ((0x41, 0x5A), (0x61, 0x7A)),
    "Lu": ((0x41, 0x5A),),
    "Ll": ((0x61, 0x7A),),
    "N": _DIGIT,
    "Nd": _DIGIT,
}
_CONTROLS = {"t": 9, "n": 10, "v": 11, "f": 12, "r": 13}


def _single(code: int) -> Ranges:
    return ((code, code),)


@cache
def parse(source: str) -> Tree:
    """The tree of a pattern. Raises Unsupported."""
    reader = _Reader(source)
    tree = reader.choice(depth=0)
    if reader.more():
        raise Unsupported("unbalanced )")
    if _weight(tree) > MAX_WEIGHT:
        raise Unsupported("a pattern this large")
    return tree


def assumes(tree: Tree) -> bool:
    """Whether any part of the pattern is only assumed to hold."""
    match tree:
        case Assumed():
            return True
        case Sequence(parts):
            return any(map(assumes, parts))
        case Choice(branches):
            return any(map(assumes, branches))
        case Repeat(part):
            return assumes(part)
        case _:
            return False


def _weight(tree: Tree) -> int:
    """How many parts the shortest text that takes every part is made of."""
    match tree:
        case Sequence(parts):
            return 1 + sum(map(_weight, parts))
        case Choice(branches):
            return max(map(_weight, branches))
        case Repeat(part, low):
            return 1 + max(low, 1) * _weight(part)
        case _:
            return 1


class _Reader:
    def __init__(self, source: str) -> None:
        self.source = source
        self.at = 0

    def more(self) -> bool:
        return self.at < len(self.source)

    def peek(self) -> str:
        return self.source[self.at : self.at + 1]

    def take(self, expected: str) -> bool:
        if self.source.startswith(expected, self.at):
            self.at += len(expected)
            return True
        return False

    def choice(self, depth: int) -> Tree:
        if depth > 32:
            raise Unsupported("groups nested deeper than 32")
        branches = [self.sequence(depth)]
        while self.take("|"):
            branches.append(self.sequence(depth))
        return choice(branches)

    def sequence(self, depth: int) -> Tree:
        parts: list[Tree] = []
        while self.more() and self.peek() not in "|)":
            parts.append(self.repeat(self.atom(depth)))
        return sequence(parts)

    def repeat(self, part: Tree) -> Tree:
        low: int = 1
        high: int | None = 1
        found = True
        if self.take("*"):
            low, high = 0, None
        elif self.take("+"):
            low, high = 1, None
        elif self.take("?"):
            low, high = 0, 1
        elif self.peek() == "{":
            low, high = self.braces()
        else:
            found = False
        if not found:
            return part
        if isinstance(part, (Edge, Assumed)):
            raise Unsupported("a repeated assertion")
        if self.peek() in ("*", "+", "{"):
            raise Unsupported("a repeated quantifier")
        self.take("?")  # lazy: the same texts match
        return repeat(part, low, high)

    def braces(self) -> tuple[int, int | None]:
        end = self.source.find("}", self.at)
        inside = self.source[self.at + 1 : end] if end > 0 else ""
        low, comma, high = inside.partition(",")
        if not low.isascii() or not low.isdigit() or (high and not (high.isascii() and high.isdigit())):
            raise Unsupported("a brace that is no quantifier")
        self.at = end + 1
        first = int(low)
        last = first if not comma else int(high) if high else None
        if first > MAX_REPEAT or (last is not None and last < first):
            raise Unsupported("a quantifier out of range")
        return first, last

    def atom(self, depth: int) -> Tree:
        char = self.peek()
        self.at += 1
        match char:
            case "^":
                return Edge(start=True)
            case "$":
                return Edge(start=False)
            case ".":
                return Class(_ANY)
            case "(":
                return self.group(depth)
            case "[":
                return Class(self.bracket())
            case "\\" if self.take("b") or self.take("B"):
                return Assumed()
            case "\\":
                return Class(self.escape(inside=False))
            case "*" | "+" | "?" | "{":
                raise Unsupported("a quantifier of nothing")
            case _:
                return Class(_single(ord(char)))

    def group(self, depth: int) -> Tree:
        look_around = any(self.take(start) for start in ("?=", "?!", "?<=", "?<!"))
        if not look_around and not self.take("?:") and self.take("?"):
            name_end = self.source.find(">", self.at)
            if self.peek() != "<" or name_end < 0:
                raise Unsupported("a group with flags")
            self.at = name_end + 1
        tree = self.choice(depth + 1)
        if not self.take(")"):
            raise Unsupported("unbalanced (")
        return Assumed() if look_around else tree

    def bracket(self) -> Ranges:
        inverse = self.take("^")
        ranges: list[tuple[int, int]] = []
        while not self.take("]"):
            if not self.more():
                raise Unsupported("unbalanced [")
            first = self.member()
            single = len(first) == 1 and first[0][0] == first[0][1]
            if single and self.peek() == "-" and self.source[self.at + 1 : self.at + 2] not in ("]", ""):
                self.at += 1
                last = self.member()
                if len(last) != 1 or last[0][0] != last[0][1] or last[0][0] < first[0][0]:
                    raise Unsupported("a range without order")
                ranges.append((first[0][0], last[0][0]))
            else:
                ranges.extend(first)
        return negated(normal(ranges)) if inverse else normal(ranges)

    def member(self) -> Ranges:
        char = self.peek()
        self.at += 1
        return self.escape(inside=True) if char == "\\" else _single(ord(char))

    def escape(self, *, inside: bool) -> Ranges:
        char = self.peek()
        self.at += 1
        if char in _SETS and char:
            return _SETS[char]
        if char in _CONTROLS:
            return _single(_CONTROLS[char])
        match char:
            case "b" if inside:
                return _single(8)
            case "0" if self.peek() not in tuple("0123456789"):
                return _single(0)
            case "x":
                return self.hexadecimal(2)
            case "u":
                return self.unicode()
            case "p":
                return self.property()
            case _:
                if not char or (char.isascii() and char.isalnum()):
                    raise Unsupported(f"the escape \\{char}")
                return _single(ord(char))

    def hexadecimal(self, digits: int) -> Ranges:
        written = self.source[self.at : self.at + digits]
        if len(written) != digits or any(digit not in "0123456789abcdefABCDEF" for digit in written):
            raise Unsupported("an escape that is no number")
        self.at += digits
        code = int(written, 16)
        if code > MAX_CODE_POINT or _SURROGATES[0] <= code <= _SURROGATES[1]:
            raise Unsupported("an escape that is no character")
        return _single(code)

    def unicode(self) -> Ranges:
        if not self.take("{"):
            return self.hexadecimal(4)
        end = self.source.find("}", self.at)
        if not 1 <= end - self.at <= 6:
            raise Unsupported("an escape that is no number")
        ranges = self.hexadecimal(end - self.at)
        self.at += 1
        return ranges

    def property(self) -> Ranges:
        end = self.source.find("}", self.at)
        name = self.source[self.at + 1 : end] if self.peek() == "{" and end > 0 else ""
        if name not in _PROPERTIES:
            raise Unsupported(f"the property \\p{{{name}}}")
        self.at = end + 1
        return _PROPERTIES[name]
