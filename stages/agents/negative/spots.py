"""The parts of a place at which something can be violated, nearest to the root first (GENERATION.md, section 15)."""

from collections import deque
from collections.abc import Iterator
from typing import Any, NamedTuple

from stages.agents.core.compiler import Compiler
from stages.agents.core.draws import Draws
from stages.agents.core.maker import Maker
from stages.agents.core.places import Place
from stages.agents.core.realm import Realm
from stages.agents.core.schema import Flat, Node
from stages.agents.core.steer import Branch, Item, Property, Way

_UNSAID: tuple[Any, ...] = ({"const": {}},)  # what is sent as a body of which the document says nothing
MOST_SPOTS = 1024
MOST_LEVELS = 4
MOST_ITEMS = 64
MOST_PATTERNS = 64


class Spot(NamedTuple):
    """One alternative of a part: ``way`` leads to it, ``tokens`` are its pointer. ``first``: of the part's alternatives."""

    node: Node
    flat: Flat
    way: Way
    tokens: tuple[str, ...]
    first: bool


class Spots(NamedTuple):
    """Those of a place; ``more``: how many parts, at least, there are behind them."""

    spots: list[Spot]
    more: int


class _Part(NamedTuple):
    node: Node
    way: Way
    tokens: tuple[str, ...]
    room: int


def spots(compiler: Compiler, place: Place, *, deep: bool) -> Spots:
    """At most 1024, breadth first, down to four levels; not ``deep``: the root, its parts, and items of these."""
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
                usable = flat.usable_kinds(part.room)
                if "object" in usable and (deep or level == 0):
                    waiting.extend(_members(compiler, place.realm, flat, way, part))
                if "array" in usable and (deep or level < 2):
                    waiting.extend(_items(flat, way, part))
    return Spots(found[:MOST_SPOTS], len(waiting))


def _members(compiler: Compiler, realm: Realm, flat: Flat, way: Way, part: _Part) -> Iterator[_Part]:
    """The properties that can be there and are not read-only: those that are declared, one of any other name, and one of each pattern."""
    room = part.room - 1
    for name, child in flat.properties.items():
        if (name in flat.required or flat.may_hold_more(name)) and child.fits(room) and not is_read_only(child):
            yield _Part(child, (*way, Property(name)), (*part.tokens, name), room)
    for name in dict.fromkeys(_undeclared(compiler, realm, flat)):
        node = flat.property(name)
        is_new = name not in flat.properties and flat.may_hold_more(name) and flat.may_be_sent(name, part.room)
        if node is not None and is_new and not is_read_only(node):
            yield _Part(node, (*way, Property(name)), (*part.tokens, name), room)


def _undeclared(compiler: Compiler, realm: Realm, flat: Flat) -> Iterator[str]:
    """Names that no property has: any, one that propertyNames asks for, and one for each pattern of names."""
    if flat.additional is not None or flat.naming is not None:
        yield "extra1"
    if flat.naming is None:
        return
    maker = Maker(compiler, Draws(0), "random", room=0, realm=realm, vary="nothing")
    for index, node in enumerate(flat.naming.texts[:MOST_PATTERNS]):
        name = maker.text(node, Draws(index))
        if name is not None:
            yield name


def _items(flat: Flat, way: Way, part: _Part) -> Iterator[_Part]:
    """Those that have a place of their own, and the first of the others; they can be there and are not read-only.

    What stands at the places kept for ``contains`` may be violated without any harm but to that.
    """
    most = MOST_ITEMS if flat.max_items is None else min(MOST_ITEMS, flat.max_items)
    for index in (*range(flat.tuple_items), len(flat.prefix)):
        item = flat.item(index) if index < most else None
        if item is None or not item.fits(part.room - 1):
            break
        if not is_read_only(item):
            yield _Part(item, (*way, Item(index)), (*part.tokens, str(index)), part.room - 1)


def is_read_only(node: Node) -> bool:
    """Whether a server may pass over what a request says of it."""
    return any(flat.read_only for flat in node.alternatives)
