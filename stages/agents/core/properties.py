"""The properties of an object: those of all members, and which need which (GENERATION.md, section 8)."""

from typing import Any

from stages.agents.core.naming import naming
from stages.agents.core.parts import as_list
from stages.agents.core.schema import Flat, Schemas

Member = dict[str, Any]


def properties(flat: Flat, members: list[Member], scopes: list[tuple[int, ...]], schemas: Schemas) -> None:
    """Set what the members say of properties, ``flat``'s bounds of their number being set."""
    named, unsupported = naming(members, scopes, schemas)
    if unsupported:
        flat.risky = flat.risky or "patternProperties"
    alone = named.rules[0].table if named.is_plain else {}
    for name in alone or dict.fromkeys(name for rule in named.rules for name in rule.table):
        parts = [alone[name]] if alone else named.of(name)
        flat.properties[name] = schemas.node(*parts)
        if any(part is False for part in parts):
            flat.forbidden.add(name)
    rest = named.rest()
    flat.additional = schemas.node(*rest) if rest else None
    flat.open = bool(named.texts) or (bool(rest) and not any(part is False for part in rest))
    flat.naming = named if named.texts else None
    dependents = _dependents(members)
    required = dict.fromkeys(name for member in members for name in as_list(member.get("required")) if isinstance(name, str))
    flat.required = tuple(dict.fromkeys(each for name in required for each in (name, *dependents.get(name, ()))))
    flat.dependents = dependents
    if dependents and flat.max_properties is not None and flat.min_properties > len(flat.required):
        flat.risky = flat.risky or "dependentRequired"


def _dependents(members: list[Member]) -> dict[str, tuple[str, ...]]:
    """Which other names must be there with a name, those that these need in turn included."""
    direct: dict[str, list[str]] = {}
    for member in members:
        table = member.get("dependentRequired")
        for name, others in table.items() if isinstance(table, dict) else ():
            known = direct.setdefault(name, [])
            known += [other for other in others if isinstance(other, str)] if isinstance(others, list) else []
    found: dict[str, tuple[str, ...]] = {}
    for name in direct:
        reached: dict[str, None] = {name: None}
        waiting = [name]
        while waiting:
            new = [other for other in dict.fromkeys(direct.get(waiting.pop(0), [])) if other not in reached]
            reached.update(dict.fromkeys(new))
            waiting += new
        found[name] = tuple(reached)[1:]
    return found
