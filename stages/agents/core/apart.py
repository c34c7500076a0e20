"""Whether two schemas exclude each other, as far as that shows without making alternatives (GENERATION.md, section 8)."""

from typing import Any

from msgspec import Struct

from pipeline.messages import Schema, Value
from stages.agents.core.equality import Kind, key_of, kind_of
from stages.agents.core.merging import Contradiction, kinds_of, merge_scalars, value_lists
from stages.agents.core.negation import is_keywords
from stages.agents.core.parts import Entry, Parts
from stages.agents.core.schema import Schemas

MAX_LEVELS = 3
_SCALARS: frozenset[Kind] = frozenset({"string", "integer", "number"})

Members = list[dict[str, Any]]


class Facts(Struct, eq=False):
    """What the members of a conjunction say that may exclude others, found by name."""

    members: Members
    kinds: tuple[Kind, ...]
    lists: list[list[Value]]
    required: dict[str, None]
    tables: dict[str, list[Schema]]
    closed: Members  # that allow none but their own properties
    is_impossible: bool = False  # a property that must be there cannot be

    def forbid(self, name: str) -> bool:
        """Whether a property cannot be."""
        if any(schema is False for schema in self.tables.get(name, ())):
            return True
        return any(name not in member.get("properties", {}) for member in self.closed)


def facts(members: Members) -> Facts:
    """Of these members."""
    required: dict[str, None] = {}
    tables: dict[str, list[Schema]] = {}
    closed: Members = []
    for member in members:
        names = member.get("required")
        required.update((name, None) for name in (names if isinstance(names, list) else ()) if isinstance(name, str))
        table = member.get("properties")
        for name, schema in table.items() if is_keywords(table) else ():
            tables.setdefault(name, []).append(schema)
        if member.get("additionalProperties") is False and "patternProperties" not in member:
            closed.append(member)
    found = Facts(members, kinds_of(members)[1], value_lists(members), required, tables, closed)
    found.is_impossible = any(map(found.forbid, required))
    return found


def facts_of(schemas: Schemas, schema: Schema) -> Facts | None:
    """What holds in every branch of a schema; None: it is false."""
    parts = Parts(schemas, follow_choices=False)
    return facts(parts.members) if parts.add(Entry(schema)) else None


def told_apart(schemas: Schemas, first: Facts | None, second: Facts | None, level: int = 0) -> bool:
    """Whether no value can satisfy both (None: what is false): for the kinds, the values, the bounds, or a required property."""
    if first is None or second is None:
        return True
    kinds = _shared(first.kinds, second.kinds)
    if not kinds or _differ_in_values(first, second) or _differ_in_values(second, first):
        return True
    if kinds <= _SCALARS:
        try:
            merge_scalars([*first.members, *second.members])
        except Contradiction as error:
            return error.proved
    return kinds == {"object"} and level < MAX_LEVELS and _differ_in_properties(schemas, first, second, level)


def _shared(first: tuple[Kind, ...], second: tuple[Kind, ...]) -> set[Kind]:
    """The kinds that both allow; integers are numbers."""
    both = _with_integers(first) & _with_integers(second)
    return {kind for kind in both if kind != "integer" or "number" not in both}


def _with_integers(kinds: tuple[Kind, ...]) -> set[Kind]:
    found = set(kinds)
    if "number" in found:
        found.add("integer")
    return found


def _differ_in_values(first: Facts, second: Facts) -> bool:
    """Whether the first lists values and the second lists others, or allows none of their kinds."""
    if not first.lists:
        return False
    known = [{key_of(value) for value in values} for values in second.lists]
    return not any(
        all(key_of(value) in keys for keys in known)
        and ((kind := kind_of(value)) in second.kinds or (kind == "integer" and "number" in second.kinds))
        for value in first.lists[0]
    )


def _differ_in_properties(schemas: Schemas, first: Facts, second: Facts, level: int) -> bool:
    """Whether a property that one of them requires cannot be in the other, or cannot have a value for both."""
    if first.is_impossible or second.is_impossible:
        return True
    for one, other in ((first, second), (second, first)):
        few = other.closed or len(one.required) <= len(other.tables)
        for name in one.required if few else [name for name in other.tables if name in one.required]:
            if other.forbid(name):
                return True
            for left in one.tables.get(name, ()):
                if any(schemas.told_apart(left, right, level + 1) for right in other.tables.get(name, ())):
                    return True
    return False
