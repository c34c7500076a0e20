"""Unicode properties by the names that ECMA-262 gives them, from ``native/data/unicode.json`` (GENERATION.md, section 7)."""

from functools import cache

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


def _ranges(written: str) -> Ranges:
    """Hexadecimal code points and ranges of them, apart by blanks."""
    found: list[tuple[int, int]] = []
    for part in written.split():
        low, _, high = part.partition("-")
        found.append((int(low, 16), int(high or low, 16)))
    return tuple(found)
