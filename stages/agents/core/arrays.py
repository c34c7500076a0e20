"""The items of an array: those of all members, and places kept for what it must contain (GENERATION.md, section 8)."""

from typing import Any, NamedTuple

from pipeline.messages import Schema
from stages.agents.core.schema import Flat, Schemas

MAX_KEPT = 1024

Member = dict[str, Any]


class _Contained(NamedTuple):
    """What an array must contain, how often at least and at most; ``first``: the index of the first place kept for it."""

    schema: Schema
    low: int
    high: int | None
    first: int
    scopes: tuple[int, ...]

    def is_kept(self, index: int) -> bool:
        return self.first <= index < self.first + self.low


def arrays(flat: Flat, members: list[Member], scopes: list[tuple[int, ...]], schemas: Schemas) -> None:
    """Set what the members say of items, ``flat``'s bounds of their number being set."""
    prefixes = [_list(member, "prefixItems") for member in members]
    longest = max(map(len, prefixes), default=0)
    contained = _contained(flat, members, scopes, schemas, longest)
    flat.asks_contained = bool(contained)
    flat.contained = [(schemas.node(part.schema), part.low) for part in contained]
    flat.is_placed = len(contained) > (0 if longest else 1)
    limits = [flat.max_items, *(len(prefix) for member, prefix in zip(members, prefixes, strict=True) if member.get("items") is False)]
    crosses = any(limit is not None and limit < part.low for part in contained for limit in (part.high, *limits))
    crosses = crosses or any(part.schema is False and part.low for part in contained)
    end = max([longest, *(part.first + part.low for part in contained)])
    if end - longest > MAX_KEPT:
        flat.risky = flat.risky or "contains"
        contained, end = [], longest
    if crosses:
        flat.min_items, flat.max_items = 1, 0

    def at(index: int) -> list[Schema]:
        parts: list[Schema] = []
        for member in members:
            parts += _own(member, index)
        evaluated: set[int] = set()
        for part in contained:
            if part.is_kept(index):
                parts.append(part.schema)
                evaluated.update(part.scopes)
            elif part.high is not None:
                parts.append(schemas.denied(part.schema))
        return parts + _unevaluated(members, scopes, index, evaluated)

    flat.tuple_items = longest
    flat.prefix = [schemas.node(*at(index)) for index in range(end)]
    rest = at(end)
    flat.items = schemas.node(*rest) if rest else None
    flat.min_items = max([flat.min_items, *(part.first + part.low for part in contained if part.low)])


def _contained(flat: Flat, members: list[Member], scopes: list[tuple[int, ...]], schemas: Schemas, longest: int) -> list[_Contained]:
    """What must be contained: each at places of its own behind the prefix, or before where there is no room, at worst at the same."""
    asked = [
        (member["contains"], _count(member.get("minContains"), 1), _count(member.get("maxContains"), None), within)
        for member, within in zip(members, scopes, strict=True)
        if "contains" in member
    ]
    if not asked:
        return []
    lows = [low or 0 for _, low, _, _ in asked]
    together = flat.max_items is not None and sum(lows) > flat.max_items
    places = max(lows) if together else sum(lows)
    limits = [flat.max_items] if flat.max_items is not None else []
    if any(member.get("items") is False or member.get("unevaluatedItems") is False for member in members):
        limits.append(longest)
    first = longest if not limits else max(0, min(longest, min(limits) - places))
    if longest:
        wanted = [(schema, low) for (schema, _, _, _), low in zip(asked, lows, strict=True)]
        first = next((at for at in range(first, -1, -1) if _goes(wanted, at, members, schemas, together=together)), first)
    found: list[_Contained] = []
    for (schema, _, high, within), low in zip(asked, lows, strict=True):
        found.append(_Contained(schema, low, high, first, within))
        first += 0 if together else low
    return found


def _goes(wanted: list[tuple[Schema, int]], first: int, members: list[Member], schemas: Schemas, *, together: bool) -> bool:
    """Whether what is wanted can be kept from an index on, as far as that is plain."""
    for schema, low in wanted:
        for index in range(first, first + min(low, MAX_KEPT)):
            if any(schemas.told_apart(part, schema) for member in members for part in _own(member, index)):
                return False
        first += 0 if together else low
    return True


def _own(member: Member, index: int) -> list[Schema]:
    """What one member says of the item at an index: one schema or none."""
    prefix = _list(member, "prefixItems")
    if index < len(prefix):
        return [prefix[index]]
    return [member["items"]] if "items" in member else []


def _unevaluated(members: list[Member], scopes: list[tuple[int, ...]], index: int, evaluated: set[int]) -> list[Schema]:
    """The ``unevaluatedItems`` that hold for an index: those in whose scope nothing says what the item is, nor what contains it."""
    found: list[Schema] = []
    for owner, member in enumerate(members):
        if "unevaluatedItems" not in member:
            continue
        scope = scopes[owner][-1]
        if scope in evaluated:
            continue
        inside = [at for at, within in enumerate(scopes) if scope in within and "!" not in members[at]]
        if not any(
            "items" in members[at] or index < len(_list(members[at], "prefixItems")) or ("unevaluatedItems" in members[at] and at != owner)
            for at in inside
        ):
            found.append(member["unevaluatedItems"])
    return found


def _list(member: Member, keyword: str) -> list[Any]:
    value = member.get(keyword)
    return value if isinstance(value, list) else []


def _count(value: object, absent: int | None) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else absent
