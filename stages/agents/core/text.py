"""Strings without pattern or format: letters, words, names, lengths (GENERATION.md, section 4)."""

import re
from collections.abc import Callable
from functools import lru_cache

from stages.agents.core.draws import Draws
from stages.agents.core.tables import names, texts, words

LOWER = "abcdefghijklmnopqrstuvwxyz"
DIGITS = "0123456789"
ALNUM = DIGITS + LOWER
SAFE = "ABCDEFGHIJKLMNOPQRSTUVWXYZ" + LOWER + DIGITS + "-_"  # 64 characters that mean nothing anywhere in a request
SUFFIX_LENGTH = 6
_KNOWN_NAMES = 16_384  # more than the largest objects have, or asking for all of them in turn would remember none

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")


@lru_cache(maxsize=1024)
def lettered(alphabet: str) -> Callable[[Draws, int], str]:
    """``letters`` of an alphabet."""
    size = len(alphabet)
    if size == 1:
        return lambda _, count: alphabet * count
    table = "".join([alphabet[(byte * size) >> 8] for byte in range(256)])
    if not table.isascii():
        return lambda draws, count: draws.bytes(count).decode("latin-1").translate(table)
    octets = table.encode()
    return lambda draws, count: draws.bytes(count).translate(octets).decode("ascii")


def letters(draws: Draws, alphabet: str, count: int) -> str:
    """``count`` characters of an alphabet of at most 256; takes one number for every 8 characters begun, none where there is no choice."""
    return lettered(alphabet)(draws, count)


def word(draws: Draws) -> str:
    """A word of the table; takes one number."""
    known = words()
    return known[draws.below(len(known))]


@lru_cache(maxsize=_KNOWN_NAMES)
def name_keys(name: str) -> tuple[str, ...]:
    """Under which keys a name is looked up in the tables: all its words joined, its last two, its last."""
    parts = [part.lower() for part in _WORD.findall(name)]
    return tuple(dict.fromkeys("".join(parts[-count:]) for count in (len(parts), 2, 1) if 0 < count <= len(parts)))


@lru_cache(maxsize=_KNOWN_NAMES)
def named_text(name: str) -> str:
    """A plausible string for what has this name; "sample" where the name says nothing."""
    known = names().text
    return next((known[key] for key in name_keys(name) if key in known), "sample")


@lru_cache(maxsize=_KNOWN_NAMES)
def named_number(name: str) -> int | None:
    """A plausible number for what has this name."""
    known = names().number
    return next((known[key] for key in name_keys(name) if key in known), None)


@lru_cache(maxsize=_KNOWN_NAMES)
def is_varied(name: str) -> bool:
    """Whether values of this name should differ from case to case, so that creations do not collide."""
    known = names().vary
    return any(key in known for key in name_keys(name))


def varied(draws: Draws, text: str, high: int | None) -> str:
    """The text with six letters or digits more, before the first "@" or at its end, shortened to ``high``; takes one number.

    A text that has no room for six is replaced by letters and digits as far as there is room.
    """
    suffix = letters(draws, ALNUM, SUFFIX_LENGTH)
    head, at, tail = text.partition("@")
    if high is not None:
        room = high - len(at) - len(tail) - SUFFIX_LENGTH
        if room < 0:
            return suffix[:high]
        head = head[:room]
    return head + suffix + at + tail


def fitted(text: str, low: int, high: int | None) -> str:
    """The text cut to ``high``, or repeated up to ``low`` ("a" where it is empty)."""
    if high is not None and len(text) > high:
        return text[:high]
    if len(text) < low:
        base = text or "a"
        return (base * (low // len(base) + 1))[:low]
    return text


def pick_length(draws: Draws, low: int, high: int | None) -> int:
    """A length, mostly short, sometimes a bound; takes one or two numbers."""
    return lengths_between(low, high)(draws)


@lru_cache(maxsize=4096)
def lengths_between(low: int, high: int | None) -> Callable[[Draws], int]:
    """What picks a length of these."""
    top = low + 16 if high is None else min(high, low + 256)
    start = max(low, min(1, top))
    count = min(top, start + 12) - start + 1

    def pick(draws: Draws) -> int:
        kind = draws.below(8)
        if kind > 1:
            return start + draws.below(count)
        return top if kind else low

    return pick


@lru_cache(maxsize=4096)
def texts_between(low: int, high: int | None, *, plain: bool) -> Callable[[Draws], str]:
    """What makes texts of an allowed length at random: mostly letters and digits, sometimes words, special characters or other scripts.

    ``plain``: only characters that mean nothing in a request.
    """
    pick = lengths_between(low, high)
    safe, special, wide = map(lettered, (SAFE, texts().special + ALNUM, texts().planes + LOWER))

    def make(draws: Draws) -> str:
        kind = draws.below(8)
        length = pick(draws)
        if plain or kind < 4:
            return safe(draws, length)
        if kind < 6:
            return fitted(word(draws) + " " + word(draws), low, high)
        return special(draws, length) if kind == 6 else wide(draws, length)

    return make
