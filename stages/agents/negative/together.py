"""The schemas that hold at a part, and values that break one keyword of them and nothing else (GENERATION.md, section 16)."""

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from msgspec import Struct

from pipeline.messages import Schema, Value
from stages.agents.core.compiler import Compiler
from stages.agents.core.draws import stream
from stages.agents.core.maker import Maker
from stages.agents.core.mode import GaveUp
from stages.agents.core.negation import is_keywords
from stages.agents.core.parts import as_list
from stages.agents.core.places import ROOM, Place
from stages.agents.core.schema import MAX_ROOM, Flat, Node
from stages.agents.core.steer import Steer

_TAKEN_APART = frozenset({"$ref", "allOf"})

Member = dict[str, Any]


class Together(Struct, frozen=True):
    """One part of a place: its members, in the order of the document, and the alternative that its sample is of."""

    compiler: Compiler
    place: Place
    node: Node
    flat: Flat
    members: tuple[Member, ...]

    def instead(self, member: Member, keywords: tuple[str, ...], *schemas: Schema) -> Iterator[Value]:
        """The best guess, if there is one, of all members, of this one without some keywords, and of schemas in their stead."""
        kept: list[Schema] = []
        for one in self.members:
            left_out = _TAKEN_APART.union(keywords) if one is member else _TAKEN_APART
            kept.append({name: value for name, value in one.items() if name not in left_out})
        return self.guess(self.compiler.single(*kept, *schemas), self.place.name)

    def guess(self, node: Node, name: str, steer: Steer | None = None) -> Iterator[Value]:
        """The best guess of a node, if there is one, made for a property or place of this name."""
        room = node.least_room()
        if room is None:
            return
        room = min(max(room, ROOM), MAX_ROOM)
        draws = stream(0, self.place.key)
        maker = Maker(self.compiler, draws, "best", room=room, realm=self.place.realm, vary="nothing")
        with suppress(GaveUp):
            yield maker.make(node, name, steer)


def together(compiler: Compiler, place: Place, node: Node, flat: Flat) -> Together:
    """Of the alternative of a node: its schemas and, behind each, what they name by ``$ref`` and ``allOf``."""
    found: list[Member] = []
    seen: set[str] = set()
    waiting: list[Schema] = list(reversed(node.schemas))
    while waiting:
        schema = waiting.pop()
        if not is_keywords(schema):
            continue
        found.append(schema)
        reference = schema.get("$ref")
        below: list[Schema] = []
        if isinstance(reference, str) and reference not in seen:
            seen.add(reference)
            below.append(compiler.target(reference))
        below += as_list(schema.get("allOf"))
        waiting.extend(reversed(below))
    return Together(compiler, place, node, flat, tuple(found))


def is_of(node: Node, schema: Schema) -> bool:
    """Whether the schema of the document is among those of the node."""
    return any(one is schema for one in node.schemas)
