"""The conjunction of schemas without references, as one ``Flat`` (GENERATION.md, section 8)."""

from functools import cache
from typing import Any, cast

from pipeline.messages import Value
from stages.agents.core import pattern
from stages.agents.core.admission import admits, is_unknown
from stages.agents.core.arrays import arrays
from stages.agents.core.avoid import avoided
from stages.agents.core.equality import KINDS, Kind, key_of
from stages.agents.core.exact import Exact, compare, read, write
from stages.agents.core.grid import NUMBER_FORMATS, WHOLE_FORMATS, Bounds, grids, is_beyond
from stages.agents.core.pattern_ends import lengths
from stages.agents.core.properties import properties
from stages.agents.core.schema import Flat, Schemas
from stages.agents.core.trees import Tree, assumes

MAX_LISTED = 64
_NO_VALUE = "no value of the enum satisfies the rest"

Member = dict[str, Any]
Words = frozenset[str]
"""The keywords that any member has: most have few, and what these do not speak of need not be asked of each."""

_IMPLIES: dict[Kind, tuple[str, ...]] = {
    "object": (
        *("properties", "required", "additionalProperties", "patternProperties", "minProperties", "maxProperties", "propertyNames"),
        *("dependentRequired", "dependentSchemas", "unevaluatedProperties"),
    ),
    "array": ("items", "prefixItems", "minItems", "maxItems", "uniqueItems", "contains", "unevaluatedItems"),
    "string": ("minLength", "maxLength", "pattern"),
    "number": ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"),
}
_OF_OBJECTS, _OF_ARRAYS = frozenset(_IMPLIES["object"]), frozenset(_IMPLIES["array"])
_OF_STRINGS, _OF_NUMBERS = frozenset((*_IMPLIES["string"], "format")), frozenset((*_IMPLIES["number"], "format"))
_OF_SAMPLES, _OF_VALUES = frozenset(("example", "examples", "default")), frozenset(("enum", "const"))


class Contradiction(Exception):
    """What the parts ask for cannot hold together; the reason names what, the pointer the part of the value; ``proved``: that is sure."""

    def __init__(self, reason: str, pointer: str = "", *, proved: bool = True) -> None:
        super().__init__(reason)
        self.reason = reason
        self.pointer = pointer
        self.proved = proved


def merge(members: list[Member], scopes: list[tuple[int, ...]], schemas: Schemas) -> Flat:
    """One conjunction as a ``Flat``, of its members and the scopes of ``unevaluated...`` that they are in. Raises Contradiction."""
    words = _words(members)
    flat = _begun(members, words)
    if not words.isdisjoint(_OF_ARRAYS):
        flat.min_items = _largest(members, "minItems")
        flat.max_items = _smallest(members, "maxItems")
        flat.unique = any(member.get("uniqueItems") is True for member in members)
        arrays(flat, members, scopes, schemas)
    if not words.isdisjoint(_OF_OBJECTS):
        flat.min_properties = _largest(members, "minProperties")
        flat.max_properties = _smallest(members, "maxProperties")
        properties(flat, members, scopes, schemas)
    return _finished(flat, members, words)


def merge_scalars(members: list[Member]) -> Flat:
    """The same of members that allow neither arrays nor objects. Raises Contradiction."""
    words = _words(members)
    return _finished(_begun(members, words), members, words)


def _words(members: list[Member]) -> Words:
    return frozenset[str]().union(*members)


def _begun(members: list[Member], words: Words) -> Flat:
    """What the members say of kinds, numbers and strings."""
    flat = Flat()
    flat.kinds, flat.allowed, flat.said = kinds_of(members)
    if not flat.kinds:
        raise Contradiction("types that exclude each other")
    flat.read_only = "readOnly" in words and any(member.get("readOnly") is True for member in members)
    if not words.isdisjoint(_OF_SAMPLES):
        flat.samples = _samples(members)
    if "!" in words:
        _avoid(flat, members)
    if not words.isdisjoint(_OF_NUMBERS):
        _bounds(flat, members)
    _grids(flat)
    if not words.isdisjoint(_OF_STRINGS):
        _strings(flat, members)
    return flat


def _finished(flat: Flat, members: list[Member], words: Words) -> Flat:
    flat.values = _few_numbers(flat) if words.isdisjoint(_OF_VALUES) else _values(flat, members)
    for value in flat.values or ():
        flat.risky = flat.risky or _beside(flat, members, value)
    _check(flat, members)
    return flat


def _beside(flat: Flat, members: list[Member], value: Value) -> str:
    """The keyword beside a listed value that may refuse it though it is listed; empty: none."""
    if isinstance(value, str):
        return "format" if flat.format else ""
    inside = _IMPLIES["object"] if isinstance(value, dict) else _IMPLIES["array"] if isinstance(value, list) else ()
    return next((word for word in inside if any(word in member for member in members)), "")


def _check(flat: Flat, members: list[Member]) -> None:
    """Leave only the kinds that a value can have; raise Contradiction where none is left."""
    if flat.values is not None:
        if not flat.values:
            unknown = any(is_unknown(flat, value) for values in value_lists(members) for value in values)
            raise Contradiction(f"{_NO_VALUE}, as far as is known" if unknown else _NO_VALUE, proved=not unknown)
        return
    could, flat.allowed = flat.allowed, _possible(flat)
    flat.kinds = tuple(kind for kind in flat.kinds if kind in flat.allowed) or flat.allowed
    if not flat.kinds:
        name = next((name for name in flat.required if name in flat.forbidden), None)
        if name is not None:
            raise Contradiction(f"property {name} is required and must not be there")
        if "object" in could and _has_too_few_names(flat):
            raise Contradiction("minProperties above the number of properties that may be there")
        if "string" in could and within(flat.min_length, flat.max_length):
            raise Contradiction("lengths that no text that matches the pattern has")
        raise Contradiction("bounds that exclude each other")


def _possible(flat: Flat) -> tuple[Kind, ...]:
    """The allowed kinds whose bounds leave room for a value."""
    possible: list[Kind] = []
    for kind in flat.allowed:
        match kind:
            case "integer":
                fine = bool(flat.integer_grids or flat.unread)
            case "number":
                fine = bool(flat.number_grids or flat.unread)
            case "string":
                fine = within(*_text_lengths(flat))
            case "array":
                fine = within(flat.min_items, flat.max_items)
            case "object":
                fine = within(max(flat.min_properties, len(flat.required)), flat.max_properties)
                fine = fine and not any(name in flat.forbidden for name in flat.required) and not _has_too_few_names(flat)
            case _:
                fine = True
        if fine:
            possible.append(kind)
    return tuple(possible)


def within(least: int, most: int | None) -> bool:
    """Whether there is a count from the least to the most."""
    return most is None or least <= most


def _text_lengths(flat: Flat) -> tuple[int, int | None]:
    """The least and the most length of a text, where all patterns that are understood match."""
    bounds = [lengths(tree) for tree in flat.patterns]
    least = max([flat.min_length, *(low for low, _ in bounds)])
    return least, min((most for most in (flat.max_length, *(high for _, high in bounds)) if most is not None), default=None)


def _has_too_few_names(flat: Flat) -> bool:
    """Whether an object may only have the properties that are declared, and must have more."""
    is_closed = flat.naming is None and flat.additional is not None and any(schema is False for schema in flat.additional.schemas)
    return is_closed and len(flat.properties) - len(flat.forbidden) < flat.min_properties


def kinds_of(members: list[Member]) -> tuple[tuple[Kind, ...], tuple[Kind, ...], bool]:
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
    return _ordered(frozenset(kinds)), _ordered(frozenset(allowed)), said


@cache
def _ordered(kinds: frozenset[str]) -> tuple[Kind, ...]:
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


def value_lists(members: list[Member]) -> list[list[Value]]:
    """What ``enum`` and ``const`` list, the enums first."""
    lists = [cast("list[Value]", member["enum"]) for member in members if isinstance(member.get("enum"), list)]
    return lists + [[member["const"]] for member in members if "const" in member]


def _values(flat: Flat, members: list[Member]) -> list[Value] | None:
    lists = value_lists(members)
    if not lists:
        return _few_numbers(flat)
    others = [{key_of(value) for value in values} for values in lists[1:]]
    return [value for value in _distinct(lists[0]) if all(key_of(value) in keys for keys in others) and admits(flat, value)]


def _few_numbers(flat: Flat) -> list[Value] | None:
    """The integers between close bounds, where some of them must not be: too few to be met by chance."""
    if flat.avoid is None or flat.allowed not in (("integer",), ("number",)):
        return None
    grids = flat.integer_grids if flat.allowed == ("integer",) else flat.number_grids
    if len(grids) != 1 or grids[0].low is None or grids[0].high is None or grids[0].high - grids[0].low >= MAX_LISTED:
        return None
    points = [write(grids[0].value(k)) for k in range(grids[0].low, grids[0].high + 1)]
    return [value for value in points if not flat.avoid.has(value)]


def _avoid(flat: Flat, members: list[Member]) -> None:
    """What must not be; null, booleans and integers that must not be are no kinds."""
    flat.avoid, unsupported = avoided(members)
    if unsupported:
        flat.risky = flat.risky or "not"
    if flat.avoid is None:
        return
    gone: set[str] = set()
    if key_of(None) in flat.avoid.values:
        gone.add("null")
    if {key_of(True), key_of(False)} <= flat.avoid.values:
        gone.add("boolean")
    if flat.avoid.has_integers():
        gone.add("integer")
    flat.kinds = tuple(kind for kind in flat.kinds if kind not in gone)
    flat.allowed = tuple(kind for kind in flat.allowed if kind not in gone)
    if not flat.allowed:
        raise Contradiction("types that exclude each other")


def _distinct(values: list[Value]) -> list[Value]:
    """Each value once, where it first stands and as it is written there."""
    first: dict[bytes, Value] = {}
    for value in values:
        first.setdefault(key_of(value), value)
    return list(first.values())


def _bounds(flat: Flat, members: list[Member]) -> None:
    low: tuple[Exact, bool] | None = None
    high: tuple[Exact, bool] | None = None
    steps: list[Exact] = []
    by_format: list[Exact] = []
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
        format_ = str(member.get("format"))
        if format_ in WHOLE_FORMATS and Exact(1) not in steps:
            steps.append(Exact(1))
        first, last = NUMBER_FORMATS.get(format_, (None, None))
        if first is not None and last is not None:
            by_format += [Exact(first), Exact(last)]
            if low is None or compare(Exact(first), low[0]) > 0:
                low = (Exact(first), False)
            if high is None or compare(Exact(last), high[0]) < 0:
                high = (Exact(last), False)
    flat.bounds = Bounds(
        low[0] if low else None,
        low[1] if low else False,
        high[0] if high else None,
        high[1] if high else False,
        tuple(steps),
        (
            low is not None and low[0] in by_format and not _is_said(members, ("minimum", "exclusiveMinimum"), low[0]),
            high is not None and high[0] in by_format and not _is_said(members, ("maximum", "exclusiveMaximum"), high[0]),
        ),
    )
    if not flat.unread and flat.bounds.steps and is_beyond(flat.bounds):
        flat.unread = "multipleOf"
        flat.risky = flat.risky or flat.unread


def _grids(flat: Flat) -> None:
    if flat.unread:
        return
    if "number" in flat.allowed:
        flat.number_grids = grids(flat.bounds, whole=False)
    if "number" in flat.allowed or "integer" in flat.allowed:
        flat.integer_grids = grids(flat.bounds, whole=True)


def _is_said(members: list[Member], keywords: tuple[str, str], bound: Exact) -> bool:
    return any(read(member.get(keyword)) == bound for member in members for keyword in keywords)


def _number(flat: Flat, member: Member, keyword: str) -> Exact | None:
    if keyword not in member:
        return None
    number = read(member[keyword])
    if number is None:
        flat.unread = flat.unread or keyword
        flat.risky = flat.risky or keyword
    return number


def _strings(flat: Flat, members: list[Member]) -> None:
    flat.min_length = _largest(members, "minLength")
    flat.max_length = _smallest(members, "maxLength")
    flat.format = next((name for member in members if isinstance(name := member.get("format"), str)), "")
    trees: dict[str, Tree] = {}
    for member in members:
        source = member.get("pattern")
        if isinstance(source, str) and source not in trees:
            try:
                trees[source] = pattern.parse(source)
                flat.risky = flat.risky or ("pattern" if _assumes(source) else "")
            except pattern.Unsupported as error:
                flat.unsupported = flat.unsupported or str(error)
    flat.patterns = tuple(trees.values())


@cache
def _assumes(source: str) -> bool:
    return assumes(pattern.parse(source))


def _list(member: Member, keyword: str) -> list[Any]:
    value = member.get(keyword)
    return value if isinstance(value, list) else []


def _largest(members: list[Member], keyword: str) -> int:
    return max((_count(member.get(keyword)) or 0 for member in members), default=0)


def _smallest(members: list[Member], keyword: str) -> int | None:
    return min((count for member in members if (count := _count(member.get(keyword))) is not None), default=None)


def _count(value: Value) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None
