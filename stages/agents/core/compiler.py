"""From JSON Schema to the normalised model: references followed, ``allOf`` merged, branches multiplied out (GENERATION.md, section 8)."""

from pipeline.messages import Schema
from stages.agents.core import negation
from stages.agents.core.apart import told_apart
from stages.agents.core.merging import Contradiction, merge
from stages.agents.core.negation import Negation
from stages.agents.core.parts import Branch, Choice, Entry, Parts
from stages.agents.core.schema import Flat, Node

MAX_ALTERNATIVES = 32
MAX_TRIED = 256
MAX_LEVELS = 3
MAX_EXCLUDED = 8  # branches that one is told apart from
MAX_TRIED_APART = 16  # conjunctions tried to tell one branch apart
MAX_FALSE = 256  # conjunctions may have a schema that is false, all together
MAX_LOOKED_AT = 256  # conjunctions that are only looked at, as some of their choices are not made

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
        self._apart: dict[tuple[int, int], bool] = {}

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
        node = Node(schemas, lambda node: self._found(node, _Search(self, most=1), quiet=True))
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

    def told_apart(self, left: Schema, right: Schema) -> bool:
        """Whether it is plain that no value satisfies both."""
        key = (id(left), id(right))
        if key not in self._apart:
            self._apart[key] = self._apart[key[1], key[0]] = told_apart(self, left, right)
        return self._apart[key]

    def may_exist(self, node: Node, level: int) -> tuple[bool, bool]:
        """Whether a node has an alternative, looking so many levels down, and whether that it has none is proved."""
        key = ("exists", level)
        if key not in node.scratch:
            search = _Search(self, level, most=1)
            search.grow([Entry(schema) for schema in node.schemas], 0, "")
            node.scratch[key] = (bool(search.found), not search.lossy)
        known: tuple[bool, bool] = node.scratch[key]
        return known

    def _alternatives(self, node: Node) -> list[Flat]:
        return self._found(node, _Search(self), quiet=False)

    def _found(self, node: Node, search: "_Search", *, quiet: bool) -> list[Flat]:
        search.grow([Entry(schema, (), quiet) for schema in node.schemas], 0, "")
        if not search.found:
            node.reason = search.reason or "false"
            node.proved = not search.lossy
        return search.found


class _Search:
    """The multiplying out of one node's branches, in the order of the document. What negations ask of parts is looked at ``level`` levels
    down: a branch whose part cannot be is none."""

    def __init__(self, compiler: Compiler, level: int = MAX_LEVELS, most: int = MAX_ALTERNATIVES) -> None:
        self.compiler = compiler
        self.level = level
        self.most = most
        self.found: list[Flat] = []
        self.reason = ""
        self.tried = 0
        self.last = MAX_TRIED  # no more than so many are tried
        self.looked_at = 0
        self.disproved = 0  # so many had a schema that is false
        self.lossy = False  # whether a negation left out what it might have allowed
        self.risky = ""  # of the branches that are being tried

    def grow(self, entries: list[Entry], taken: int, label: str) -> None:
        """Add the alternatives of the conjunction whose first ``taken`` choices are made already."""
        parts = Parts(self.compiler)
        holds = all(parts.add(entry) for entry in entries)
        self.lossy = self.lossy or parts.lossy
        if not holds:
            self.reason = self.reason or "a schema that is false"
            self.disproved += 1
            return
        if taken == len(parts.choices):
            self._finish(parts, label)
            return
        choice = parts.choices[taken]
        before = len(self.found)
        for index, branch in enumerate(choice.branches):
            if self._has_enough(choice, before):
                return
            if parts.says_nothing_new(branch):
                continue
            if not choice.quiet or self._may_go([*entries, *branch.entries]):
                self._branch(entries, taken, _label(label, choice, index), branch)
        if len(self.found) == before and any(branch.excluded for branch in choice.branches):
            self._without_exclusions(entries, taken, label, choice)

    def _has_enough(self, choice: Choice, before: int) -> bool:
        return len(self.found) >= self.most or self._is_used_up() or (choice.quiet and len(self.found) > before)

    def _is_used_up(self) -> bool:
        return self.tried >= self.last or self.disproved >= MAX_FALSE

    def _branch(self, entries: list[Entry], taken: int, label: str, branch: Branch) -> None:
        """One branch; where it cannot be told apart from the others for what negations leave out, or from too many, as it is, and risky."""
        if len(branch.excluded) > MAX_EXCLUDED:
            self._as_it_is(entries, taken, label, branch)
            return
        before, lossy, last = len(self.found), self.lossy, self.last
        self.lossy = False
        if branch.excluded:
            self.last = min(last, self.tried + MAX_TRIED_APART)
        self.grow([*entries, *branch.entries, *branch.excluded], taken + 1, label)
        self.lossy = self.lossy or self._is_used_up()
        self.last = last
        if branch.excluded and self.lossy and len(self.found) == before:
            self._as_it_is(entries, taken, label, branch)
        self.lossy = self.lossy or lossy

    def _may_go(self, entries: list[Entry]) -> bool:
        """Whether a conjunction is none that is impossible already, whatever choices are left in it."""
        if self.looked_at >= MAX_LOOKED_AT:
            return True
        self.looked_at += 1
        parts = Parts(self.compiler)
        holds = all(parts.add(entry) for entry in entries)
        self.lossy = self.lossy or parts.lossy
        return holds and self._merged(parts) is not None

    def _without_exclusions(self, entries: list[Entry], taken: int, label: str, choice: Choice) -> None:
        """Branches that cannot be told apart at all, as they are: what such a document means is not what it says."""
        before = len(self.found)
        for index, branch in enumerate(choice.branches):
            if self._has_enough(choice, before):
                return
            self._as_it_is(entries, taken, _label(label, choice, index), branch)

    def _as_it_is(self, entries: list[Entry], taken: int, label: str, branch: Branch) -> None:
        risky, self.risky = self.risky, "oneOf"
        self.grow([*entries, *branch.entries], taken + 1, label)
        self.risky = risky

    def _finish(self, parts: Parts, label: str) -> None:
        self.tried += 1
        flat = self._merged(parts)
        if flat is not None:
            flat.label = label
            flat.risky = flat.risky or parts.risky or self.risky
            self.found.append(flat)

    def _merged(self, parts: Parts) -> Flat | None:
        """The members as one alternative; None where they contradict each other."""
        try:
            flat = merge(parts.members, parts.scopes, self.compiler)
            if self.level and flat.values is None:
                self._look_down(flat, parts)
        except Contradiction as error:
            self.reason = self.reason or str(error)
            return None
        return flat

    def _look_down(self, flat: Flat, parts: Parts) -> None:
        """Drop objects and arrays of which a negation asks a part that cannot be. Raises Contradiction where nothing is left."""
        gone: set[str] = set()
        for member in parts.members:
            if "!" not in member:
                continue
            named = [flat.properties[name] for name in member.get("properties", {}) if name in flat.required and name in flat.properties]
            if any(map(self._is_empty, named)):
                gone.add("object")
            last = len(member.get("prefixItems", ())) - 1
            item = flat.item(last) if 0 <= last < flat.min_items else None
            if item is not None and self._is_empty(item):
                gone.add("array")
        if gone:
            flat.kinds = tuple(kind for kind in flat.kinds if kind not in gone)
            if not flat.kinds:
                raise Contradiction("a part that must be there and cannot")

    def _is_empty(self, node: Node) -> bool:
        exists, proved = self.compiler.may_exist(node, self.level - 1)
        self.lossy = self.lossy or not (exists or proved)
        return not exists


def _label(label: str, choice: Choice, index: int) -> str:
    """With the branch that is taken, where it is one to be tried."""
    if choice.quiet:
        return label
    return f"{label}+{choice.keyword}/{index}" if label else f"{choice.keyword}/{index}"
