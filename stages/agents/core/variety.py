"""How many values there are at random where that is not many (GENERATION.md, section 12)."""

from stages.agents.core import formats
from stages.agents.core.equality import Kind
from stages.agents.core.patterned import prepared
from stages.agents.core.places import Place, Request
from stages.agents.core.realm import Realm
from stages.agents.core.schema import Flat, Node
from stages.agents.core.trees import Choice, Class, Group, Repeat, Sequence, Tree

FEW = 256
"""Below this there are few."""
MANY = 65_536
"""Counts end here: what has more values has many."""
MOST_NUMBERS = 256  # of whatever bounds: most are small
MOST_SHORT = 256
SHORT = 2  # characters
MOST_MORE = 256  # lengths of a text of one character


def variety(request: Request) -> int:
    """At most how many requests differ in the values that are made for them, 65,536 for all larger numbers, and where none can be made."""
    found = 1
    for place in request.places:
        if place.room >= 0:
            found = min(found * (_of_place(place) + (not place.required)), MANY)
        elif place.required:
            return MANY
    bodies = [body for body in request.bodies if body.room >= 0]
    if not bodies:
        return MANY if request.bodies and request.body_required else found
    return min(found * (sum(map(_of_place, bodies)) + (not request.body_required)), MANY)


class Beside:
    """How many values of a place, of which something can be made, differ in which a part is always the same."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._counter = _Counter(place.realm)

    def count(self, tokens: tuple[str, ...] | None) -> int:
        """The part that tokens lead to (none: all of it); None: no part is."""
        if tokens is None:
            return self._counter.node(self._place.node, self._place.room)
        return self._counter.beside(self._place.node, self._place.room, tokens)


def _of_place(place: Place) -> int:
    return _Counter(place.realm).node(place.node, place.room)


class _Counter:
    """Counts within one realm. A node that is asked for again while it is counted has many values: it holds itself."""

    def __init__(self, realm: Realm) -> None:
        self.realm = realm
        self._known: dict[tuple[Node, int], int] = {}
        self._members: dict[tuple[int, int], dict[str, int] | None] = {}

    def node(self, node: Node, room: int) -> int:
        key = node, room
        if key not in self._known:
            self._known[key] = MANY
            self._known[key] = min(sum(self._flat(node.alternatives[index], room) for index in node.fitting(room)), MANY)
        return self._known[key]

    def beside(self, node: Node, room: int, tokens: tuple[str, ...]) -> int:
        """Values in which the part that tokens lead to is always the same."""
        if not tokens:
            return 1
        return min(sum(self._beside(node.alternatives[index], room, tokens) for index in node.fitting(room)), MANY)

    def _beside(self, flat: Flat, room: int, tokens: tuple[str, ...]) -> int:
        usable = flat.usable_kinds(room) if flat.values is None else ()
        if "object" in usable:
            return self._beside_of(flat, room, tokens)
        return self._array(flat, room) if "array" in usable else 0

    def _flat(self, flat: Flat, room: int) -> int:
        if flat.values is not None:
            return len(flat.values)
        if not flat.said:
            return MANY
        return sum(self._kind(flat, kind, room) for kind in flat.usable_kinds(room))

    def _kind(self, flat: Flat, kind: Kind, room: int) -> int:
        match kind:
            case "null":
                return 1
            case "boolean":
                return 2
            case "integer" | "number":
                grid = (flat.integer_grids if kind == "integer" else flat.number_grids)[-1]
                return MOST_NUMBERS if grid.low is None or grid.high is None else min(grid.high - grid.low + 1, MOST_NUMBERS)
            case "string":
                return _texts(flat)
            case "array":
                return self._array(flat, room)
            case "object":
                return self._object(flat, room)

    def _array(self, flat: Flat, room: int) -> int:
        """Of every number of items, up to three more than need be, all values of each."""
        if room <= 0:
            return 1  # the empty one
        low = max(flat.min_items, 1) if self.realm.plain and flat.max_items != 0 else flat.min_items
        high = low + 3 if flat.max_items is None else min(low + 3, flat.max_items)
        if high > FEW:
            return MANY
        found, product = 0, 1
        for index in range(high + 1):
            if index >= low:
                found += product
            if found >= MANY or product >= MANY or index == high:
                break
            node = flat.item(index)
            product = min(product * (MANY if node is None else self.node(node, room - 1)), MANY)
            if not product:
                return found
        return MANY if product >= MANY else min(found, MANY)

    def _object(self, flat: Flat, room: int) -> int:
        """All values of every property that is declared, and where it is optional none; others have many."""
        return _product(self._of_members(flat, room))

    def _beside_of(self, flat: Flat, room: int, tokens: tuple[str, ...]) -> int:
        """The same, but of the property that the first token names only what is beside the rest of them."""
        members = self._of_members(flat, room)
        if members is None or tokens[0] not in members:
            return _product(members)
        others = _product(members, tokens[0])
        return min(others * self.beside(flat.properties[tokens[0]], room - 1, tokens[1:]), MANY)

    def _of_members(self, flat: Flat, room: int) -> dict[str, int] | None:
        """How many values each property has, none being one where it is optional; None where there may be others."""
        key = id(flat), room
        if key not in self._members:
            names = [name for name, _ in flat.declared() if name in flat.required or flat.may_be_sent(name, room)]
            is_closed = not (flat.open and room > 0) and flat.naming is None and flat.min_properties <= len(names)
            is_counted = is_closed and set(flat.required) <= set(names)
            counts = {name: self.node(flat.properties[name], room - 1) + (name not in flat.required) for name in names if is_counted}
            self._members[key] = counts if is_counted else None
        return self._members[key]


def _product(counts: dict[str, int] | None, but: str | None = None) -> int:
    """Of all but one of them; None: many."""
    if counts is None:
        return MANY
    found = 1
    for name, count in counts.items():
        found *= 1 if name == but else count
        if found >= MANY:
            return MANY
    return found


def _texts(flat: Flat) -> int:
    """By the first pattern with room around it; else by the length."""
    if flat.max_length == 0:
        return 1
    if formats.is_known(flat.format):
        return MANY
    if not flat.patterns:
        return MOST_SHORT if flat.max_length is not None and flat.max_length <= SHORT else MANY
    known = prepared(flat)
    is_reached = known.whole.most is None or known.whole.most >= flat.min_length
    return min(_matching(known.whole, flat.max_length), MANY) if is_reached and not known.needs else MANY


def _matching(tree: Tree, longest: int | None) -> int:
    """How many texts of at most this length a pattern has; more than there are where it counts one twice, or what is too long."""
    match tree:
        case Class(ranges):
            return min(sum(high - low + 1 for low, high in ranges), MANY)
        case Group(part):
            return _matching(part, longest)
        case Sequence(parts):
            found = 1
            for part in parts:
                own = None if longest is None else max(longest - tree.least + part.least, 0)
                found = min(found * _matching(part, own), MANY)
            return found
        case Choice(branches):
            return min(sum(_matching(branch, longest) for branch in branches), MANY)
        case Repeat(part, low, high):
            most = low + MOST_MORE if high is None else high
            return _repeated(
                _matching(part, longest), low, min(most, longest // part.least) if longest is not None and part.least else most
            )
        case _:
            return 1


def _repeated(each: int, low: int, high: int) -> int:
    """So many texts, from ``low`` to ``high`` times behind each other."""
    if high < low or each == 0:
        return int(low == 0)
    if each == 1:
        return min(high - low + 1, MANY)
    found, power = 0, 1
    for count in range(high + 1):
        if count >= low:
            found += power
        power *= each
        if found >= MANY or (power >= MANY and count < high):
            return MANY
    return found
