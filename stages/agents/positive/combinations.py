"""Which optional parts a request has together: of every two of them both, either and none (GENERATION.md, section 12)."""

import itertools
import math
from typing import NamedTuple

from stages.agents.core.objects import can_be_sent
from stages.agents.core.places import Place, Request
from stages.agents.core.steer import Branch, Only, Steer
from stages.agents.requests.composer import BODY_METHODS

FEWEST_PARTS, MOST_PARTS = 3, 462
"""Of two parts all four ways are tried one at a time, and with every part; 462 take eleven combinations."""


class Combination(NamedTuple):
    """Optional parameters that are sent, and how the body is made: with some of its optional properties."""

    parameters: tuple[Place, ...]
    body: Place | None
    steer: Steer | None


def combinations(request: Request) -> list[Combination]:
    """The combinations of one request, at most eleven."""
    body = body_of(request)
    parts: list[Place | str] = [place for place in request.places if not place.required and place.room >= 0]
    index, names = _optional_properties(body) if body else (None, [])
    parts = [*parts, *names][:MOST_PARTS]
    found: list[Combination] = []
    for row in covering_rows(len(parts)):
        present = [parts[i] for i in row]
        parameters = tuple(part for part in present if isinstance(part, Place))
        if body is None or not names:
            found.append(Combination(parameters, None, None))
            continue
        only = Only(tuple(part for part in present if isinstance(part, str)))
        found.append(Combination(parameters, body, only if index is None else Branch(index, only)))
    return found


def covering_rows(parts: int) -> list[list[int]]:
    """Sets of so many parts, in ascending order, which with the empty set cover every pair in all four ways.

    The fewest there are, by Kleitman and Spencer (Families of k-independent sets, 1973): each part is in other rows than any other, and in
    more than half of them.
    """
    if parts < FEWEST_PARTS:
        return []
    size = next(size for size in itertools.count(FEWEST_PARTS) if math.comb(size, size // 2 + 1) >= parts)
    columns = list(itertools.combinations(range(size), size // 2 + 1))
    taken = [columns[part * len(columns) // parts] for part in range(parts)]
    return [[part for part in range(parts) if row in taken[part]] for row in range(size)]


def body_of(request: Request) -> Place | None:
    """The body of the best guess."""
    if not (request.body_required or request.operation.method in BODY_METHODS):
        return None
    return next((body for body in request.bodies if body.room >= 0), None)


def _optional_properties(body: Place) -> tuple[int | None, list[str]]:
    """The optional properties of the alternative that is made first; its index, where there are several."""
    fitting = body.node.fitting(body.room)
    flat = body.node.alternatives[fitting[0]]
    if flat.values is not None or "object" not in flat.usable_kinds(body.room):
        return None, []
    names = [name for name, node in flat.declared() if name not in flat.required and can_be_sent(flat, name, node, body.room)]
    return (fitting[0] if len(fitting) > 1 else None), names
