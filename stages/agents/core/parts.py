"""A conjunction of schemas taken apart: members without references, and the choices among them (GENERATION.md, section 8)."""

from typing import Any, NamedTuple

from pipeline.messages import Schema
from stages.agents.core.negation import denied, is_keywords
from stages.agents.core.schema import Schemas

MAX_NESTED = 256


class Entry(NamedTuple):
    """A schema of a conjunction. ``scopes``: the schemas with ``unevaluated...`` that it is a part of, by identity. ``quiet``: the choices
    that its negation leaves are no alternatives to be tried: the first that goes is taken."""

    schema: Schema
    scopes: tuple[int, ...] = ()
    quiet: bool = False


class Branch(NamedTuple):
    """What one branch of a choice adds: what it says, and what must not hold beside it."""

    entries: list[Entry]
    excluded: list[Entry]


class Choice(NamedTuple):
    keyword: str
    branches: list[Branch]
    quiet: bool


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
                self._choose(keyword, branches, scopes, quiet=quiet)
        self._condition(schema, scopes, quiet=quiet)
        return "not" not in schema or self._deny(schema["not"], scopes, quiet=quiet, depth=depth)

    def says_nothing_new(self, branch: Branch) -> bool:
        """Whether a branch is only a way back to where we came from."""
        schema = branch.entries[0].schema
        return len(branch.entries) == 1 and is_keywords(schema) and schema.get("$ref") in self._seen and len(schema) == 1

    def _choose(self, keyword: str, branches: list[Schema], scopes: tuple[int, ...], *, quiet: bool) -> None:
        made: list[Branch] = []
        for index, schema in enumerate(branches):
            others = [*branches[:index], *branches[index + 1 :]] if keyword == "oneOf" else []
            excluded = [Entry(self.schemas.denied(other), (), True) for other in others if not self.schemas.told_apart(schema, other)]
            made.append(Branch([Entry(schema, scopes, quiet)], excluded))
        self.choices.append(Choice(keyword, made, quiet))

    def _condition(self, schema: dict[str, Any], scopes: tuple[int, ...], *, quiet: bool) -> None:
        """``if`` and ``dependentSchemas`` as choices."""

        def branch(*parts: Schema) -> Branch:
            return Branch([Entry(part, scopes, quiet) for part in parts], [])

        if "if" in schema and ("then" in schema or "else" in schema):
            condition = schema["if"]
            holds = branch(condition, schema.get("then", True))
            self.choices.append(Choice("if", [holds, branch(denied(condition), schema.get("else", True))], quiet))
        dependent = schema.get("dependentSchemas")
        for name, part in dependent.items() if isinstance(dependent, dict) else ():
            absent: dict[str, Any] = {"!": True, "properties": {name: False}}
            present: dict[str, Any] = {"!": True, "required": [name]}
            self.choices.append(Choice("dependentSchemas", [branch(absent), branch(present, part)], quiet))

    def _deny(self, schema: Schema, scopes: tuple[int, ...], *, quiet: bool, depth: int) -> bool:
        """Take in that a schema must not hold; False where everything satisfies it."""
        while is_keywords(schema) and len(schema) == 1 and isinstance(schema.get("$ref"), str):
            reference = "!" + schema["$ref"]
            target = self.schemas.target(schema["$ref"])
            if reference in self._seen:
                return True
            self._seen.add(reference)
            if target is None:
                self.risky = self.risky or "$ref"
                return True
            schema = target
        branches, exact = self.schemas.negation(schema)
        self.lossy = self.lossy or not exact
        if len(branches) == 1:
            return self.add(Entry(branches[0], scopes, quiet), depth + 1)
        if branches:
            self.choices.append(Choice("not", [Branch([Entry(branch, scopes, quiet)], []) for branch in branches], quiet))
        elif not exact:
            self.risky = self.risky or "not"
        return bool(branches) or not exact


def as_list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []
