"""ECMA-262 regular expressions for a judge in Python: rewritten for the package ``regex``, which has Unicode properties.

What a token means is written out, so that no default of Python's is left: ``\\d`` and ``\\w`` are ASCII, ``.`` stops at four line ends,
``$`` is the end and not the line end before it (ECMA-262, 22.2.2). Without the flag u too, an astral character is one and not two halves.
Modifiers of groups are written out too: a class with all characters that one of its own is equal to without regard to case.
"""

import functools
import re
import sys
from collections.abc import Iterator
from typing import Any

import regex

_SETS = {
    "d": "0-9",
    "w": "A-Za-z0-9_",
    "s": "\\t\\n\\x0b\\x0c\\r\\x20\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000\\ufeff",
}
_FOLDED_WORD = f"{_SETS['w']}\\u017f\\u212a"
_MODIFIERS = re.compile(r"\(\?(?P<added>[ims]*)(?:-(?P<removed>[ims]*))?:")
_CONTROLS = {"t": 9, "n": 10, "v": 11, "f": 12, "r": 13}
_ESCAPE = re.compile(
    r"\\(?:(?P<high>u[dD][89abAB]\w\w)\\(?P<low>u[dD][c-fC-F]\w\w)|u\{(?P<point>[0-9a-fA-F]+)\}|u(?P<unit>[0-9a-fA-F]{4})"
    r"|x(?P<byte>[0-9a-fA-F]{2})|c(?P<control>[A-Za-z])|[pP]\{[\w=]+\}|k<\w+>|[1-9]\d*|[\s\S])"
)
_CLASS = re.compile(r"\[\^?(?:\\[\s\S]|[^\]\\])*\]")
_QUANTIFIER = re.compile(r"\{\d+(?:,\d*)?\}")
_PLAIN_ESCAPE = re.sub("[?]P<[a-z]+>", "?:", _ESCAPE.pattern)
_HEADS = (r"\(\?[ims]*(?:-[ims]*)?:", r"\(\?<(?![=!])\w+>")
_TOKEN = re.compile("|".join((*_HEADS, _CLASS.pattern, _PLAIN_ESCAPE, _QUANTIFIER.pattern, r"[\s\S]")))


@functools.lru_cache(maxsize=10_000)
def compiled(pattern: str) -> Any:
    """The expression, to be searched with. Raises ``regex.error``."""
    written: list[str] = []
    flags, outer = frozenset[str](), list[frozenset[str]]()
    for found in _TOKEN.finditer(pattern):
        token = found[0]
        if token[0] == "(":
            outer.append(flags)
            flags = _modified(token, flags)
        written.append(_translated(token, flags))
        if token == ")" and outer:
            flags = outer.pop()
    return regex.compile("".join(written), regex.V1)


def _modified(head: str, flags: frozenset[str]) -> frozenset[str]:
    """The flags within a group that begins so. Raises ``regex.error``."""
    found = _MODIFIERS.fullmatch(head)
    if found is None or head == "(?:":
        return flags
    both = found["added"] + (found["removed"] or "")
    if not both or len(set(both)) < len(both):
        raise regex.error("flags that stand twice or are none")
    return (flags | set(found["added"])) - set(found["removed"] or "")


@functools.cache
def _equal() -> dict[str, str]:
    """Characters that are equal to others without regard to case, with these: simple folding joins those that full folding makes one."""
    groups: dict[str, list[str]] = {}
    for code in range(sys.maxunicode + 1):
        groups.setdefault(chr(code).casefold(), []).append(chr(code))
    return {char: "".join(group) for group in groups.values() if len(group) > 1 for char in group}


def _folded(members: str) -> str:
    """The members of a class with what they are equal to."""
    inside = regex.compile(f"[{members}]", regex.V1)
    return members + "".join(sorted({_literal(other) for char, others in _equal().items() if inside.match(char) for other in others}))


def _translated(token: str, flags: frozenset[str]) -> str:
    if token == ".":
        return "[\\s\\S]" if "s" in flags else "[^\\n\\r\\u2028\\u2029]"
    if token in {"^", "$"} and "m" in flags:
        return f"(?{'<' if token == '^' else ''}![^\\n\\r\\u2028\\u2029])"
    if token == "$":
        return "\\Z"
    if token[0] == "[" and len(token) > 1:
        return _set(token, flags)
    if token[0] == "\\":
        return _escaped(token, flags)
    if _MODIFIERS.fullmatch(token):
        return "(?:"
    if "i" in flags and token in _equal():
        return f"[{_folded(_literal(token))}]"
    if token in "{}]" or (len(token) == 1 and not token.isascii()):
        return f"\\{token}" if token.isascii() else token
    return f"(?P{token[2:]}" if token.startswith("(?<") and token.endswith(">") else token


def _escaped(token: str, flags: frozenset[str]) -> str:
    """An escape outside of classes."""
    name = token[1:2]
    if name in {"b", "B"}:
        word = f"[{_FOLDED_WORD if 'i' in flags else _SETS['w']}]"
        edge = f"(?:(?<={word})(?!{word})|(?<!{word})(?={word}))"
        return edge if name == "b" else f"(?!{edge})"
    if token.startswith("\\k<") or name in "123456789":
        reference = f"(?P={token[3:-1]})" if name == "k" else token
        return f"(?i:{reference})" if "i" in flags else reference
    if "i" in flags:
        return f"[{_folded(_member(token, flags))}]"
    if name.lower() in _SETS and len(token) == 2:
        return f"[{'^' if name.isupper() else ''}{_SETS[name.lower()]}]"
    return token if token.startswith(("\\p{", "\\P{")) else _literal(_character(token))


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


def _set(token: str, flags: frozenset[str]) -> str:
    """A class."""
    negated = token.startswith("[^")
    members = "".join(_members(token[2 if negated else 1 : -1], flags))
    if not members:
        return "[\\s\\S]" if negated else "(?!)"
    return f"[{'^' if negated else ''}{_folded(members) if 'i' in flags else members}]"


def _members(inner: str, flags: frozenset[str]) -> Iterator[str]:
    tokens = [found[0] for found in re.finditer(f"{_PLAIN_ESCAPE}|[\\s\\S]", inner)]
    at = 0
    while at < len(tokens):
        token = tokens[at]
        if at + 2 < len(tokens) and tokens[at + 1] == "-" and not (_is_set(token) or _is_set(tokens[at + 2])):
            yield f"{_member(token, flags)}-{_member(tokens[at + 2], flags)}"
            at += 3
            continue
        yield _member(token, flags)
        at += 1


def _is_set(token: str) -> bool:
    return token[0] == "\\" and (token[1:].lower() in _SETS or token.startswith(("\\p{", "\\P{")))


def _member(token: str, flags: frozenset[str]) -> str:
    if not _is_set(token):
        return _literal("\b" if token == "\\b" else _character(token))
    if token[1] in "pP":
        return token
    if token[1] == "W" and "i" in flags:
        return f"[^{_FOLDED_WORD}]"
    return f"[^{_SETS[token[1].lower()]}]" if token[1].isupper() else _SETS[token[1]]
