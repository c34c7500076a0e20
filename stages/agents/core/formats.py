"""Strings of a named format, from templates in ``native/data/formats.json`` (GENERATION.md, section 5)."""

import re
from collections.abc import Callable
from functools import cache

from stages.agents.core.draws import Draws
from stages.agents.core.tables import formats, words
from stages.agents.core.text import ALNUM, DIGITS, LOWER, SAFE, fitted, lettered

_ALPHABETS = {
    "hex": "0123456789abcdef",
    "base16": DIGITS + "ABCDEF",
    "base32": SAFE[:26] + "234567",
    "digit": DIGITS,
    "lower": LOWER,
    "alnum": ALNUM,
    "base64": SAFE[:62] + "+/",
    "base64url": SAFE,
}
_LETTERS = re.compile(r"([a-z0-9]+)\*(\d+)")
_RANGE = re.compile(r"(\d+)\.\.(\d+)")

Part = str | Callable[[Draws], str]


def is_known(name: str) -> bool:
    """Whether a format of strings has generators."""
    return name in formats()


def plausible(name: str, draws: Draws) -> str:
    """A plain value of a known format."""
    return _fill(_parts(formats()[name].plausible), draws)


def random(name: str, draws: Draws) -> str:
    """Any value of a known format."""
    return _fill(_parts(formats()[name].random), draws)


def interesting(name: str) -> list[str]:
    """Values of a known format that programs are known to trip over."""
    return formats()[name].values


def is_free(name: str) -> bool:
    """Whether any text has a known format."""
    return formats()[name].free


def can_stretch(name: str) -> bool:
    """Whether a known format has texts of given lengths."""
    return bool(formats()[name].stretch)


def longest(name: str) -> int | None:
    """How long a text of a known format can be stretched; None: without end, or not at all."""
    mosts = [entry.most for entry in formats()[name].stretch]
    return max((most for most in mosts if most is not None), default=None) if None not in mosts else None


def stretched(name: str, length: int) -> str | None:
    """A text of a known format that has this length; None where there is none."""
    for entry in formats()[name].stretch:
        room = length - len(entry.text.replace("{fill}", "").replace("{blocks}", ""))
        if entry.least <= length and (entry.most is None or length <= entry.most) and not (entry.whole and room % len(entry.fill)):
            blocks = (room - 1) // len(entry.block) if entry.block else 0
            share = room - blocks * len(entry.block)
            return entry.text.replace("{fill}", fitted(entry.fill, share, share)).replace("{blocks}", entry.block * blocks)
    return None


def _fill(parts: list[Part], draws: Draws) -> str:
    return "".join([part if isinstance(part, str) else part(draws) for part in parts])


@cache
def _parts(template: str) -> list[Part]:
    """A template cut into text and makers: "{{" is a brace, "{...}" a maker, any other "}" itself."""
    parts: list[Part] = []
    literal = ""
    at = 0
    while at < len(template):
        if template.startswith("{{", at):
            literal += "{"
            at += 2
        elif template[at] == "{":
            end = template.index("}", at)
            if literal:
                parts.append(literal)
                literal = ""
            parts.append(_maker(template[at + 1 : end]))
            at = end + 1
        else:
            literal += template[at]
            at += 1
    if literal:
        parts.append(literal)
    return parts


def _maker(inside: str) -> Callable[[Draws], str]:
    if inside == "word":
        known = words()
        return lambda draws: known[draws.below(len(known))]
    if match := _LETTERS.fullmatch(inside):
        letters, count = lettered(_ALPHABETS[match[1]]), int(match[2])
        return lambda draws: letters(draws, count)
    if match := _RANGE.fullmatch(inside):
        low, high = int(match[1]), int(match[2])
        width = len(match[2]) if len(match[1]) == len(match[2]) else 0
        return lambda draws: str(draws.between(low, high)).rjust(width, "0")
    choices = inside.split("|")
    return lambda draws: choices[draws.below(len(choices))]
