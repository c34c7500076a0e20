"""From JSON Schema to the normalised model: references followed, ``allOf`` merged, branches multiplied out (GENERATION.md, section 8)."""

from typing import Any, TypeGuard

from pipeline.messages import Schema
from stages.agents.core.merging import Contradiction, merge
from stages.agents.core.schema import Flat, Node

MAX_ALTERNATIVES = 32
MAX_TRIED = 256

_REFERENCE = "#/$defs/"


class Compiler:
    """The nodes of one slice's schemas; equal parts are made once."""

    def __init__(self, schemas: dict[str, Schema]) -> None:
        self.schemas = schemas
        self._nodes: dict[tuple[int, ...], Node] = {}

    def node(self, *schemas: Schema) -> Node:
        """The node of schemas that must hold together; they must live as long as the compiler."""
        distinct = {id(schema): schema for schema in schemas}
        key = tuple(distinct)
        node = self._nodes.get(key)
        if node is None:
            node = self._nodes[key] = Node(tuple(distinct.values()), self._alternatives)
        return node

    def target(self, reference: str) -> Schema | None:
        """The schema that a ``$ref`` names; None for one that is not there."""
        name = reference.removeprefix(_REFERENCE)
        if name in self.schemas:
            return self.schemas[name]
        return self.schemas.get(name.replace("~1", "/").replace("~0", "~"))

    def _alternatives(self, node: Node) -> list[Flat]:
        search = _Search(self)
        search.grow(list(node.schemas), 0, "")
        if not search.found:
            node.reason = search.reason or "false"
        return search.found


class _Search:
    """The multiplying out of one node's branches, in the order of the document."""

    def __init__(self, compiler: Compiler) -> None:
        self.compiler = compiler
        self.found: list[Flat] = []
        self.reason = ""
        self.tried = 0

    def grow(self, schemas: list[Schema], taken: int, label: str) -> None:
        """Add the alternatives of the conjunction whose first ``taken`` choices are made already."""
        parts = _Parts(self.compiler)
        for schema in schemas:
            if not parts.add(schema):
                self.reason = self.reason or "a schema that is false"
                return
        if taken == len(parts.choices):
            self._finish(parts, label)
            return
        keyword, branches = parts.choices[taken]
        for index, branch in enumerate(branches):
            if len(self.found) >= MAX_ALTERNATIVES or self.tried >= MAX_TRIED:
                return
            if parts.says_nothing_new(branch):
                continue
            self.grow([*schemas, branch], taken + 1, f"{label}+{keyword}/{index}" if label else f"{keyword}/{index}")

    def _finish(self, parts: "_Parts", label: str) -> None:
        self.tried += 1
        try:
            flat = merge(parts.members, self.compiler.node)
        except Contradiction as error:
            self.reason = self.reason or str(error)
            return
        flat.label = label
        flat.risky = flat.risky or parts.risky
        self.found.append(flat)


class _Parts:
    """A conjunction taken apart: the schemas without references that it is made of, and the choices among them."""

    def __init__(self, compiler: Compiler) -> None:
        self.compiler = compiler
        self.members: list[dict[str, Any]] = []
        self.choices: list[tuple[str, list[Schema]]] = []
        self.risky = False
        self._seen: set[str] = set()

    def add(self, schema: Schema) -> bool:
        """Take one more schema in; False where nothing can satisfy it. A reference that was followed already adds nothing."""
        if not is_object(schema):
            return schema is not False
        self.members.append(schema)
        reference = schema.get("$ref")
        if isinstance(reference, str) and reference not in self._seen:
            self._seen.add(reference)
            target = self.compiler.target(reference)
            self.risky = self.risky or target is None
            if target is not None and not self.add(target):
                return False
        if not all(self.add(part) for part in as_list(schema.get("allOf"))):
            return False
        for keyword in ("oneOf", "anyOf"):
            branches = as_list(schema.get(keyword))
            if branches:
                self.choices.append((keyword, branches))
                self.risky = self.risky or (keyword == "oneOf" and len(branches) > 1)
        return True

    def says_nothing_new(self, branch: Schema) -> bool:
        """Whether a branch is only a way back to where we came from."""
        return is_object(branch) and branch.get("$ref") in self._seen and len(branch) == 1


def is_object(schema: Schema) -> TypeGuard[dict[str, Any]]:
    return isinstance(schema, dict)


def as_list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []
