"""The parts of a place at which something can be violated, nearest to the root first (GENERATION.md, section 15)."""

from collections import deque
from collections.abc import Iterator
from typing import Any, NamedTuple

from stages.agents.core.places import Place
from stages.agents.core.schema import Flat, Node
from stages.agents.core.steer import Branch, Item, Property, Way

_UNSAID: tuple[Any, ...] = ({"const": {}},)  # what is sent as a body of which the document says nothing
MOST_SPOTS = 384
MOST_LEVELS = 4
MOST_ITEMS = 8


class Spot(NamedTuple):
    """One alternative of a part: ``way`` leads to it, ``tokens`` are its pointer. ``first``: of the part's alternatives."""

    node: Node
    flat: Flat
    way: Way
    tokens: tuple[str, ...]
    first: bool


class _Part(NamedTuple):
    node: Node
    way: Way
    tokens: tuple[str, ...]
    room: int


def spots(place: Place, *, deep: bool) -> list[Spot]:
    """At most 384, breadth first, down to four levels; not ``deep``: the root, its parts, and items of these."""
    found: list[Spot] = []
    is_unsaid = place.location is None and place.node.schemas == _UNSAID
    waiting = deque([] if is_unsaid else [_Part(place.node, (), (), place.room)])
    while waiting and len(found) < MOST_SPOTS:
        part = waiting.popleft()
        fitting = part.node.fitting(part.room)
        for index in fitting:
            flat = part.node.alternatives[index]
            way = (*part.way, Branch(index)) if len(fitting) > 1 else part.way
            found.append(Spot(part.node, flat, way, part.tokens, index == fitting[0]))
            level = len(part.tokens)
            if flat.values is None and part.room > 0 and level < MOST_LEVELS:
                waiting.extend(_below(flat, way, part, named=deep or level == 0, items=deep or level < 2))
    return found[:MOST_SPOTS]


def _below(flat: Flat, way: Way, part: _Part, *, named: bool, items: bool) -> Iterator[_Part]:
    """The parts of an alternative that can be there and are not read-only."""
    room = part.room - 1
    usable = flat.usable_kinds(part.room)
    if named and "object" in usable:
        for name, child in flat.properties.items():
            if (name in flat.required or flat.may_hold_more(name)) and child.fits(room) and not is_read_only(child):
                yield _Part(child, (*way, Property(name)), (*part.tokens, name), room)
    if items and "array" in usable:
        # What stands at the places kept for `contains` may be violated without any harm but to that.
        start = 0 if flat.tuple_items else len(flat.prefix)
        end = min(flat.tuple_items or start + 1, MOST_ITEMS, MOST_ITEMS if flat.max_items is None else flat.max_items)
        for index in range(start, end):
            item = flat.item(index)
            if item is None or not item.fits(room):
                break
            if not is_read_only(item):
                yield _Part(item, (*way, Item(index)), (*part.tokens, str(index)), room)


def is_read_only(node: Node) -> bool:
    """Whether a server may pass over what a request says of it."""
    return any(flat.read_only for flat in node.alternatives)
