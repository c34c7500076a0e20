"""What is worth trying at a node, one thing at a time, the nearest to the root first (GENERATION.md, section 10)."""

from collections import deque
from collections.abc import Iterator
from typing import NamedTuple

from stages.agents.core import formats
from stages.agents.core.compiler import Compiler
from stages.agents.core.draws import Draws
from stages.agents.core.equality import Kind
from stages.agents.core.exact import write as written
from stages.agents.core.grid import interesting_points
from stages.agents.core.maker import Maker
from stages.agents.core.mode import Mode, Vary
from stages.agents.core.patterned import MAX_LENGTH_WITH_LOOKS, prepared
from stages.agents.core.realm import Realm
from stages.agents.core.samples import valid_samples
from stages.agents.core.schema import Flat, Node
from stages.agents.core.steer import Branch, Emit, Item, Length, OfKind, Only, Property, Steer, Way, steered
from stages.agents.core.tables import texts

MOST_VARIATIONS = 256
MOST_LEVELS = 4
MOST_VALUES = 64
LONG, VERY_LONG = 256, 5000
LONGEST = {Realm.JSON: 16384, Realm.FORM: 16384}
LONGEST_ELSEWHERE = 1024
MANY_ITEMS, MOST_ITEMS = 20, 64


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


def variations(compiler: Compiler, root: Node, realm: Realm, room: int) -> list[Variation]:
    """At most 256 variations, breadth first, down to four levels."""
    found: list[Variation] = []
    waiting = deque([_Part(root, (), "", room, 0)])
    while waiting and len(found) < MOST_VARIATIONS:
        part = waiting.popleft()
        fitting = part.node.fitting(part.room)
        many = len(fitting) > 1
        if many:
            found += [Variation(part.pointer, part.node.alternatives[i].label, steered(part.way, Branch(i))) for i in fitting]
        for index in fitting:
            flat = part.node.alternatives[index]
            way = (*part.way, Branch(index)) if many else part.way
            found += [
                Variation(part.pointer, label, steered(way, steer))
                for label, steer in _own(compiler, part.node, flat, realm, part.room)
                if flat.avoid is None or not (isinstance(steer, Emit) and flat.avoid.has(steer.value))
            ]
            if flat.values is None and part.level < MOST_LEVELS and part.room > 0:
                for name, child in flat.declared():
                    possible = name in flat.required or _may_hold_more(flat, name)
                    if possible and flat.may_be_sent(name, part.room) and not child.alternatives[0].read_only:
                        pointer = f"{part.pointer}/{name.replace('~', '~0').replace('/', '~1')}"
                        below = (*way, Property(name))
                        if name not in flat.required:
                            found.append(Variation(pointer, "present", steered(below[:-1], Property(name))))
                        waiting.append(_Part(child, below, pointer, part.room - 1, part.level + 1))
                first = flat.item(0)
                if first is not None and _may_have(flat, 1) and first.fits(part.room - 1) and "array" in flat.usable_kinds(part.room):
                    waiting.append(_Part(first, (*way, Item(0)), f"{part.pointer}/0", part.room - 1, part.level + 1))
    return found[:MOST_VARIATIONS]


def _own(compiler: Compiler, node: Node, flat: Flat, realm: Realm, room: int) -> Iterator[tuple[str, Steer]]:
    """What is worth trying at an alternative itself, not further down."""
    if flat.values is not None:
        if len(flat.values) > 1:
            yield from ((f"enum/{i}", Emit(value)) for i, value in enumerate(flat.values[:MOST_VALUES]) if realm.can_hold(value))
        return
    samples = valid_samples(compiler, node, flat)
    yield from ((f"example/{i}", Emit(sample)) for i, sample in enumerate(samples[:MOST_VALUES]) if i > 0 and realm.can_hold(sample))
    usable = flat.usable_kinds(room)
    if not flat.said:
        return
    if len(usable) > 1:
        yield from ((f"type/{kind}", OfKind(kind)) for kind in usable)
    for kind in usable:
        yield from _of_kind(compiler, flat, kind, realm, room)


def _of_kind(compiler: Compiler, flat: Flat, kind: Kind, realm: Realm, room: int) -> Iterator[tuple[str, Steer]]:
    match kind:
        case "boolean":
            yield "true", Emit(value=True)
            yield "false", Emit(value=False)
        case "integer" | "number":
            for label, number in interesting_points(flat.bounds, whole=kind == "integer"):
                yield label, Emit(written(number))
        case "string":
            yield from _strings(flat, realm)
        case "array":
            yield from _arrays(flat, realm, room)
        case "object":
            if any(name not in flat.required for name in flat.properties):
                yield "bare", Only()
            if flat.open and "extra1" not in flat.properties and _may_hold_more(flat, "extra1") and flat.may_be_sent("extra1", room):
                yield "additional", Property("extra1")
            yield from _named(compiler, flat, realm, room)
        case "null":
            pass


def _named(compiler: Compiler, flat: Flat, realm: Realm, room: int) -> Iterator[tuple[str, Steer]]:
    """A property for every pattern that names must match."""
    maker = Maker(compiler, Draws(0), Mode.RANDOM, room=0, realm=realm, vary=Vary.NOTHING)
    for i, node in enumerate(flat.naming.texts[:MOST_VALUES] if flat.naming else ()):
        name = maker.text(node, Draws(i))
        if name is not None and name not in flat.properties and _may_hold_more(flat, name) and flat.may_be_sent(name, room):
            yield f"named/{i}", Property(name)


def _may_hold_more(flat: Flat, name: str) -> bool:
    """Whether an object with all that is required may have this property, and those that must be there with it."""
    if flat.max_properties is None:
        return True
    more = sum(1 for each in (name, *flat.dependents.get(name, ())) if each not in flat.required)
    return len(flat.required) + more <= flat.max_properties


def _strings(flat: Flat, realm: Realm) -> Iterator[tuple[str, Steer]]:
    low, high = flat.min_length, flat.max_length
    if flat.patterns:
        known = prepared(flat)
        tree = known.tree
        longest = MAX_LENGTH_WITH_LOOKS if known.looks else LONGEST_ELSEWHERE
        least = max(low, tree.least)
        most = min(longest if high is None or (known.looks and high > longest) else high, longest if tree.most is None else tree.most)
        if least <= most and (least > 0 or not realm.plain):
            yield "shortest", Length(least)
        if least < most:
            yield "longest", Length(most)
        return
    if flat.format and formats.is_known(flat.format):
        for i, value in enumerate(formats.interesting(flat.format)):
            if low <= len(value) and (high is None or len(value) <= high) and realm.can_hold(value):
                yield f"format/{i}", Emit(value)
        return
    longest = LONGEST.get(realm, LONGEST_ELSEWHERE)
    yield from ((label, Length(length)) for length, label in _lengths(low, high, realm, longest).items())
    for attempt in texts().tries:
        fits = low <= len(attempt.text) and (high is None or len(attempt.text) <= high)
        if fits and not realm.plain and (realm is Realm.JSON or not attempt.json_only):
            yield attempt.label, Emit(attempt.text)


def _lengths(low: int, high: int | None, realm: Realm, longest: int) -> dict[int, str]:
    """Lengths worth trying, each with the word for it."""
    wishes: list[tuple[str, int]] = [("minLength" if low else "empty", low), ("above-minLength", low + 1)]
    if high is None:
        wishes += [("long", max(low, LONG)), ("very-long", max(low, VERY_LONG))]
    else:
        wishes += [("maxLength", high), ("below-maxLength", high - 1)]
    found: dict[int, str] = {}
    for label, length in wishes:
        if low <= length <= min(longest, longest if high is None else high) and (length > 0 or not realm.plain):
            found.setdefault(length, label)
    return found


def _arrays(flat: Flat, realm: Realm, room: int) -> Iterator[tuple[str, Steer]]:
    low, high = flat.min_items, flat.max_items
    wishes: list[tuple[str, int]] = [("minItems" if low else "empty", low), ("one-item", 1)]
    wishes.append(("maxItems", high) if high is not None else ("many-items", max(low, MANY_ITEMS)))
    found: dict[int, str] = {}
    for label, length in wishes:
        fits = low <= length <= MOST_ITEMS and _may_have(flat, length) and (length > 0 or not realm.plain)
        node = flat.item(length - 1) if length else None
        if fits and (length <= low or (room > 0 and (node is None or node.fits(room - 1)))):
            found.setdefault(length, label)
    yield from ((label, Length(length)) for length, label in found.items())


def _may_have(flat: Flat, items: int) -> bool:
    return flat.max_items is None or items <= flat.max_items
