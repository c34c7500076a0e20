"""Regular expressions: ECMA-262 is JSON Schema's dialect. What is one, what those of other dialects mean, and what validators are told."""

import functools
import re
from typing import NamedTuple

import jsonschema_rs

from stages.ingest.ecma import LetterEscapeError, NotEcmaError, ReadOtherwiseError, read
from stages.ingest.properties import meant_property, unknown_property
from stages.ingest.repeats import Read

# How large a compiled pattern may be, in bytes: ten times the validator's own limit. Everything that compiles schemas has the same limit.
MAX_BYTES = 1 << 27
MOST_LARGE = 8
PATTERNS = jsonschema_rs.FancyRegexOptions(size_limit=MAX_BYTES)

_LITERAL = re.compile(r"/(\^.*\$)/([a-z]*)", re.DOTALL)  # JavaScript's /^...$/i: the slashes could never match around ^ and $
_CLASS = re.compile(r"\[\^?\]?(?:\\.|[^\]\\])*\]", re.DOTALL)
_FLAGS = re.compile(r"(\^?)\(\?([isu]+)\)")  # at the beginning: of the whole
_MODIFIED = re.compile(r"\(\?(?:[ims]+|[ims]*-[ims]+):")
_ESCAPE = re.compile(r"\\(?:[pP]\{\w+\}|[pP][CLMNPSZ]|x\{[0-9A-Fa-f]+\}|u\{\w+\}|u\w{4}|x\w{2}|c\w|k<\w+>|.)", re.DOTALL)
_TOKEN = re.compile(rf"{_ESCAPE.pattern}|{_CLASS.pattern}|\(\?P=\w+\)|\(\?P?<?\w*|[A-Za-z]", re.DOTALL)
_IN_CLASS = re.compile(rf"{_ESCAPE.pattern}|[A-Za-z]-[A-Za-z]|[A-Za-z]", re.DOTALL)
_COUNTED = re.compile(r"\{\d*,?\d\d")
_DOT = re.compile(rf"{_ESCAPE.pattern}|{_CLASS.pattern}|\.", re.DOTALL)
_ANCHORS = {r"\A": "^", r"\Z": "$", r"\z": "$"}  # Ruby's and Python's
_POSIX = {  # Java's names of POSIX classes, those that are no Unicode properties of ECMA-262
    "Alnum": "0-9A-Za-z",
    "Blank": r" \t",
    "Cntrl": r"\x00-\x1F\x7F",
    "Digit": "0-9",
    "Graph": "!-~",
    "Print": " -~",
    "Punct": r"!-\/:-@\[-`\{-~",
    "Space": r" \t\n\v\f\r",
    "XDigit": "0-9A-Fa-f",
}


class BadPatternError(Exception):
    """A pattern that cannot be kept; the text says why."""


class Told(NamedTuple):
    """What validators are told of a pattern. ``is_mended``: it was of another dialect."""

    read: Read
    is_mended: bool


class Patterns:
    """The patterns of a document, of which few may be so large that compiling them takes a second and hundreds of megabytes."""

    def __init__(self) -> None:
        self._large: dict[str, bool] = {}

    def told(self, expression: str, *, bounds: bool) -> Told:
        """The pattern, as validators can compile it; with ``bounds`` perhaps together with bounds of length. Raises BadPatternError."""
        shown = repr(expression[:80])
        found, is_within = _told(expression, bounds=bounds)
        text = found.read.text
        if is_within:
            return found
        if _COUNTED.search(text) and text not in self._large:
            if len(self._large) == MOST_LARGE:
                raise BadPatternError(f"{shown} is an ECMA-262 pattern, but one more as large as {MOST_LARGE} others of the document")
            self._large[text] = compiles(text, PATTERNS)
        if self._large.get(text):
            return found
        raise BadPatternError(f"{shown} is an ECMA-262 pattern, but beyond what the validator can compile")


@functools.lru_cache(maxsize=20_000)
def _told(expression: str, *, bounds: bool) -> tuple[Told, bool]:
    """What is told of the pattern, and whether that is within the validator's own limits. Raises BadPatternError."""
    shown = repr(expression[:80])
    meant = meant_pattern(expression)
    try:
        found = read(meant, bounds=bounds)
    except LetterEscapeError as why:
        raise BadPatternError(f"{shown} is no ECMA-262 pattern with the flag u, and what else it means is not clear: {why}") from None
    except NotEcmaError as why:
        raise BadPatternError(f"{shown} is no ECMA-262 pattern: {why}") from None
    except ReadOtherwiseError as what:
        raise BadPatternError(f"{shown} is an ECMA-262 pattern, but beyond what the validator can tell: {what}") from None
    if unknown := unknown_property(meant):
        raise BadPatternError(f"{shown} is no ECMA-262 pattern with the flag u: it has no property {unknown}")
    return Told(found, meant != expression), compiles(found.text)


def compiles(expression: str, options: jsonschema_rs.FancyRegexOptions | None = None) -> bool:
    """Whether the validator can use the expression, within its own limits or within those given."""
    try:
        jsonschema_rs.Draft202012Validator({"pattern": expression}, pattern_options=options)
    except ValueError:
        return False
    return True


def meant_pattern(expression: str) -> str:
    """The expression with the known habits of other dialects put right; itself where there are none.

    What is ECMA-262 is kept as it is, but for what nobody can mean by it: slashes around the whole, letters for anchors and classes.
    """
    if literal := _LITERAL.fullmatch(expression):
        expression = _with_flags(literal[1], literal[2])
    elif flags := _FLAGS.match(expression):
        expression = _with_flags(flags[1] + expression[flags.end() :], flags[2])
    return _TOKEN.sub(_of_ecma, expression)


def _with_flags(expression: str, flags: str) -> str:
    """The expression under the flags i, m and s, without them; as modifiers of a group for m, and where it has some of its own."""
    modifiers = "".join(flag for flag in "ims" if flag in flags)
    if "m" in modifiers or (modifiers and _MODIFIED.search(expression)):
        return f"(?{modifiers}:{expression})"
    if "i" in flags:
        expression = _TOKEN.sub(_of_any_case, expression)
    return _DOT.sub(lambda found: r"[\s\S]" if found[0] == "." else found[0], expression) if "s" in flags else expression


def _of_ecma(token: re.Match[str]) -> str:
    """An anchor, a class, a code point or a named group as ECMA-262 writes it."""
    written = token[0]
    if written.startswith("["):
        return _ESCAPE.sub(lambda escape: (_POSIX.get(escape[0][3:-1]) if escape[0][1] == "p" else None) or _escape(escape[0]), written)
    if written.startswith("(?P"):
        return f"\\k<{written[4:-1]}>" if written.startswith("(?P=") else f"(?{written[3:]}"
    members = _POSIX.get(written[3:-1]) if written[:2] in {r"\p", r"\P"} else None
    if members is not None:
        return f"[{members}]" if written[1] == "p" else f"[^{members}]"
    return _ANCHORS.get(written) or _escape(written)


def _escape(written: str) -> str:
    r"""``\x{41}``, ``\pL`` and ``\p{Greek}`` as ECMA-262 writes them."""
    if written.startswith(r"\x{"):
        return f"\\u{written[2:]}"
    if written[:3] in {r"\p{", r"\P{"}:
        return f"{written[:3]}{meant_property(written[3:-1])}}}"
    return f"{written[:2]}{{{written[2]}}}" if written[:2] in {r"\p", r"\P"} and len(written) == 3 else written


def _of_any_case(token: re.Match[str]) -> str:
    """A letter, or the letters of a class, in both cases: the flag i (ASCII)."""
    written = token[0]
    if written.startswith("["):
        return _IN_CLASS.sub(_both_cases, written)
    return f"[{written}{written.swapcase()}]" if written.isalpha() else written


def _both_cases(part: re.Match[str]) -> str:
    written = part[0]
    if written.startswith("\\") or written[0].isupper() != written[-1].isupper():
        return written
    return written + written.swapcase()
