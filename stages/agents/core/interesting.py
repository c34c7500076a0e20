"""What is worth trying at a node, one thing at a time, the nearest to the root first (GENERATION.md, section 10)."""

from collections import deque
from collections.abc import Iterator
from itertools import islice, zip_longest
from typing import NamedTuple

from stages.agents.core import formats
from stages.agents.core.compiler import Compiler
from stages.agents.core.count import most_values
from stages.agents.core.draws import Draws
from stages.agents.core.equality import Kind
from stages.agents.core.exact import write as written
from stages.agents.core.grid import interesting_points
from stages.agents.core.maker import Maker
from stages.agents.core.mode import Mode, Vary
from stages.agents.core.objects import can_have
from stages.agents.core.patterned import MAX_LENGTH_WITH_LOOKS, prepared
from stages.agents.core.realm import Realm
from stages.agents.core.samples import valid_samples
from stages.agents.core.schema import Flat, Node
from stages.agents.core.steer import Branch, Emit, Item, Length, OfKind, Only, Property, Size, Steer, Way, steered
from stages.agents.core.tables import texts

MOST_TRIED = 1024
MOST_PARTS = 512
MOST_LEVELS = 4
MOST_VALUES = 64
LONG, VERY_LONG = 256, 5000
LONGEST = {Realm.JSON: 524_288, Realm.FORM: 524_288}
LONGEST_ELSEWHERE = 4096
LONGEST_OF_PATTERN = 1024
LARGE = 16_384
MOST_LARGE = 2  # of a place
MANY_ITEMS = 20
SEVERAL = 3
MOST_ITEMS = {Realm.JSON: 1024, Realm.FORM: 1024}
MOST_ITEMS_ELSEWHERE = 64
MANY = ("maxItems", "below-maxItems", "maxProperties", "below-maxProperties")


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
                for label, steer in _own(compiler, part.node, flat, realm, part.room)
                if flat.avoid is None or not (isinstance(steer, Emit) and flat.avoid.has(steer.value))
            ]
            if flat.values is None and part.level < MOST_LEVELS and part.room > 0:
                below = list(islice(_below(part, flat, way), MOST_PARTS - known))
                known += len(below)
                waiting += below
        if part.present is not None:
            found.insert(1, Variation(part.pointer, "present", part.present))
        yield found


def _below(part: _Part, flat: Flat, way: Way) -> Iterator[_Part]:
    """The parts of an alternative: its properties, then its first item."""
    room, level = part.room - 1, part.level + 1
    usable = flat.usable_kinds(part.room)
    for name, child in flat.declared() if "object" in usable else ():
        possible = name in flat.required or flat.may_hold_more(name)
        if possible and flat.may_be_sent(name, part.room) and not child.alternatives[0].read_only:
            pointer = f"{part.pointer}/{name.replace('~', '~0').replace('/', '~1')}"
            present = None if name in flat.required else steered(way, Property(name))
            yield _Part(child, (*way, Property(name)), pointer, room, level, present)
    first = flat.item(0)
    if first is not None and _may_have(flat, 1) and first.fits(room) and "array" in usable:
        yield _Part(first, (*way, Item(0)), f"{part.pointer}/0", room, level, None)


def _is_large(variation: Variation) -> bool:
    """Whether few cases may have what it makes: a long text, or many items or properties."""
    steer = variation.steer
    while isinstance(steer, (Branch, Property, Item)) and steer.inner is not None:
        steer = steer.inner
    most = MOST_ITEMS_ELSEWHERE if variation.label in MANY else LARGE
    return (isinstance(steer, Length) and steer.length > most) or (isinstance(steer, Size) and steer.count > most)


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
            if flat.open and "extra1" not in flat.properties and flat.may_hold_more("extra1") and flat.may_be_sent("extra1", room):
                yield "additional", Property("extra1")
            yield from _sizes(compiler, flat, realm, room)
            yield from _named(compiler, flat, realm, room)
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
            maker = Maker(compiler, Draws(0), Mode.BEST, room=room, realm=realm, vary=Vary.NOTHING)
            if can_have(maker, flat, room, count):
                found[count] = label
    yield from ((label, Size(count)) for count, label in found.items())


def _named(compiler: Compiler, flat: Flat, realm: Realm, room: int) -> Iterator[tuple[str, Steer]]:
    """A property for every pattern that names must match."""
    maker = Maker(compiler, Draws(0), Mode.RANDOM, room=0, realm=realm, vary=Vary.NOTHING)
    for i, node in enumerate(flat.naming.texts[:MOST_VALUES] if flat.naming else ()):
        name = maker.text(node, Draws(i))
        if name is not None and name not in flat.properties and flat.may_hold_more(name) and flat.may_be_sent(name, room):
            yield f"named/{i}", Property(name)


def _strings(flat: Flat, realm: Realm) -> Iterator[tuple[str, Steer]]:
    low, high = flat.min_length, flat.max_length
    if flat.patterns:
        known = prepared(flat)
        tree = known.tree
        longest = MAX_LENGTH_WITH_LOOKS if known.looks else LONGEST_OF_PATTERN
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
    most = longest if high is None else min(longest, high)
    first, last = _lengths(low, high)
    seen: set[int] = set()
    yield from _of_lengths(first, low, most, realm, seen)
    for attempt in texts().path_tries if realm is Realm.PATH else [] if realm.plain else texts().tries:
        length = len(attempt.text.encode()) if realm is Realm.FORM and flat.format == "binary" else len(attempt.text)
        fits = low <= length and (high is None or length <= high)
        if fits and (realm is Realm.JSON or not attempt.json_only):
            yield attempt.label, Emit(attempt.text)
    yield from _of_lengths(last, low, most, realm, seen)


def _lengths(low: int, high: int | None) -> tuple[list[tuple[str, int]], list[tuple[str, int]]]:
    """Lengths worth trying, each with the word for it: those at bounds and the longest, and those that seldom break anything."""
    first = [("minLength", low), ("above-minLength", low + 1)] if low else [("empty", 0)]
    last = [] if low else [("above-minLength", 1)]
    if high is None:
        return [*first, ("very-long", max(low, VERY_LONG))], [*last, ("long", max(low, LONG))]
    return [*first, ("maxLength", high), ("below-maxLength", high - 1)], last


def _of_lengths(wishes: list[tuple[str, int]], low: int, most: int, realm: Realm, seen: set[int]) -> Iterator[tuple[str, Steer]]:
    for label, length in wishes:
        if low <= length <= most and (length > 0 or not realm.plain) and length not in seen:
            seen.add(length)
            yield label, Length(length)


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
