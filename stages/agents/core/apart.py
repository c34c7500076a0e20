"""Whether two schemas exclude each other, as far as that shows without making alternatives (GENERATION.md, section 8)."""

from typing import Any

from pipeline.messages import Schema
from stages.agents.core.equality import Kind, key_of, kind_of
from stages.agents.core.merging import Contradiction, kinds_of, merge_scalars, value_lists
from stages.agents.core.negation import is_keywords
from stages.agents.core.parts import Entry, Parts
from stages.agents.core.schema import Schemas

MAX_LEVELS = 3
_SCALARS: frozenset[Kind] = frozenset({"string", "integer", "number"})

Members = list[dict[str, Any]]


def told_apart(schemas: Schemas, left: Schema, right: Schema, level: int = 0) -> bool:
    """Whether no value can satisfy both: for the kinds, the values, the bounds, or a required property."""
    first, second = _members(schemas, left), _members(schemas, right)
    if first is None or second is None:
        return True
    both = [*first, *second]
    kinds = set(kinds_of(both)[1])
    if not kinds or _differ_in_values(first, second):
        return True
    if kinds <= _SCALARS:
        try:
            merge_scalars(both)
        except Contradiction:
            return True
    return kinds == {"object"} and level < MAX_LEVELS and _differ_in_properties(schemas, first, second, level)


def _members(schemas: Schemas, schema: Schema) -> Members | None:
    """What holds in every branch of a schema; None: it is false."""
    parts = Parts(schemas, follow_choices=False)
    return parts.members if parts.add(Entry(schema)) else None


def _differ_in_values(first: Members, second: Members) -> bool:
    """Whether one side lists values and the other lists others, or allows none of their kinds."""
    for members, others in ((first, second), (second, first)):
        lists = value_lists(members)
        if not lists:
            continue
        known = [{key_of(value) for value in values} for values in value_lists(others)]
        allowed = kinds_of(others)[1]
        if not any(
            all(key_of(value) in keys for keys in known)
            and ((kind := kind_of(value)) in allowed or (kind == "integer" and "number" in allowed))
            for value in lists[0]
        ):
            return True
    return False


def _differ_in_properties(schemas: Schemas, first: Members, second: Members, level: int) -> bool:
    """Whether a property that one of them requires cannot be in the other, or cannot have a value for both."""
    for name in dict.fromkeys(name for member in (*first, *second) for name in _names(member)):
        if _forbid(first, name) or _forbid(second, name):
            return True
        for left in _schemas_of(first, name):
            if any(told_apart(schemas, left, right, level + 1) for right in _schemas_of(second, name)):
                return True
    return False


def _names(member: dict[str, Any]) -> list[str]:
    value = member.get("required")
    return [name for name in value if isinstance(name, str)] if isinstance(value, list) else []


def _schemas_of(members: Members, name: str) -> list[Schema]:
    return [table[name] for member in members if is_keywords(table := member.get("properties")) and name in table]


def _forbid(members: Members, name: str) -> bool:
    if any(schema is False for schema in _schemas_of(members, name)):
        return True
    return any(
        member.get("additionalProperties") is False and "patternProperties" not in member and name not in member.get("properties", {})
        for member in members
    )
