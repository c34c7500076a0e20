"""From JSON Schema to the normalised model: references followed, ``allOf`` merged, branches multiplied out (GENERATION.md, section 8)."""

from pipeline.messages import Schema
from stages.agents.core import negation
from stages.agents.core.apart import Facts, facts_of, told_apart
from stages.agents.core.negation import Negation
from stages.agents.core.schema import Existence, Flat, Node
from stages.agents.core.search import Search

_REFERENCE = "#/$defs/"


class Compiler:
    """The nodes of one slice's schemas; equal parts are made once."""

    def __init__(self, schemas: dict[str, Schema]) -> None:
        self.schemas = schemas
        self._nodes: dict[tuple[int, ...], Node] = {}
        self._single: list[Node] = []  # kept for their schemas, which must live as long
        # By identity, with the schemas, which so live as long as what was made of them.
        self._negations: dict[int, tuple[Schema, Negation]] = {}
        self._denied: dict[int, tuple[Schema, Schema]] = {}
        self._texts: dict[str, Schema] = {}
        self._apart: dict[tuple[int, int, int], bool] = {}
        self._facts: dict[int, tuple[Schema, Facts | None]] = {}

    def node(self, *schemas: Schema) -> Node:
        """The node of schemas that must hold together; they must live as long as the compiler."""
        distinct = {id(schema): schema for schema in schemas}
        key = tuple(distinct)
        node = self._nodes.get(key)
        if node is None:
            node = self._nodes[key] = Node(tuple(distinct.values()), self._alternatives)
        return node

    def single(self, *schemas: Schema) -> Node:
        """A node of its own of schemas that must hold together, with one alternative: the first way to make all their choices."""
        node = Node(schemas, lambda node: self._found(node, Search(self, most=1), quiet=True))
        self._single.append(node)
        return node

    def target(self, reference: str) -> Schema | None:
        """The schema that a ``$ref`` names; None for one that is not there."""
        name = reference.removeprefix(_REFERENCE)
        if name in self.schemas:
            return self.schemas[name]
        return self.schemas.get(name.replace("~1", "/").replace("~0", "~"))

    def negation(self, schema: Schema) -> Negation:
        """What must hold where the schema must not."""
        known = self._negations.get(id(schema))
        if known is None:
            known = self._negations[id(schema)] = (schema, negation.negation(schema))
        return known[1]

    def denied(self, schema: Schema) -> Schema:
        """``{"not": schema}``, the same each time."""
        known = self._denied.get(id(schema))
        if known is None:
            known = self._denied[id(schema)] = (schema, negation.denied(schema))
        return known[1]

    def text_of(self, source: str) -> Schema:
        """The schema of the texts with a pattern, the same each time; of all texts for ""."""
        if source not in self._texts:
            self._texts[source] = {"type": "string", "pattern": source} if source else {"type": "string"}
        return self._texts[source]

    def facts(self, schema: Schema) -> Facts | None:
        """What holds in every branch of a schema; None: it is false."""
        known = self._facts.get(id(schema))
        if known is None:
            known = self._facts[id(schema)] = (schema, facts_of(self, schema))
        return known[1]

    def told_apart(self, left: Schema, right: Schema, level: int = 0) -> bool:
        """Whether it is plain that no value satisfies both; ``level``: so many parts down."""
        key = (id(left), id(right), level)
        if key not in self._apart:
            apart = told_apart(self, self.facts(left), self.facts(right), level)
            self._apart[key] = self._apart[key[1], key[0], level] = apart
        return self._apart[key]

    def may_exist(self, node: Node, level: int) -> Existence:
        """Whether a node has an alternative, looking so many levels down."""
        key = ("exists", level)
        if key not in node.scratch:
            search = Search(self, level, most=1, thorough=True)
            search.look(node.schemas)
            node.scratch[key] = search.existence()
        known: Existence = node.scratch[key]
        return known

    def _alternatives(self, node: Node) -> list[Flat]:
        return self._found(node, Search(self), quiet=False)

    def _found(self, node: Node, search: Search, *, quiet: bool) -> list[Flat]:
        search.look(node.schemas, quiet=quiet)
        node.existence = search.existence()
        node.is_complete = search.is_complete()
        return search.found
