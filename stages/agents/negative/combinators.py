"""What can be violated of keywords that look at a value as a whole (GENERATION.md, section 16). Each candidate is as good as its proof."""

from collections.abc import Iterator
from typing import Any, cast

from pipeline.messages import Schema, Value
from stages.agents.core.compiler import Compiler
from stages.agents.core.draws import stream
from stages.agents.core.maker import Maker
from stages.agents.core.mode import GaveUp, Mode, Vary
from stages.agents.core.negation import is_keywords
from stages.agents.core.parts import as_list
from stages.agents.core.places import ROOM, Place
from stages.agents.core.schema import MAX_ROOM, Node
from stages.agents.negative.changes import Put, With, Without
from stages.agents.negative.keywords import MOST_NAMES, Candidate
from stages.agents.negative.spots import Spot

MOST_PAIRS = 4
_TAKEN_APART = frozenset({"$ref", "allOf"})
_ODD_NAMES = ("", "!", "extra property", "a" * 300)


def combined(compiler: Compiler, place: Place, spot: Spot, sample: Value) -> Iterator[Candidate]:
    """Violations of the part that ``spot`` is the first alternative of. ``sample``: the part as it is valid."""
    members = _members(compiler, spot.node)
    for member in members:
        if "not" in member:
            yield from _made(compiler, place, "not", [*_stripped(members, "not"), member["not"]])
        branches = as_list(member.get("oneOf"))
        for index in range(min(len(branches) - 1, MOST_PAIRS)):
            both = branches[index : index + 2]
            yield from _made(compiler, place, f"oneOf/{index}+{index + 1}", [*_stripped(members, "oneOf"), *both])
    if isinstance(sample, dict):
        for member in members:
            yield from _of_object(member, spot, cast("dict[str, Value]", sample))
    elif isinstance(sample, list) and any("contains" in member for member in members):
        yield Candidate("contains", Put([]))


def _members(compiler: Compiler, node: Node) -> list[dict[str, Any]]:
    """The schemas that hold at the node, down ``$ref`` and ``allOf``."""
    found: list[dict[str, Any]] = []
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
    return found


def _stripped(members: list[dict[str, Any]], keyword: str) -> list[Schema]:
    """The members without what was taken apart, and without a keyword."""
    return [{name: value for name, value in member.items() if name not in _TAKEN_APART and name != keyword} for member in members]


def _made(compiler: Compiler, place: Place, label: str, schemas: list[Schema]) -> Iterator[Candidate]:
    """The best guess of schemas together, which the document says must not hold together."""
    node = compiler.node(*schemas)
    room = node.least_room()
    if room is None:
        return
    maker = Maker(compiler, stream(0, place.key), Mode.BEST, room=min(max(room, ROOM), MAX_ROOM), realm=place.realm, vary=Vary.NOTHING)
    try:
        yield Candidate(label, Put(maker.make(node, place.name)))
    except GaveUp:
        return


def _of_object(member: dict[str, Any], spot: Spot, sample: dict[str, Value]) -> Iterator[Candidate]:
    needs = member.get("dependentRequired")
    if isinstance(needs, dict):
        for name, others in cast("dict[str, Any]", needs).items():
            for other in as_list(others):
                if isinstance(other, str) and other != name and name in sample and other in sample:
                    yield Candidate("dependentRequired", Without(other), (other,))
    if "if" in member or "dependentSchemas" in member:
        keyword = "if" if "if" in member else "dependentSchemas"
        for name in list(sample)[:MOST_NAMES]:
            if name not in spot.flat.required:
                yield Candidate(keyword, Without(name), (name,))
    if "propertyNames" in member:
        for index, name in enumerate(_ODD_NAMES):
            if name not in sample:
                yield Candidate(f"propertyNames/{index}", With(name, "sample"), (name,))
    if member.get("unevaluatedProperties") is False and "extra1" not in sample:
        yield Candidate("unevaluatedProperties", With("extra1", "sample"), ("extra1",))
