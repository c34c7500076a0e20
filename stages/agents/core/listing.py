"""The values of a node that can be told one after the other (GENERATION.md, section 9)."""

from collections.abc import Callable, Iterator

from pipeline.messages import Value
from stages.agents.core.equality import Kind
from stages.agents.core.exact import write as written
from stages.agents.core.schema import MOST_VALUES, Flat, Node


class Spare:
    """Values that are not used yet, for as long as no value comes free again."""

    def __init__(self, is_free: Callable[[Value], bool]) -> None:
        self._is_free = is_free
        self._left: dict[Node, Iterator[Value]] = {}
        self.gave: set[Node | None] = set()

    def of(self, node: Node, room: int, otherwise: Value) -> Value:
        """The next one of a node."""
        for value in self._left.setdefault(node, listed(node, room)):
            if self._is_free(value):
                self.gave.add(node)
                return value
        return otherwise


def listed(node: Node, room: int) -> Iterator[Value]:
    """Of all alternatives that fit: those that they list, else null, the booleans, and the numbers of ranges of at most 8192."""
    for index in node.fitting(room):
        flat = node.alternatives[index]
        if flat.values is not None:
            yield from flat.values
        else:
            found = (value for kind in flat.usable_kinds(room) for value in _of_kind(flat, kind))
            yield from found if flat.avoid is None else (value for value in found if not flat.avoid.has(value))


def _of_kind(flat: Flat, kind: Kind) -> Iterator[Value]:
    match kind:
        case "null":
            yield None
        case "boolean":
            yield from (False, True)
        case "integer" | "number":
            for grid in flat.integer_grids if kind == "integer" else flat.number_grids:
                if grid.low is not None and grid.high is not None and grid.high - grid.low < MOST_VALUES:
                    yield from (written(grid.value(k)) for k in range(grid.low, grid.high + 1))
        case _:
            pass
