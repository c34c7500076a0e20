"""Unicode properties by the names that ECMA-262 gives them, and case, from ``native/data/unicode.json`` (GENERATION.md, section 7)."""

from bisect import bisect_left, bisect_right
from functools import cache, lru_cache

from stages.agents.core.tables import unicode
from stages.agents.core.trees import MAX_CODE_POINT, Ranges, normal

_SCRIPT = ("Script", "sc")
_EXTENSIONS = ("Script_Extensions", "scx")
_CATEGORY = ("General_Category", "gc")


@cache
def property_ranges(name: str) -> Ranges | None:
    """The code points with a property, but surrogates; None where the table has no such property."""
    known = unicode()
    keyword, equals, value = name.partition("=")
    if equals and keyword in _SCRIPT + _EXTENSIONS:
        short = known.names["scripts"].get(value, value)
        written = known.extensions.get(short) if keyword in _EXTENSIONS else None
        written = known.scripts.get(short) if written is None else written
        return None if written is None else _ranges(written)
    if equals and keyword not in _CATEGORY:
        return None
    value = value if equals else name
    short = known.names["categories"].get(value, value)
    members = known.groups.get(short, [short] if short in known.categories else [])
    if members:
        return normal([pair for member in members for pair in _ranges(known.categories[member])])
    if equals or name in ("", "Any"):
        return ((0, 0xD7FF), (0xE000, MAX_CODE_POINT)) if name == "Any" else None
    if name == "ASCII":
        return ((0, 0x7F),)
    written = known.binary.get(known.names["binary"].get(name, name))
    return None if written is None else _ranges(written)


@lru_cache(maxsize=4096)
def any_case(ranges: Ranges) -> Ranges:
    """The ranges with all characters that are one of theirs without regard to case (ECMA-262, 22.2.2.7.3, with the flag u)."""
    codes, same = _cases()
    found = list(ranges)
    for low, high in ranges:
        for code in codes[bisect_left(codes, low) : bisect_right(codes, high)]:
            found.extend((other, other) for other in same[code])
    return normal(found)


@cache
def _cases() -> tuple[list[int], dict[int, list[int]]]:
    """The code points that others are one with, in ascending order; and these with them."""
    same: dict[int, list[int]] = {}
    for written in unicode().cases.split():
        codes = [int(code, 16) for code in written.split("=")]
        same.update(dict.fromkeys(codes, codes))
    return sorted(same), same


def _ranges(written: str) -> Ranges:
    """Hexadecimal code points and ranges of them, apart by blanks."""
    found: list[tuple[int, int]] = []
    for part in written.split():
        low, _, high = part.partition("-")
        found.append((int(low, 16), int(high or low, 16)))
    return tuple(found)
