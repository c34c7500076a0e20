"""A conjunction of schemas taken apart: members without references, and the choices among them (GENERATION.md, section 8)."""

from itertools import islice
from typing import Any, NamedTuple

from pipeline.messages import Schema
from stages.agents.core.negation import is_keywords
from stages.agents.core.schema import Schemas

MAX_NESTED = 256
_TAKEN_APART = frozenset(("$ref", "allOf", "oneOf", "anyOf", "if", "dependentSchemas", "not"))
MAX_TOLD_APART = 256  # branches of a `oneOf`: of more none is told apart
MAX_EXCLUDED = 8  # branches that one is told apart from by a negation


class Entry(NamedTuple):
    """A schema of a conjunction. ``scopes``: the schemas with ``unevaluated...`` that it is a part of, by identity. ``quiet``: the choices
    that its negation leaves are no alternatives to be tried: the first that goes is taken. ``way``: the references that led to it."""

    schema: Schema
    scopes: tuple[int, ...] = ()
    quiet: bool = False
    way: frozenset[str] = frozenset()


class Branch(NamedTuple):
    """What one branch of a choice adds: what it says, and what must not hold beside it (None: too much to be looked at)."""

    entries: list[Entry]
    excluded: list[Entry] | None

    def leads_back(self) -> bool:
        """Whether it is only a way back to where we came from."""
        schema, way = self.entries[0].schema, self.entries[0].way
        return len(self.entries) == 1 and is_keywords(schema) and schema.get("$ref") in way and len(schema) == 1


class Choice(NamedTuple):
    """Ways to go on, each of the schemas that it adds. ``at``: where it stands. ``about``: the schema that a condition asks, or that must
    not hold."""

    keyword: str
    ways: list[tuple[Schema, ...]]
    at: Entry
    about: Schema | None = None

    @property
    def quiet(self) -> bool:
        """Whether its branches are no alternatives to be tried."""
        return self.at.quiet

    @property
    def is_exclusive(self) -> bool:
        """Whether beside a branch no other may hold."""
        return self.keyword == "oneOf"

    def branch(self, schemas: Schemas, index: int) -> Branch:
        """One of its branches."""
        entries = [self.at._replace(schema=schema) for schema in self.ways[index]]
        if not self.is_exclusive:
            return Branch(entries, [])
        if len(self.ways) > MAX_TOLD_APART:
            return Branch(entries, None)
        own = self.ways[index][0]
        others = (other for at, (other,) in enumerate(self.ways) if at != index and not schemas.told_apart(own, other))
        excluded = [Entry(schemas.denied(other), (), True) for other in islice(others, MAX_EXCLUDED + 1)]
        return Branch(entries, excluded if len(excluded) <= MAX_EXCLUDED else None)


class Parts:
    """The members of a conjunction, in order, with the scopes that each is in."""

    def __init__(self, schemas: Schemas, *, follow_choices: bool = True) -> None:
        self.schemas = schemas
        self._follows_choices = follow_choices
        self.members: list[dict[str, Any]] = []
        self.scopes: list[tuple[int, ...]] = []
        self.choices: list[Choice] = []
        self.risky = ""
        self.lossy = False  # whether a negation left out what it might have allowed
        self._seen: set[str] = set()

    def copy(self) -> "Parts":
        """As much to go on from, while this stays as it is."""
        other = Parts(self.schemas, follow_choices=self._follows_choices)
        other.members, other.scopes, other.choices = self.members[:], self.scopes[:], self.choices[:]
        other.risky, other.lossy, other._seen = self.risky, self.lossy, set(self._seen)
        return other

    def add(self, entry: Entry, depth: int = 0) -> bool:
        """Take one more schema in; False where nothing can satisfy it. A reference that was followed already only adds its scopes."""
        schema = entry.schema
        if not is_keywords(schema):
            return schema is not False
        if depth > MAX_NESTED:
            self.risky = self.risky or "allOf"
            return True
        if "unevaluatedProperties" in schema or "unevaluatedItems" in schema:
            entry = entry._replace(scopes=(*entry.scopes, id(schema)))
        self.members.append(schema)
        self.scopes.append(entry.scopes)
        if _TAKEN_APART.isdisjoint(schema):
            return True
        reference = schema.get("$ref")
        if isinstance(reference, str) and not self._follow(reference, entry, depth):
            return False
        if not all(self.add(entry._replace(schema=part), depth + 1) for part in as_list(schema.get("allOf"))):
            return False
        if not self._follows_choices:
            return True
        for keyword in ("oneOf", "anyOf"):
            branches = as_list(schema.get(keyword))
            if branches:
                self.choices.append(Choice(keyword, [(branch,) for branch in branches], entry))
        self._condition(schema, entry)
        # Under ``not`` nothing is evaluated (JSON Schema 2020-12, core, 7.7.1.4): what comes of it is in no scope.
        return "not" not in schema or self._deny(entry._replace(schema=schema["not"], scopes=()), depth)

    def _follow(self, reference: str, entry: Entry, depth: int) -> bool:
        """Take in what a reference of an entry names."""
        target = self.schemas.target(reference)
        if reference in self._seen:
            if target is not None and entry.scopes:
                self._widen(target, entry.scopes)
            return True
        self._seen.add(reference)
        if "!" + reference in self._seen:
            return self._contradicts_itself()
        if target is None:
            self.risky = self.risky or "$ref"
            return True
        return self.add(entry._replace(schema=target, way=entry.way | {reference}), depth + 1)

    def _widen(self, schema: Schema, scopes: tuple[int, ...]) -> None:
        """Put what was taken in with a schema, which is met once more, into further scopes too; the last stays its own."""
        at = next((at for at, member in enumerate(self.members) if member is schema), None)
        new = () if at is None else tuple(scope for scope in scopes if scope not in self.scopes[at])
        if at is None or not new:
            return
        self.scopes[at] = (*new, *self.scopes[at])
        member = self.members[at]
        if isinstance(member.get("$ref"), str):
            self._widen(self.schemas.target(member["$ref"]) or True, scopes)
        for part in as_list(member.get("allOf")):
            self._widen(part, scopes)
        for index, choice in enumerate(self.choices):
            if choice.at.schema is schema and choice.keyword != "not":
                self.choices[index] = choice._replace(at=choice.at._replace(scopes=(*new, *choice.at.scopes)))
                for part in (part for way in choice.ways for part in way):
                    self._widen(part, scopes)

    def _condition(self, schema: dict[str, Any], entry: Entry) -> None:
        """``if`` and ``dependentSchemas`` as choices."""
        if "if" in schema and ("then" in schema or "else" in schema):
            condition = schema["if"]
            ways = [(condition, schema.get("then", True)), (self.schemas.denied(condition), schema.get("else", True))]
            self.choices.append(Choice("if", ways, entry, condition))
        dependent = schema.get("dependentSchemas")
        for name, part in dependent.items() if isinstance(dependent, dict) else ():
            absent: dict[str, Any] = {"!": True, "properties": {name: False}}
            present: dict[str, Any] = {"!": True, "type": "object", "required": [name]}
            self.choices.append(Choice("dependentSchemas", [(absent,), (present, part)], entry))

    def _contradicts_itself(self) -> bool:
        """What is asked for must not be; no proof, as such a schema may be about itself."""
        self.lossy = True
        return False

    def _deny(self, entry: Entry, depth: int) -> bool:
        """Take in that the schema of an entry must not hold; False where everything satisfies it."""
        schema = entry.schema
        followed: set[str] = set()
        while is_keywords(schema) and len(schema) == 1 and isinstance(schema.get("$ref"), str):
            reference = "!" + schema["$ref"]
            target = self.schemas.target(schema["$ref"])
            if schema["$ref"] in self._seen:
                return self._contradicts_itself()
            if reference in self._seen and reference not in followed:
                return True
            if target is None or reference in followed:
                self.risky = self.risky or "$ref"
                return True
            self._seen.add(reference)
            followed.add(reference)
            schema = target
        branches, exact = self.schemas.negation(schema)
        self.lossy = self.lossy or not exact
        if len(branches) == 1:
            return self.add(entry._replace(schema=branches[0]), depth + 1)
        if branches:
            self.choices.append(Choice("not", [(branch,) for branch in branches], entry, schema))
        elif not exact:
            self.risky = self.risky or "not"
        return bool(branches) or not exact


def as_list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []
