"""The conjunction of schemas without references, as one ``Flat`` (GENERATION.md, section 8)."""

from collections.abc import Callable, Iterable
from typing import Any, cast

from pipeline.messages import Schema, Value
from stages.agents.core import pattern
from stages.agents.core.admission import admits
from stages.agents.core.equality import KINDS, Kind, key_of
from stages.agents.core.exact import Exact, compare, read
from stages.agents.core.grid import NUMBER_FORMATS, Bounds, grids
from stages.agents.core.schema import Flat, Node

MakeNode = Callable[..., Node]
Member = dict[str, Any]

_IMPLIES: dict[Kind, tuple[str, ...]] = {
    "object": ("properties", "required", "additionalProperties", "patternProperties", "minProperties", "maxProperties", "propertyNames"),
    "array": ("items", "prefixItems", "minItems", "maxItems", "uniqueItems", "contains"),
    "string": ("minLength", "maxLength", "pattern"),
    "number": ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"),
}
_UNGUARANTEED = (
    *("not", "if", "contains", "patternProperties", "propertyNames", "dependentRequired", "dependentSchemas"),
    *("unevaluatedProperties", "unevaluatedItems"),
)


class Contradiction(Exception):
    """What the parts ask for cannot hold together; the text names what."""


def merge(members: list[Member], node: MakeNode) -> Flat:
    """One conjunction as a ``Flat``; ``node`` makes the nodes of its children. Raises Contradiction."""
    flat = Flat()
    flat.kinds, flat.allowed, flat.said = _kinds(members)
    if not flat.kinds:
        raise Contradiction("types that exclude each other")
    flat.risky = any(keyword in member for member in members for keyword in _UNGUARANTEED)
    flat.read_only = any(member.get("readOnly") is True for member in members)
    flat.samples = _samples(members)
    _numbers(flat, members)
    _strings(flat, members)
    _arrays(flat, members, node)
    _objects(flat, members, node)
    flat.values = _values(flat, members)
    _check(flat)
    return flat


def _check(flat: Flat) -> None:
    """Leave only the kinds that a value can have; raise Contradiction where none is left."""
    if flat.values is not None:
        if not flat.values:
            raise Contradiction("no value of the enum satisfies the rest")
        return
    flat.kinds = _possible(flat, flat.kinds) or _possible(flat, tuple(kind for kind in flat.allowed if kind not in flat.kinds))
    if not flat.kinds:
        raise Contradiction("bounds that exclude each other")


def _possible(flat: Flat, kinds: tuple[Kind, ...]) -> tuple[Kind, ...]:
    """The kinds whose bounds leave room for a value."""
    possible: list[Kind] = []
    for kind in kinds:
        match kind:
            case "integer":
                fine = bool(flat.integer_grids)
            case "number":
                fine = bool(flat.number_grids)
            case "string":
                fine = flat.max_length is None or flat.min_length <= flat.max_length
            case "array":
                fine = flat.max_items is None or flat.min_items <= flat.max_items
            case "object":
                fine = flat.max_properties is None or max(flat.min_properties, len(flat.required)) <= flat.max_properties
            case _:
                fine = True
        if fine:
            possible.append(kind)
    return tuple(possible)


def _kinds(members: list[Member]) -> tuple[tuple[Kind, ...], tuple[Kind, ...], bool]:
    """The kinds to make and those that all types allow, in the order of KINDS, and whether any part says or implies anything of kinds."""
    allowed: set[Any] = set(KINDS)
    said = False
    for member in members:
        declared = member.get("type")
        names = {declared} if isinstance(declared, str) else set(cast("list[str]", declared)) if isinstance(declared, list) else None
        if names is None:
            continue
        said = True
        if "number" in names:
            names.add("integer")
        allowed &= names
    kinds = allowed
    if not said:
        implied = {kind for kind, keywords in _IMPLIES.items() if any(word in member for member in members for word in keywords)}
        if "number" not in implied and any(isinstance(member.get("format"), str) for member in members):
            implied.add("string")
        if implied:
            said = True
            kinds = implied
    return _ordered(kinds), _ordered(allowed), said


def _ordered(kinds: Iterable[str]) -> tuple[Kind, ...]:
    """In the order of KINDS; integers are numbers."""
    return tuple(kind for kind in KINDS if kind in kinds and not (kind == "integer" and "number" in kinds))


def _samples(members: list[Member]) -> list[Value]:
    found: list[Value] = []
    for member in members:
        if "example" in member:
            found.append(member["example"])
        found.extend(_list(member, "examples"))
    found.extend(member["default"] for member in members if "default" in member)
    return _distinct(found)


def _values(flat: Flat, members: list[Member]) -> list[Value] | None:
    lists = [cast("list[Value]", member["enum"]) for member in members if isinstance(member.get("enum"), list)]
    lists += [[member["const"]] for member in members if "const" in member]
    if not lists:
        return None
    others = [{key_of(value) for value in values} for values in lists[1:]]
    return [value for value in _distinct(lists[0]) if all(key_of(value) in keys for keys in others) and admits(flat, value)]


def _distinct(values: list[Value]) -> list[Value]:
    """Each value once, where it first stands and as it is written there."""
    first: dict[bytes, Value] = {}
    for value in values:
        first.setdefault(key_of(value), value)
    return list(first.values())


def _numbers(flat: Flat, members: list[Member]) -> None:
    low: tuple[Exact, bool] | None = None
    high: tuple[Exact, bool] | None = None
    steps: list[Exact] = []
    for member in members:
        for keyword, is_open in (("minimum", False), ("exclusiveMinimum", True)):
            number = _number(flat, member, keyword)
            if number is not None and (low is None or (compare(number, low[0]), is_open) > (0, low[1])):
                low = (number, is_open)
        for keyword, is_open in (("maximum", False), ("exclusiveMaximum", True)):
            number = _number(flat, member, keyword)
            if number is not None and (high is None or (-compare(number, high[0]), is_open) > (0, high[1])):
                high = (number, is_open)
        step = _number(flat, member, "multipleOf")
        if step is not None and step.mantissa > 0 and step not in steps:
            steps.append(step)
        first, last = NUMBER_FORMATS.get(str(member.get("format")), (None, None))
        if first is not None and last is not None:
            if low is None or compare(Exact(first), low[0]) > 0:
                low = (Exact(first), False)
            if high is None or compare(Exact(last), high[0]) < 0:
                high = (Exact(last), False)
    flat.bounds = Bounds(
        low[0] if low else None, low[1] if low else False, high[0] if high else None, high[1] if high else False, tuple(steps)
    )
    if "number" in flat.allowed:
        flat.number_grids = grids(flat.bounds, whole=False)
    if "number" in flat.allowed or "integer" in flat.allowed:
        flat.integer_grids = grids(flat.bounds, whole=True)


def _number(flat: Flat, member: Member, keyword: str) -> Exact | None:
    if keyword not in member:
        return None
    number = read(member[keyword])
    if number is None:
        flat.risky = True
    return number


def _strings(flat: Flat, members: list[Member]) -> None:
    flat.min_length = _largest(members, "minLength")
    flat.max_length = _smallest(members, "maxLength")
    flat.format = next((name for member in members if isinstance(name := member.get("format"), str)), "")
    trees: dict[str, pattern.Tree] = {}
    for member in members:
        source = member.get("pattern")
        if isinstance(source, str) and source not in trees:
            try:
                trees[source] = tree = pattern.parse(source)
                flat.risky = flat.risky or pattern.assumes(tree)
            except pattern.Unsupported as error:
                flat.unsupported = flat.unsupported or str(error)
    flat.patterns = tuple(trees.values())


def _arrays(flat: Flat, members: list[Member], node: MakeNode) -> None:
    flat.min_items = _largest(members, "minItems")
    flat.max_items = _smallest(members, "maxItems")
    flat.unique = any(member.get("uniqueItems") is True for member in members)
    prefixes = [_list(member, "prefixItems") for member in members]

    def at(index: int) -> list[Schema]:
        parts: list[Schema] = []
        for member, prefix in zip(members, prefixes, strict=True):
            if index < len(prefix):
                parts.append(prefix[index])
            elif "items" in member:
                parts.append(member["items"])
        return parts

    longest = max(map(len, prefixes), default=0)
    flat.prefix = [node(*at(index)) for index in range(longest)]
    rest = at(longest)
    flat.items = node(*rest) if rest else None


def _objects(flat: Flat, members: list[Member], node: MakeNode) -> None:
    flat.min_properties = _largest(members, "minProperties")
    flat.max_properties = _smallest(members, "maxProperties")
    tables = [cast("Member", member["properties"]) if isinstance(member.get("properties"), dict) else {} for member in members]
    for name in dict.fromkeys(name for table in tables for name in table):
        parts: list[Schema] = []
        for member, table in zip(members, tables, strict=True):
            if name in table:
                parts.append(table[name])
            elif "additionalProperties" in member and "patternProperties" not in member:
                parts.append(member["additionalProperties"])
        flat.properties[name] = node(*parts)
    rest = [member["additionalProperties"] for member in members if "additionalProperties" in member]
    flat.additional = node(*rest) if rest else None
    flat.open = bool(rest) and not any(part is False for part in rest)
    flat.required = tuple(dict.fromkeys(name for member in members for name in _list(member, "required") if isinstance(name, str)))


def _list(member: Member, keyword: str) -> list[Any]:
    value = member.get(keyword)
    return value if isinstance(value, list) else []


def _largest(members: list[Member], keyword: str) -> int:
    return max((_count(member.get(keyword)) or 0 for member in members), default=0)


def _smallest(members: list[Member], keyword: str) -> int | None:
    return min((count for member in members if (count := _count(member.get(keyword))) is not None), default=None)


def _count(value: Value) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None
