"""What is worth trying at a node, one thing at a time, the nearest to the root first (GENERATION.md, section 10)."""

from collections import deque
from collections.abc import Iterable, Iterator
from itertools import islice, zip_longest
from typing import NamedTuple, TypeVar

from stages.agents.core.compiler import Compiler
from stages.agents.core.count import most_values
from stages.agents.core.draws import Draws
from stages.agents.core.equality import Kind
from stages.agents.core.exact import write as written
from stages.agents.core.grid import interesting_points
from stages.agents.core.interesting_text import strings
from stages.agents.core.maker import Maker
from stages.agents.core.objects import can_have
from stages.agents.core.realm import Realm
from stages.agents.core.samples import valid_samples
from stages.agents.core.schema import Flat, Node, token
from stages.agents.core.steer import Branch, Emit, Item, Length, OfKind, Only, Property, Size, Steer, Way, steered

MOST_TRIED = 1024
MOST_PARTS = 512
MOST_LEVELS = 4
MOST_VALUES = 64
LARGE = 16_384
MOST_LARGE = 2  # of a place
MANY_ITEMS = 20
SEVERAL = 3
MOST_ITEMS = {Realm.JSON: 1024, Realm.FORM: 1024}
MOST_ITEMS_ELSEWHERE = 64
MANY = ("maxItems", "below-maxItems", "maxProperties", "below-maxProperties")

_Key = TypeVar("_Key", str, int)


class Variation(NamedTuple):
    """One thing to try: at the part that ``pointer`` (RFC 6901) names, what ``label`` says, by way of ``steer``."""

    pointer: str
    label: str
    steer: Steer


class _Part(NamedTuple):
    """A node within the value, and the way to it from the root."""

    node: Node
    way: Way
    pointer: str
    room: int
    level: int
    present: Steer | None  # makes sure that the part is there, where it is optional


def variations(compiler: Compiler, root: Node, realm: Realm, room: int) -> list[Variation]:
    """The first of every part, the nearest to the root first, then the second of every part, and so on: at most 1024, two of them large."""
    found: list[Variation] = []
    large = 0
    for row in zip_longest(*_lists(compiler, root, realm, room)):
        for variation in row:
            if variation is None:
                continue
            if _is_large(variation):
                large += 1
                if large > MOST_LARGE:
                    continue
            found.append(variation)
            if len(found) == MOST_TRIED:
                return found
    return found


def _lists(compiler: Compiler, root: Node, realm: Realm, room: int) -> Iterator[list[Variation]]:
    """A list for each of the first 512 parts, breadth first, down to four levels; that a part is present stands behind its first."""
    waiting = deque([_Part(root, (), "", room, 0, None)])
    known = 1
    while waiting:
        part = waiting.popleft()
        found: list[Variation] = []
        fitting = part.node.fitting(part.room)
        many = len(fitting) > 1
        if many:
            found += [Variation(part.pointer, part.node.alternatives[i].label, steered(part.way, Branch(i))) for i in fitting]
        for index in fitting:
            flat = part.node.alternatives[index]
            way = (*part.way, Branch(index)) if many else part.way
            found += [
                Variation(part.pointer, label, steered(way, steer))
                for label, steer in _own(compiler, part, flat, realm)
                if flat.avoid is None or not (isinstance(steer, Emit) and flat.avoid.has(steer.value))
            ]
            if flat.values is None and part.level < MOST_LEVELS and part.room > 0:
                below = list(islice(_below(compiler, part, flat, way, realm), MOST_PARTS - known))
                known += len(below)
                waiting += below
        if part.present is not None:
            found.insert(1, Variation(part.pointer, "present", part.present))
        yield found


def _below(compiler: Compiler, part: _Part, flat: Flat, way: Way, realm: Realm) -> Iterator[_Part]:
    """The parts of an alternative: its declared properties, one of every sort that it does not declare, and its items up to the first
    behind the prefix, of equal ones the first."""
    room, level = part.room - 1, part.level + 1
    usable = flat.usable_kinds(part.room)
    for name, child in flat.declared() if "object" in usable else ():
        possible = name in flat.required or flat.may_hold_more(name)
        if possible and flat.may_be_sent(name, part.room) and not child.alternatives[0].read_only:
            present = None if name in flat.required else steered(way, Property(name))
            yield _Part(child, (*way, Property(name)), f"{part.pointer}/{token(name)}", room, level, present)
    others = [name for name in flat.required if name not in flat.properties and flat.may_be_sent(name, part.room)]
    others += [name for _, name in _undeclared(compiler, flat, realm, part.room)]
    for name, child in _first_of_each((name, flat.property(name)) for name in others if "object" in usable):
        yield _Part(child, (*way, Property(name)), f"{part.pointer}/{token(name)}", room, level, None)
    for index, child in _first_of_each(_items(flat, room) if "array" in usable else ()):
        present = steered(way, Item(index)) if index >= max(flat.min_items, 1) else None
        yield _Part(child, (*way, Item(index)), f"{part.pointer}/{index}", room, level, present)


def _first_of_each(found: Iterable[tuple[_Key, Node | None]]) -> Iterator[tuple[_Key, Node]]:
    """Of those of which something is said, the first with each node."""
    seen: set[Node] = set()
    for key, node in found:
        if node is not None and node not in seen:
            seen.add(node)
            yield key, node


def _items(flat: Flat, room: int) -> Iterator[tuple[int, Node | None]]:
    """The items up to the first behind the prefix, as far as there may be so many and they fit."""
    for index in range(len(flat.prefix) + 1):
        node = flat.item(index)
        if not _may_have(flat, index + 1) or not (node is None or node.fits(room)):
            return
        yield index, node


def _is_large(variation: Variation) -> bool:
    """Whether few cases may have what it makes: a long text, or many items or properties."""
    steer = variation.steer
    while isinstance(steer, (Branch, Property, Item)) and steer.inner is not None:
        steer = steer.inner
    most = MOST_ITEMS_ELSEWHERE if variation.label in MANY else LARGE
    return (isinstance(steer, Length) and steer.length > most) or (isinstance(steer, Size) and steer.count > most)


def _own(compiler: Compiler, part: _Part, flat: Flat, realm: Realm) -> Iterator[tuple[str, Steer]]:
    """What is worth trying at an alternative itself, not further down."""
    if flat.values is not None:
        if len(flat.values) > 1:
            yield from ((f"enum/{i}", Emit(value)) for i, value in enumerate(flat.values[:MOST_VALUES]) if realm.can_hold(value))
        return
    samples = valid_samples(compiler, part.node, flat)
    yield from ((f"example/{i}", Emit(sample)) for i, sample in enumerate(samples[:MOST_VALUES]) if i > 0 and realm.can_hold(sample))
    usable = flat.usable_kinds(part.room)
    if not flat.said:
        return
    if len(usable) > 1:
        yield from ((f"type/{kind}", OfKind(kind)) for kind in usable)
    for kind in usable:
        yield from _of_kind(compiler, part, flat, kind, realm)


def _of_kind(compiler: Compiler, part: _Part, flat: Flat, kind: Kind, realm: Realm) -> Iterator[tuple[str, Steer]]:
    room = part.room
    match kind:
        case "boolean":
            yield "true", Emit(value=True)
            yield "false", Emit(value=False)
        case "integer" | "number":
            for label, number in interesting_points(flat.bounds, whole=kind == "integer"):
                yield label, Emit(written(number))
        case "string":
            yield from strings(flat, realm, is_whole=part.level == 0)
        case "array":
            yield from _arrays(flat, realm, room)
        case "object":
            if any(name not in flat.required for name in flat.properties):
                yield "bare", Only()
            undeclared = _undeclared(compiler, flat, realm, room)
            yield from ((label, Property(name)) for label, name in undeclared if label == "additional")
            yield from _sizes(compiler, flat, realm, room)
            yield from ((label, Property(name)) for label, name in undeclared if label != "additional")
        case "null":
            pass


def _sizes(compiler: Compiler, flat: Flat, realm: Realm, room: int) -> Iterator[tuple[str, Steer]]:
    """Numbers of properties worth trying, each with the word for it."""
    low, high = flat.min_properties, flat.max_properties
    wishes: list[tuple[str, int]] = [("minProperties", low), ("above-minProperties", low + 1)] if low else []
    if high is not None:
        wishes += [("maxProperties", high), ("below-maxProperties", high - 1)]
    elif flat.open and not flat.properties:
        wishes.append(("several-properties", max(low, SEVERAL)))
    most = MOST_ITEMS.get(realm, MOST_ITEMS_ELSEWHERE)
    found: dict[int, str] = {}
    for label, count in wishes:
        if low <= count <= (most if high is None else min(high, most)) and (count > 0 or not realm.plain) and count not in found:
            maker = Maker(compiler, Draws(0), "best", room=room, realm=realm, vary="nothing")
            if can_have(maker, flat, room, count):
                found[count] = label
    yield from ((label, Size(count)) for count, label in found.items())


def _undeclared(compiler: Compiler, flat: Flat, realm: Realm, room: int) -> list[tuple[str, str]]:
    """Names that are not declared, each with the word for it: one that nothing speaks of, one for every pattern that names must match."""
    found = [("additional", "extra1")] if flat.open else []
    maker = Maker(compiler, Draws(0), "random", room=0, realm=realm, vary="nothing")
    for i, node in enumerate(flat.naming.texts[:MOST_VALUES] if flat.naming else ()):
        name = maker.text(node, Draws(i))
        if name is not None:
            found.append((f"named/{i}", name))
    return [
        (label, name) for label, name in found if name not in flat.properties and flat.may_hold_more(name) and flat.may_be_sent(name, room)
    ]


def _arrays(flat: Flat, realm: Realm, room: int) -> Iterator[tuple[str, Steer]]:
    low, high = flat.min_items, flat.max_items
    wishes: list[tuple[str, int]] = [("minItems" if low else "empty", low), ("one-item", 1), ("above-minItems", low + 1)]
    wishes += [("maxItems", high), ("below-maxItems", high - 1)] if high is not None else [("many-items", max(low, _many(flat)))]
    most = MOST_ITEMS.get(realm, MOST_ITEMS_ELSEWHERE)
    found: dict[int, str] = {}
    for label, length in wishes:
        fits = low <= length <= most and _may_have(flat, length) and (length > 0 or not realm.plain)
        node = flat.item(length - 1) if length > 0 else None
        if fits and (length <= low or (room > 0 and (node is None or node.fits(room - 1)))):
            found.setdefault(length, label)
    yield from ((label, Length(length)) for length, label in found.items())


def _many(flat: Flat) -> int:
    """A great many items; no more than there are values where they must differ."""
    return min(MANY_ITEMS, most_values(flat.items)) if flat.unique and flat.items is not None else MANY_ITEMS


def _may_have(flat: Flat, items: int) -> bool:
    return flat.max_items is None or items <= flat.max_items
