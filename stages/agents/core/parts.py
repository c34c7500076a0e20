"""A conjunction of schemas taken apart: members without references, and the choices among them (GENERATION.md, section 8)."""

from itertools import islice
from typing import Any, NamedTuple

from pipeline.messages import Schema
from stages.agents.core.negation import is_keywords
from stages.agents.core.schema import Schemas

MAX_NESTED = 256
MAX_TOLD_APART = 256  # branches of a `oneOf`: of more none is told apart
MAX_EXCLUDED = 8  # branches that one is told apart from by a negation


class Entry(NamedTuple):
    """A schema of a conjunction. ``scopes``: the schemas with ``unevaluated...`` that it is a part of, by identity. ``quiet``: the choices
    that its negation leaves are no alternatives to be tried: the first that goes is taken."""

    schema: Schema
    scopes: tuple[int, ...] = ()
    quiet: bool = False


class Branch(NamedTuple):
    """What one branch of a choice adds: what it says, and what must not hold beside it (None: too much to be looked at)."""

    entries: list[Entry]
    excluded: list[Entry] | None


class Choice(NamedTuple):
    """Ways to go on, each of the schemas that it adds. ``about``: the schema that a condition asks, or that must not hold."""

    keyword: str
    ways: list[tuple[Schema, ...]]
    scopes: tuple[int, ...]
    quiet: bool
    about: Schema | None = None

    @property
    def is_exclusive(self) -> bool:
        """Whether beside a branch no other may hold."""
        return self.keyword == "oneOf"

    def branch(self, schemas: Schemas, index: int) -> Branch:
        """One of its branches."""
        entries = [Entry(schema, self.scopes, self.quiet) for schema in self.ways[index]]
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
        """Take one more schema in; False where nothing can satisfy it. A reference that was followed already adds nothing."""
        schema, scopes, quiet = entry
        if not is_keywords(schema):
            return schema is not False
        if depth > MAX_NESTED:
            self.risky = self.risky or "allOf"
            return True
        if "unevaluatedProperties" in schema or "unevaluatedItems" in schema:
            scopes = (*scopes, id(schema))
        self.members.append(schema)
        self.scopes.append(scopes)
        reference = schema.get("$ref")
        if isinstance(reference, str) and reference not in self._seen:
            self._seen.add(reference)
            if "!" + reference in self._seen:
                return self._contradicts_itself()
            target = self.schemas.target(reference)
            if target is None:
                self.risky = self.risky or "$ref"
            elif not self.add(Entry(target, scopes, quiet), depth + 1):
                return False
        if not all(self.add(Entry(part, scopes, quiet), depth + 1) for part in as_list(schema.get("allOf"))):
            return False
        if not self._follows_choices:
            return True
        for keyword in ("oneOf", "anyOf"):
            branches = as_list(schema.get(keyword))
            if branches:
                self.choices.append(Choice(keyword, [(branch,) for branch in branches], scopes, quiet))
        self._condition(schema, scopes, quiet=quiet)
        return "not" not in schema or self._deny(schema["not"], scopes, quiet=quiet, depth=depth)

    def says_nothing_new(self, branch: Branch) -> bool:
        """Whether a branch is only a way back to where we came from."""
        schema = branch.entries[0].schema
        return len(branch.entries) == 1 and is_keywords(schema) and schema.get("$ref") in self._seen and len(schema) == 1

    def _condition(self, schema: dict[str, Any], scopes: tuple[int, ...], *, quiet: bool) -> None:
        """``if`` and ``dependentSchemas`` as choices."""
        if "if" in schema and ("then" in schema or "else" in schema):
            condition = schema["if"]
            ways = [(condition, schema.get("then", True)), (self.schemas.denied(condition), schema.get("else", True))]
            self.choices.append(Choice("if", ways, scopes, quiet, condition))
        dependent = schema.get("dependentSchemas")
        for name, part in dependent.items() if isinstance(dependent, dict) else ():
            absent: dict[str, Any] = {"!": True, "properties": {name: False}}
            present: dict[str, Any] = {"!": True, "required": [name]}
            self.choices.append(Choice("dependentSchemas", [(absent,), (present, part)], scopes, quiet))

    def _contradicts_itself(self) -> bool:
        """What is asked for must not be; no proof, as such a schema may be about itself."""
        self.lossy = True
        return False

    def _deny(self, schema: Schema, scopes: tuple[int, ...], *, quiet: bool, depth: int) -> bool:
        """Take in that a schema must not hold; False where everything satisfies it."""
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
            return self.add(Entry(branches[0], scopes, quiet), depth + 1)
        if branches:
            self.choices.append(Choice("not", [(branch,) for branch in branches], scopes, quiet, schema))
        elif not exact:
            self.risky = self.risky or "not"
        return bool(branches) or not exact


def as_list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []
