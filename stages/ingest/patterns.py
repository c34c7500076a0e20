"""Regular expressions: which ones the validator compiles, and what those of other dialects mean (ECMA-262 is JSON Schema's)."""

import functools
import re

import jsonschema_rs

_LITERAL = re.compile(r"/(\^.*\$)/([a-z]*)", re.DOTALL)  # JavaScript's /^...$/i: the slashes could never match around ^ and $
_CLASS = re.compile(r"\[\^?\]?(?:\\.|[^\]\\])*\]", re.DOTALL)
_LOOSE_HYPHEN = re.compile(r"(\\[wsdWSD])-(?!\])|(?<!\[)(?<!\[\^)-(?=\\[wsdWSD])")
_ESCAPE = re.compile(r"\\(?:[pP]\{\w+\}|u\{\w+\}|u\w{4}|x\w{2}|c\w|k<\w+>|.)", re.DOTALL)
_TOKEN = re.compile(rf"{_ESCAPE.pattern}|{_CLASS.pattern}|\(\?<?\w*|[A-Za-z]", re.DOTALL)
_IN_CLASS = re.compile(rf"{_ESCAPE.pattern}|[A-Za-z]-[A-Za-z]|[A-Za-z]", re.DOTALL)
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


@functools.lru_cache(maxsize=20_000)
def compiles(expression: str) -> bool:
    """Whether the validator that judges the answers can use the expression."""
    try:
        jsonschema_rs.Draft202012Validator({"pattern": expression})
    except ValueError:
        return False
    return True


def meant_pattern(expression: str) -> str:
    """The expression with the known habits of other dialects put right; itself where there are none.

    What ECMA-262 compiles is kept as it is, but for what nobody can mean by it: slashes around the whole, letters for anchors and classes.
    """
    if literal := _LITERAL.fullmatch(expression):
        expression = _TOKEN.sub(_of_any_case, literal[1]) if "i" in literal[2] else literal[1]
    expression = _TOKEN.sub(_of_ecma, expression)
    return expression if compiles(expression) else _CLASS.sub(lambda found: _LOOSE_HYPHEN.sub(_escaped, found[0]), expression)


def _of_ecma(token: re.Match[str]) -> str:
    """An anchor or a POSIX class as ECMA-262 writes it."""
    written = token[0]
    if written.startswith("["):
        return _ESCAPE.sub(lambda escape: (_POSIX.get(escape[0][3:-1]) if escape[0][1] == "p" else None) or escape[0], written)
    members = _POSIX.get(written[3:-1]) if written[:2] in {r"\p", r"\P"} else None
    if members is not None:
        return f"[{members}]" if written[1] == "p" else f"[^{members}]"
    return _ANCHORS.get(written, written)


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


def _escaped(found: re.Match[str]) -> str:
    r"""A hyphen beside a class escape (``[\w-.]``) is no range: only itself can be meant (ECMA-262, annex B)."""
    return f"{found[1] or ''}\\-"
