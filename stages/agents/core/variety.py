"""How many values there are at random where that is few (GENERATION.md, section 12)."""

from stages.agents.core.equality import Kind
from stages.agents.core.places import Place, Request
from stages.agents.core.realm import Realm
from stages.agents.core.schema import Flat, Node

MANY = 256
"""Counts end here: what has more values has many."""


def variety(request: Request) -> int:
    """At most how many requests differ in the values that are made for them, 256 for all larger numbers, and where none can be made."""
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


def _of_place(place: Place) -> int:
    return _Counter(place.realm).node(place.node, place.room)


class _Counter:
    """Counts within one realm. A node that is asked for again while it is counted has many values: it holds itself."""

    def __init__(self, realm: Realm) -> None:
        self.realm = realm
        self._known: dict[tuple[Node, int], int] = {}

    def node(self, node: Node, room: int) -> int:
        key = node, room
        if key not in self._known:
            self._known[key] = MANY
            self._known[key] = min(sum(self._flat(node.alternatives[index], room) for index in node.fitting(room)), MANY)
        return self._known[key]

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
                return MANY if grid.low is None or grid.high is None else min(grid.high - grid.low + 1, MANY)
            case "string":
                return 1 if flat.max_length == 0 else MANY
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
        if high > MANY:
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
        names = [name for name, _ in flat.declared() if name in flat.required or flat.may_be_sent(name, room)]
        is_closed = not (flat.open and room > 0) and flat.naming is None and flat.min_properties <= len(names)
        if not is_closed or not set(flat.required) <= set(names):
            return MANY
        found = 1
        for name in names:
            found = min(found * (self.node(flat.properties[name], room - 1) + (name not in flat.required)), MANY)
        return found
