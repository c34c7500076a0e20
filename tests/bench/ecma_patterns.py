"""ECMA-262 regular expressions for a judge in Python: rewritten for the package ``regex``, which has Unicode properties.

What a token means is written out, so that no default of Python's is left: ``\\d`` and ``\\w`` are ASCII, ``.`` stops at four line ends,
``$`` is the end and not the line end before it (ECMA-262, 22.2.2). Without the flag u too, an astral character is one and not two halves.
"""

import functools
import re
from collections.abc import Iterator
from typing import Any

import regex

_SETS = {
    "d": "0-9",
    "w": "A-Za-z0-9_",
    "s": "\\t\\n\\x0b\\x0c\\r\\x20\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000\\ufeff",
}
_WORD = f"[{_SETS['w']}]"
_EDGE = f"(?:(?<={_WORD})(?!{_WORD})|(?<!{_WORD})(?={_WORD}))"
_CONTROLS = {"t": 9, "n": 10, "v": 11, "f": 12, "r": 13}
_ESCAPE = re.compile(
    r"\\(?:(?P<high>u[dD][89abAB]\w\w)\\(?P<low>u[dD][c-fC-F]\w\w)|u\{(?P<point>[0-9a-fA-F]+)\}|u(?P<unit>[0-9a-fA-F]{4})"
    r"|x(?P<byte>[0-9a-fA-F]{2})|c(?P<control>[A-Za-z])|[pP]\{[\w=]+\}|k<\w+>|[1-9]\d*|[\s\S])"
)
_CLASS = re.compile(r"\[\^?(?:\\[\s\S]|[^\]\\])*\]")
_QUANTIFIER = re.compile(r"\{\d+(?:,\d*)?\}")
_TOKEN = re.compile(f"{_CLASS.pattern}|{re.sub('[?]P<[a-z]+>', '?:', _ESCAPE.pattern)}|{_QUANTIFIER.pattern}|\\(\\?<(?![=!])\\w+>|[\\s\\S]")


@functools.lru_cache(maxsize=10_000)
def compiled(pattern: str) -> Any:
    """The expression, to be searched with. Raises ``regex.error``."""
    return regex.compile("".join(_translated(token[0]) for token in _TOKEN.finditer(pattern)), regex.V1)


def _translated(token: str) -> str:
    if token == ".":
        return "[^\\n\\r\\u2028\\u2029]"
    if token == "$":
        return "\\Z"
    if token[0] == "[" and len(token) > 1:
        return _set(token)
    if token[0] == "\\":
        return _escaped(token)
    if token in "{}]" or (len(token) == 1 and not token.isascii()):
        return f"\\{token}" if token.isascii() else token
    return f"(?P{token[2:]}" if token.startswith("(?<") and token.endswith(">") else token


def _escaped(token: str) -> str:
    """An escape outside of classes."""
    name = token[1:2]
    if name in {"b", "B"}:
        return _EDGE if name == "b" else f"(?!{_EDGE})"
    if name.lower() in _SETS and len(token) == 2:
        return f"[{'^' if name.isupper() else ''}{_SETS[name.lower()]}]"
    if token.startswith("\\k<"):
        return f"(?P={token[3:-1]})"
    if name in "123456789" or token.startswith(("\\p{", "\\P{")):
        return token
    return _literal(_character(token))


def _character(token: str) -> str:
    """The one character that an escape or a plain character stands for."""
    found = _ESCAPE.fullmatch(token)
    if found is None:
        return token
    if found["high"]:
        return (chr(int(found["high"][1:], 16)) + chr(int(found["low"][1:], 16))).encode("utf-16", "surrogatepass").decode("utf-16")
    for kind in ("point", "unit", "byte"):
        if found[kind]:
            return chr(int(found[kind], 16))
    if found["control"]:
        return chr(ord(found["control"]) % 32)
    name = token[1:]
    return "\0" if name == "0" else chr(_CONTROLS[name]) if name in _CONTROLS else name


def _literal(character: str) -> str:
    return f"\\U{ord(character):08x}"


def _set(token: str) -> str:
    """A class."""
    negated = token.startswith("[^")
    members = list(_members(token[2 if negated else 1 : -1]))
    if not members:
        return "[\\s\\S]" if negated else "(?!)"
    return f"[{'^' if negated else ''}{''.join(members)}]"


def _members(inner: str) -> Iterator[str]:
    tokens = [found[0] for found in re.finditer(f"{re.sub('[?]P<[a-z]+>', '?:', _ESCAPE.pattern)}|[\\s\\S]", inner)]
    at = 0
    while at < len(tokens):
        token = tokens[at]
        if at + 2 < len(tokens) and tokens[at + 1] == "-" and not (_is_set(token) or _is_set(tokens[at + 2])):
            yield f"{_member(token)}-{_member(tokens[at + 2])}"
            at += 3
            continue
        yield _member(token)
        at += 1


def _is_set(token: str) -> bool:
    return token[0] == "\\" and (token[1:].lower() in _SETS or token.startswith(("\\p{", "\\P{")))


def _member(token: str) -> str:
    if not _is_set(token):
        return _literal("\b" if token == "\\b" else _character(token))
    if token[1] in "pP":
        return token
    return f"[^{_SETS[token[1].lower()]}]" if token[1].isupper() else _SETS[token[1]]
