"""Parts of a request of which nothing can be made, so that no case has them (GENERATION.md, section 12)."""

from collections import deque
from collections.abc import Iterator
from itertools import islice

from stages.agents.core.branches import impossible_branches
from stages.agents.core.compiler import Compiler
from stages.agents.core.interesting import MOST_VALUES
from stages.agents.core.places import Place, Request
from stages.agents.core.samples import valid_samples
from stages.agents.core.schema import Flat, Node

MOST_TOLD = 16
MOST_PARTS = 512
MOST_LEVELS = 4


def left_out(compiler: Compiler, request: Request) -> list[str]:
    """What all cases of the operation are without, by place and pointer, each with the reason; what a request must have is not among it."""
    return list(islice(_left_out(compiler, request), MOST_TOLD))


def _left_out(compiler: Compiler, request: Request) -> Iterator[str]:
    only = len(request.bodies) == 1
    for place in (*request.places, *request.bodies):
        if place.room >= 0:
            yield from _parts(compiler, place)
        elif not (place.required if place.location is not None else request.body_required and only):
            yield f"left out: {place.key}: {place.node.why_not().told()}"


def _parts(compiler: Compiler, place: Place) -> Iterator[str]:
    """Breadth first, each node once, where it stands first."""
    seen = {place.node}
    waiting = deque([(place.node, "", 0)])
    while waiting:
        node, pointer, level = waiting.popleft()
        for branch, why in impossible_branches(compiler, node):
            yield f"left out: {place.key}{pointer} {branch}: {why}"
        yield from dict.fromkeys(f"left out: {place.key}{pointer} {name}: no form in its place" for name in _unheld(compiler, place, node))
        for name, child in (part for flat in node.alternatives for part in _below(flat)):
            if child in seen or len(seen) == MOST_PARTS or False in child.schemas:
                continue
            seen.add(child)
            below = f"{pointer}/{name.replace('~', '~0').replace('/', '~1')}"
            if child.least_room() is None:
                yield f"left out: {place.key}{below}: {child.why_not().told()}"
            elif level + 1 < MOST_LEVELS:
                waiting.append((child, below, level + 1))


def _unheld(compiler: Compiler, place: Place, node: Node) -> Iterator[str]:
    """The values of enums and the examples that no request can have in the place."""
    for flat in node.alternatives:
        kind, values = ("enum", flat.values) if flat.values is not None else ("example", flat.samples)
        if not all(map(place.realm.can_hold, values)):
            values = values if kind == "enum" else valid_samples(compiler, node, flat)
            yield from (f"{kind}/{index}" for index, value in enumerate(values[:MOST_VALUES]) if not place.realm.can_hold(value))


def _below(flat: Flat) -> Iterator[tuple[str, Node]]:
    yield from flat.declared()
    if (first := flat.item(0)) is not None:
        yield "0", first
