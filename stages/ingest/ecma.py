"""ECMA-262 patterns: which texts are one, and how a validator of another dialect is told them (ECMA-262, 22.2.1 and annex B.1.2).

JSON Schema wants the flag u, which refuses much that people write (``\\_``, ``[\\w-.]``), so annex B is read too, where the flag does not
say otherwise. Texts are sequences of code points: two escapes that are a surrogate pair are one character, a lone one is none.
"""

import re
from collections.abc import Iterable
from typing import NamedTuple

from stages.ingest.repeats import Read, Term, bounded, open_ended
from stages.ingest.spelling import ANYTHING, HIGH, LINE_END, LINE_START, LOW, NOTHING, head_of, range_of, spelt_as

ENDLESS_COUNT = 1_000_000_000  # no text is as long
MAX_DEPTH = 200

_QUANTIFIER = re.compile(r"(?:([*+?])|\{(\d+)(,(\d*))?\})(\??)", re.ASCII)
_BRACES = re.compile(r"\{\d+(?:,\d*)?\}", re.ASCII)
_MODIFIERS = re.compile(r"\?([ims]*)(?:-([ims]*))?:")
_FLAGS = re.compile(r"\?(?:[a-z]+(?:-[a-z]*)?|-[a-z]+)\)")
_NAME = re.compile(r"\?<([^>]*)>")
_SIMPLE_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_UNICODE = re.compile(r"u(?:([0-9A-Fa-f]{4})|\{([0-9A-Fa-f]+)\})")
_PROPERTY = re.compile(r"[pP]\{[A-Za-z0-9_]+(?:=[A-Za-z0-9_]+)?\}")
_OCTAL = re.compile(r"[0-3][0-7]{0,2}|[4-7][0-7]?")
_CONTROLS = {"t": 9, "n": 10, "v": 11, "f": 12, "r": 13}
_COUNTS: dict[str, tuple[int, int | None]] = {"*": (0, None), "+": (1, None), "?": (0, 1)}


class NotEcmaError(ValueError):
    """A text that is no ECMA-262 pattern; the text says why."""


class LetterEscapeError(NotEcmaError):
    """An escape of a letter that only annex B allows, where it is the letter: hardly what is meant by it."""


class ReadOtherwiseError(ValueError):
    """An ECMA-262 pattern with a part that validators read in another way, and that cannot be told them; the text names it."""


class _Choice(NamedTuple):
    branches: list[list[Term]]
    names: set[str]

    @property
    def text(self) -> str:
        return "|".join("".join(term.text for term in branch) for branch in self.branches)


def read(source: str, *, bounds: bool) -> Read:
    """The pattern, to be given to validators; with bounds of length only where ``bounds`` says so.

    Raises NotEcmaError, and ReadOtherwiseError for one that is a pattern.
    """
    reader = _Reader(source)
    found = reader.choice(0)
    if reader.more():
        raise NotEcmaError("a ) without (")
    if reader.otherwise:
        raise ReadOtherwiseError(reader.otherwise)
    if not reader.refers:
        found = _Choice([open_ended(branch) for branch in found.branches], found.names)
        if bounds and len(found.branches) == 1 and (told := bounded(found.branches[0])):
            return told
    return Read(found.text)


class _Reader:
    def __init__(self, source: str) -> None:
        self.source = source
        self.at = 0
        self.refers = False  # whether there is a back-reference
        self.numbers: dict[str, list[int]] = {}  # of the groups of a name
        self.opened = 0
        self.closed: set[int] = set()
        self.behind = 0  # how many look-behinds are open
        self.flags = frozenset[str]()  # those of the modifiers around
        self.otherwise = ""  # what validators read in another way
        self.groups, self.named = _groups(source)

    def more(self) -> bool:
        return self.at < len(self.source)

    def peek(self, ahead: int = 0) -> str:
        return self.source[self.at + ahead : self.at + ahead + 1]

    def take(self, expected: str) -> bool:
        if self.source.startswith(expected, self.at):
            self.at += len(expected)
            return True
        return False

    def match(self, expected: re.Pattern[str]) -> re.Match[str] | None:
        found = expected.match(self.source, self.at)
        if found:
            self.at = found.end()
        return found

    def choice(self, depth: int) -> _Choice:
        if depth > MAX_DEPTH:
            raise NotEcmaError(f"groups nested deeper than {MAX_DEPTH}")
        branches: list[list[Term]] = []
        names: set[str] = set()
        while True:
            terms, found = self.alternative(depth)
            branches.append(terms)
            names |= found
            if not self.take("|"):
                return _Choice(branches, names)

    def alternative(self, depth: int) -> tuple[list[Term], set[str]]:
        terms: list[Term] = []
        names: set[str] = set()
        while self.more() and self.peek() not in "|)":
            term, found = self.term(depth)
            if names & found:
                raise NotEcmaError(f"two groups named {min(names & found)!r}")
            names |= found
            terms.append(term)
        return terms, names

    def term(self, depth: int) -> tuple[Term, set[str]]:
        char = self.peek()
        if char in "^$":
            self.at += 1
            edge = char if "m" not in self.flags else LINE_START if char == "^" else LINE_END
            return self.unrepeated(Term(edge)), set()
        if char == "\\" and self.peek(1) in ("b", "B"):
            self.at += 2
            return self.unrepeated(Term(char + self.source[self.at - 1])), set()
        if char == "(":
            return self.group(depth)
        if char in "*+?" or (char == "{" and _BRACES.match(self.source, self.at)):
            raise NotEcmaError(f"nothing for {char} to repeat")
        if char == "[":
            unit = self.bracket()
        elif char == "\\":
            self.at += 1
            if reference := self.reference():
                return self.repeated(reference), set()
            unit = self.escape()
        else:
            self.at += 1
            unit = r"\{" if char == "{" else NOTHING if "\ud800" <= char <= "\udfff" else char
        return self.repeated(Term(unit, 1, 1)), set()

    def unrepeated(self, assertion: Term) -> Term:
        if _QUANTIFIER.match(self.source, self.at):
            raise NotEcmaError(f"nothing for {self.peek()} to repeat")
        return assertion

    def repeated(self, term: Term) -> Term:
        found = self.match(_QUANTIFIER)
        if not found:
            return term
        low, high = _COUNTS[found[1]] if found[1] else _counts(found)
        if high is not None and high < low:
            raise NotEcmaError("a quantifier whose bounds are out of order")
        if _QUANTIFIER.match(self.source, self.at):
            raise NotEcmaError(f"nothing for {self.peek()} to repeat")
        written = found[0] if high is not None or not found[4] else f"{{{low},}}{found[5]}"
        most = 0 if term.most == 0 or high == 0 else None if term.most is None or high is None else term.most * high
        unit = term.text if term.least == term.most != 0 else ""
        return Term(term.text + written, term.least * low, most, unit, low, high)

    def group(self, depth: int) -> tuple[Term, set[str]]:
        self.at += 1
        for look in ("?=", "?!", "?<=", "?<!"):
            if self.take(look):
                return self.look(look, depth)
        names: set[str] = set()
        number = 0
        head = "("
        outer = self.flags
        if self.peek() != "?":
            number = self.opened = self.opened + 1
        elif found := self.match(_NAME):
            number = self.opened = self.opened + 1
            name = _name(found[1])
            names.add(name)
            head = f"(?<{name}>" if _SIMPLE_NAME.fullmatch(name) and name not in self.numbers else "("
            self.numbers.setdefault(name, []).append(number)
        elif found := self.match(_MODIFIERS):
            added, removed = found[1], found[2] or ""
            flags = added + removed
            if len(set(flags)) < len(flags) or (found[2] is not None and not flags):
                raise NotEcmaError("flags of a group that stand twice or are none")
            head = head_of(added, removed)
            self.flags = (self.flags | set(added)) - set(removed)
        elif found := self.match(_FLAGS):
            raise NotEcmaError(f"flags for all that follows, ({found[0]}, which are of other dialects")
        else:
            raise NotEcmaError(f"a group that begins with ({self.source[self.at : self.at + 2]}")
        inner = self.choice(depth + 1)
        self.close()
        self.flags = outer
        self.closed.add(number)
        if names & inner.names:
            raise NotEcmaError(f"two groups named {min(names & inner.names)!r}")
        mosts = [_sum(term.most for term in branch) for branch in inner.branches]
        least = min(sum(term.least for term in branch) for branch in inner.branches)
        term = Term(f"{head}{inner.text})", least, None if None in mosts else max(most or 0 for most in mosts))
        if len(inner.branches) == 1 and len(inner.branches[0]) == 1 and inner.branches[0][0].unit:
            [only] = inner.branches[0]
            term = term._replace(unit=only.unit, low=only.low, high=only.high, head=head + only.head, tail=only.tail + ")")
        return self.repeated(term), names | inner.names

    def look(self, look: str, depth: int) -> tuple[Term, set[str]]:
        self.behind += "<" in look
        inner = self.choice(depth + 1)
        self.close()
        self.behind -= "<" in look
        term = Term(f"({look}{inner.text})")
        if "<" in look:
            return self.unrepeated(term), inner.names
        quantified = self.repeated(term)  # annex B; nothing is taken, so once is as good as often
        if quantified is not term:
            term = Term("(?:)") if quantified.low == 0 else term
        return term, inner.names

    def close(self) -> None:
        if not self.take(")"):
            raise NotEcmaError("a ( without )")

    def reference(self) -> Term | None:
        """A back-reference, behind its backslash; None where it is none. To a group that is not closed by then it is no text."""
        if self.peek() == "k" and self.named:
            self.at += 1
            end = self.source.find(">", self.at)
            name = _name(self.source[self.at + 1 : end]) if self.peek() == "<" and end > 0 else ""
            if name not in self.named:
                raise NotEcmaError("\\k without the name of a group")
            self.at = end + 1
            known = self.numbers.get(name, [])
            self.refers = True
            if len(known) > 1:
                return Term(f"\\k<{name}>", 0, None)
            number = known[0] if known else self.groups + 1
        else:
            digits = re.compile(r"[1-9]\d*", re.ASCII).match(self.source, self.at)
            if not digits or len(digits[0]) > 6 or int(digits[0]) > self.groups:
                return None
            self.at = digits.end()
            number = int(digits[0])
            self.refers = True
        if number not in self.closed and not self.behind:
            return Term("(?:)")
        if "i" in self.flags:
            self.otherwise = "a back-reference under the flag i"
        return Term(f"(?:\\{number})" if self.peek().isdigit() else f"\\{number}", 0, None)

    def escape(self) -> str:
        """An escape that is one character of some, outside of classes, behind its backslash."""
        char = self.peek()
        if char in ("d", "D", "s", "S", "w", "W") or self.is_property():
            return self.set()
        if char == "c" and not (self.peek(1).isascii() and self.peek(1).isalpha()):
            return r"\\"
        start = self.at
        code = self.code()
        return spelt_as(code, "\\" + self.source[start : self.at])

    def is_property(self) -> bool:
        return _PROPERTY.match(self.source, self.at) is not None

    def set(self) -> str:
        start = self.at
        if not self.match(_PROPERTY):
            self.at += 1
        elif self.source[start] == "P" and "i" in self.flags:
            self.otherwise = f"\\{self.source[start : self.at]} under the flag i"
        return "\\" + self.source[start : self.at]

    def code(self, *, inside: bool = False) -> int:
        """The code point that an escape stands for, behind its backslash."""
        if not self.more():
            raise NotEcmaError("a \\ at the end")
        char = self.peek()
        if char == "u" and (found := _UNICODE.match(self.source, self.at)):
            return self.unicode(found)
        if char == "x" and (found := re.compile(r"x([0-9A-Fa-f]{2})").match(self.source, self.at)):
            self.at = found.end()
            return int(found[1], 16)
        if octal := self.match(_OCTAL):
            return int(octal[0], 8)
        self.at += 1
        if char in _CONTROLS:
            return _CONTROLS[char]
        if char == "b" and inside:
            return 8
        if char == "c":
            self.at += 1
            return ord(self.source[self.at - 1]) % 32
        if char.isascii() and char.isalpha():
            raise LetterEscapeError(f"the escape \\{char}")
        return ord(char)

    def unicode(self, found: re.Match[str]) -> int:
        code = int(found[1] or found[2], 16)
        if code > 0x10FFFF:
            raise NotEcmaError("an escape beyond the last character")
        self.at = found.end()
        if found[1] and code in HIGH and self.peek() == "\\":
            second = _UNICODE.match(self.source, self.at + 1)
            if second and second[1] and int(second[1], 16) in LOW:
                self.at = second.end()
                return 0x10000 + ((code - 0xD800) << 10) + int(second[1], 16) - 0xDC00
        return code

    def bracket(self) -> str:
        """A class. ``[]`` and ``[^]`` are spelt out, hyphens between what is no range are escaped, surrogates left out."""
        self.at += 1
        inverse = self.take("^")
        made: list[str] = []
        while not self.take("]"):
            first, spelt = self.member()
            if self.peek() != "-" or self.peek(1) in ("]", ""):
                made.append(spelt)
                continue
            self.at += 1
            last, spelt_last = self.member()
            if first is None or last is None:
                made += [spelt, r"\-", spelt_last]
            elif last < first:
                raise NotEcmaError("a range that is out of order")
            else:
                made.append(range_of(first, last, spelt, spelt_last))
        inside = "".join(made)
        if not inside:
            return ANYTHING if inverse else NOTHING
        return f"[^{inside}]" if inverse else f"[{inside}]"

    def member(self) -> tuple[int | None, str]:
        """One member of a class: its code point, None for a set; and how it is spelt, "" for what no text has."""
        if not self.more():
            raise NotEcmaError("a [ without ]")
        char = self.peek()
        self.at += 1
        if char != "\\":
            return ord(char), "" if "\ud800" <= char <= "\udfff" else char
        following = self.peek()
        if following in ("d", "D", "s", "S", "w", "W") or self.is_property():
            return None, self.set()
        if following == "c" and not (self.peek(1).isascii() and (self.peek(1).isalnum() or self.peek(1) == "_")):
            return ord("\\"), r"\\"
        start = self.at
        code = self.code(inside=True)
        return code, "" if code in HIGH or code in LOW else spelt_as(code, "\\" + self.source[start : self.at])


def _groups(source: str) -> tuple[int, set[str]]:
    """How many groups can be referred to, and their names: back-references may stand before them."""
    count, names = 0, set[str]()
    for found in re.finditer(r"\\.|\[(?:\\.|[^\]\\])*\]|\((?!\?)|\(\?<(?![=!])([^>]*)>", source, re.DOTALL):
        if found[0].startswith("("):
            count += 1
            if found[1] is not None:
                names.add(_name(found[1]))
    return count, names


def _name(written: str) -> str:
    """The name of a group (RegExpIdentifierName)."""
    name = re.sub(_UNICODE_IN_NAME, lambda found: chr(min(int(found[1] or found[2], 16), 0x10FFFF)), written)
    if not re.sub(r"[$\u200c\u200d]", "_", name).isidentifier() or name[0] in "\u200c\u200d":
        raise NotEcmaError(f"a group with the name {written[:40]!r}")
    return name


_UNICODE_IN_NAME = re.compile(r"\\u(?:([0-9A-Fa-f]{4})|\{([0-9A-Fa-f]+)\})")


def _counts(found: re.Match[str]) -> tuple[int, int | None]:
    """The bounds that braces name. No text is long enough for the largest ones."""
    low = int(found[2][:19])
    high = low if found[3] is None else int(found[4][:19]) if found[4] else None
    return low, high if high is None or high <= ENDLESS_COUNT or high == low else None


def _sum(lengths: Iterable[int | None]) -> int | None:
    total = 0
    for length in lengths:
        if length is None:
            return None
        total += length
    return total
