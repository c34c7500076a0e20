"""ECMA-262 patterns, read (GENERATION.md, section 7). What goes beyond raises ``Unsupported``: the generator gives up on it by name."""

from __future__ import annotations

import re
from functools import cache

from stages.agents.core.trees import (
    MAX_CODE_POINT,
    SURROGATES,
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
    choice,
    negated,
    normal,
    repeat,
    sequence,
)
from stages.agents.core.unicode import any_case, property_ranges

MAX_REPEAT = 4096
MAX_WEIGHT = 20000


class Unsupported(ValueError):
    """A pattern that is beyond those; the text names what."""


_DIGIT: Ranges = ((0x30, 0x39),)
_WORD: Ranges = ((0x30, 0x39), (0x41, 0x5A), (0x5F, 0x5F), (0x61, 0x7A))
_SPACE: Ranges = (
    *((9, 13), (32, 32), (0xA0, 0xA0), (0x1680, 0x1680), (0x2000, 0x200A), (0x2028, 0x2029), (0x202F, 0x202F), (0x205F, 0x205F)),
    *((0x3000, 0x3000), (0xFEFF, 0xFEFF)),
)
_ALL: Ranges = negated(())
_ANY = negated(((0x0A, 0x0A), (0x0D, 0x0D), (0x2028, 0x2029)))
_SETS = {"d": _DIGIT, "w": _WORD, "s": _SPACE, "D": negated(_DIGIT), "S": negated(_SPACE)}
_MODIFIERS = re.compile("([ims]*)(-?)([ims]*):")
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


def _weight(tree: Tree) -> int:
    """How many parts the shortest text that takes every part is made of."""
    match tree:
        case Sequence(parts):
            return 1 + sum(map(_weight, parts))
        case Choice(branches):
            return max(map(_weight, branches))
        case Repeat(part, low):
            return 1 + max(low, 1) * _weight(part)
        case Look(part) | Group(part):
            return 1 + _weight(part)
        case _:
            return 1


class _Reader:
    def __init__(self, source: str) -> None:
        self.source = source
        self.at = 0
        self.opened = 0  # groups so far
        self.groups: dict[int, Group] = {}  # those that are closed
        self.names: dict[str, int] = {}
        self.flags = frozenset[str]()  # those of the modifiers around

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
        if isinstance(part, (Edge, Boundary, Look)):
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
            case "^" | "$" if "m" in self.flags:
                return Look(Class(_ANY), ahead=char == "$", inverse=True)
            case "^" | "$":
                return Edge(start=char == "^")
            case ".":
                return Class(_ALL if "s" in self.flags else _ANY)
            case "(":
                return self.group(depth)
            case "[":
                return Class(self.bracket())
            case "\\" if self.peek() in ("b", "B"):
                self.at += 1
                return Boundary(self.source[self.at - 1] == "B", self.cased(_WORD))
            case "\\" if self.peek() in tuple("123456789k"):
                return self.back()
            case "\\":
                return Class(self.cased(self.escape(inside=False)))
            case "*" | "+" | "?" | "{":
                raise Unsupported("a quantifier of nothing")
            case _:
                return Class(self.cased(_single(ord(char))))

    def cased(self, ranges: Ranges) -> Ranges:
        """The characters that match one of the ranges."""
        return any_case(ranges) if "i" in self.flags else ranges

    def group(self, depth: int) -> Tree:
        look = next((start for start in ("?=", "?!", "?<=", "?<!") if self.take(start)), "")
        number = 0
        outer = self.flags
        if not look and not self.take("?:") and not self.modifiers():
            number = self.opened = self.opened + 1
            if self.take("?"):
                name_end = self.source.find(">", self.at)
                if self.peek() != "<" or name_end < 0:
                    raise Unsupported("a group with flags")
                self.names.setdefault(self.source[self.at + 1 : name_end], number)
                self.at = name_end + 1
        tree = self.choice(depth + 1)
        if not self.take(")"):
            raise Unsupported("unbalanced (")
        self.flags = outer
        if look:
            return Look(tree, "<" not in look, "!" in look)
        if number:
            tree = self.groups[number] = Group(tree, number, tree.least, tree.most)
        return tree

    def modifiers(self) -> bool:
        """Whether the group has some, which then are in force."""
        found = _MODIFIERS.match(self.source, self.at + 1) if self.peek() == "?" else None
        if not found:
            return False
        flags = found[1] + found[3]
        if not flags or len(set(flags)) < len(flags):
            raise Unsupported("a group with flags that stand twice or are none")
        self.at = found.end()
        self.flags = (self.flags | set(found[1])) - set(found[3])
        return True

    def back(self) -> Tree:
        """A back-reference to a group that is closed; to one that is not, it is no text."""
        if self.take("k"):
            end = self.source.find(">", self.at)
            name = self.source[self.at + 1 : end] if self.peek() == "<" and end > 0 else ""
            if name not in self.names:
                raise Unsupported("the escape \\k")
            self.at = end + 1
            number = self.names[name]
        else:
            digits = self.peek()
            self.at += 1
            while self.peek() in tuple("0123456789"):
                digits += self.peek()
                self.at += 1
            number = int(digits[:6])
            if number > self.opened:
                raise Unsupported(f"the escape \\{digits}")
        group = self.groups.get(number)
        return Back(number, group.least, group.most) if group else sequence([])

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
        found = self.cased(normal(ranges))
        return negated(found) if inverse else found

    def member(self) -> Ranges:
        char = self.peek()
        self.at += 1
        return self.escape(inside=True) if char == "\\" else _single(ord(char))

    def escape(self, *, inside: bool) -> Ranges:
        char = self.peek()
        self.at += 1
        if char == "W":
            return negated(self.cased(_WORD))
        if char in _SETS and char:
            return _SETS[char]
        if char in _CONTROLS:
            return _single(_CONTROLS[char])
        match char:
            case "b" if inside:
                return _single(8)
            case "0" if self.peek() not in tuple("0123456789"):
                return _single(0)
            case "c" if (letter := self.peek()).isascii() and letter.isalpha():
                self.at += 1
                return _single(ord(letter) % 32)
            case "x":
                return self.hexadecimal(2)
            case "u":
                return self.unicode()
            case "p" | "P":
                return self.property(inverse=char == "P")
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
        if code > MAX_CODE_POINT or SURROGATES[0] <= code <= SURROGATES[1]:
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

    def property(self, *, inverse: bool) -> Ranges:
        end = self.source.find("}", self.at)
        name = self.source[self.at + 1 : end] if self.peek() == "{" and end > 0 else ""
        ranges = property_ranges(name)
        if ranges is None:
            raise Unsupported(f"the property \\{'P' if inverse else 'p'}{{{name}}}")
        self.at = end + 1
        return negated(ranges) if inverse else ranges
