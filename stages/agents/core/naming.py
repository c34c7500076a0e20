"""What the names of an object's properties decide (GENERATION.md, section 8): which schemas a property has, which names may be made up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import Struct

from stages.agents.core import pattern
from stages.agents.core.admission import admits, is_unknown
from stages.agents.core.matching import matches
from stages.agents.core.negation import is_keywords

if TYPE_CHECKING:
    from pipeline.messages import Schema
    from stages.agents.core.schema import Flat, Node, Schemas
    from stages.agents.core.trees import Tree


class Rule(Struct, eq=False):
    """What one member says of properties, by their names."""

    table: dict[str, Schema]
    patterns: list[tuple[str, Tree, Schema]]
    rest: list[Schema]  # additionalProperties: one, or none
    scopes: tuple[int, ...]
    evaluates: bool  # whether it counts for unevaluatedProperties

    def of(self, name: str) -> list[Schema]:
        """The member's schemas for the property of a name."""
        found = [self.table[name]] if name in self.table else []
        found += [schema for _, tree, schema in self.patterns if matches(tree, name)]
        return found or self.rest


class Naming(Struct, eq=False):
    """What all members together say of properties, by their names."""

    schemas: Schemas
    rules: list[Rule]
    unevaluated: list[tuple[tuple[int, ...], Schema]]  # with their scopes, the last of which is their own
    names: Node | None  # of propertyNames
    texts: list[Node]  # texts that may be names: for propertyNames, then for every pattern; empty: any name is like any other
    nodes: dict[str, Node | None] = {}

    @property
    def is_plain(self) -> bool:
        """Whether one member declares all there is, by name."""
        return len(self.rules) == 1 and not self.rules[0].patterns and not self.unevaluated

    @property
    def has_patterns(self) -> bool:
        return len(self.texts) > (1 if self.names else 0)

    def node(self, name: str) -> Node | None:
        """The node of the property of a name; None: it may be anything."""
        if name not in self.nodes:
            admitted = self.names is None or any(admits_name(flat, name) for flat in self.names.alternatives)
            schemas: list[Schema] = self.of(name) if admitted else [False]
            self.nodes[name] = self.schemas.node(*schemas) if schemas else None
        return self.nodes[name]

    def is_sure(self, name: str) -> bool:
        """Whether it is certain that propertyNames refuses a name, where it does."""
        if self.names is None or any(admits_name(flat, name) for flat in self.names.alternatives):
            return True
        return self.names.is_complete and not any(is_unknown(flat, name) for flat in self.names.alternatives)

    def of(self, name: str) -> list[Schema]:
        """The schemas of the property of a name, whatever propertyNames says."""
        return self._found([rule.of(name) for rule in self.rules])

    def rest(self) -> list[Schema]:
        """The schemas of properties that nothing names."""
        return self._found([rule.rest for rule in self.rules])

    def children(self) -> list[Node]:
        """Nodes that no declared property has."""
        found = [self.schemas.node(schema) for rule in self.rules for _, _, schema in rule.patterns]
        return [*found, self.names] if self.names is not None else found

    def _found(self, found: list[list[Schema]]) -> list[Schema]:
        """What the rules say, and the ``unevaluatedProperties`` in whose scope none of them says anything."""
        schemas = [schema for some in found for schema in some]
        for scopes, schema in self.unevaluated:
            own = scopes[-1]
            nested = any(own in others[:-1] for others, _ in self.unevaluated)
            said = any(rule.evaluates and own in rule.scopes and some for rule, some in zip(self.rules, found, strict=True))
            if not nested and not said:
                schemas.append(schema)
        return schemas


def naming(members: list[dict[str, Any]], scopes: list[tuple[int, ...]], schemas: Schemas) -> tuple[Naming, bool]:
    """What the members say, and whether that leaves out a pattern that is not understood."""
    rules: list[Rule] = []
    unsupported = False
    for member, within in zip(members, scopes, strict=True):
        patterns: list[tuple[str, Tree, Schema]] = []
        for source, schema in _table(member, "patternProperties").items():
            try:
                patterns.append((source, pattern.parse(source), schema))
            except pattern.Unsupported:
                unsupported = True
        rest = [member["additionalProperties"]] if "additionalProperties" in member else []
        table = _table(member, "properties")
        if table or patterns or rest:
            rules.append(Rule(table, patterns, rest, within, "!" not in member))
    unevaluated = [
        (within, member["unevaluatedProperties"])
        for member, within in zip(members, scopes, strict=True)
        if "unevaluatedProperties" in member
    ]
    limits = [member["propertyNames"] for member in members if "propertyNames" in member]
    sources = dict.fromkeys(source for rule in rules for source, _, _ in rule.patterns)
    texts = [schemas.node(*limits, schemas.text_of(source)) for source in sources]
    if limits:
        texts.insert(0, schemas.node(*limits, schemas.text_of("")))
    return Naming(schemas, rules, unevaluated, schemas.node(*limits) if limits else None, texts), unsupported


def admits_name(flat: Flat, name: str) -> bool:
    """Whether an alternative of propertyNames admits a name; formats are not looked at."""
    return admits(flat, name) and (flat.values is None or name in flat.values)


def _table(member: dict[str, Any], keyword: str) -> dict[str, Any]:
    value = member.get(keyword)
    return value if is_keywords(value) else {}
