"""Branches of choices of which nothing can be made (GENERATION.md, section 12)."""

from collections.abc import Iterator
from itertools import islice

from stages.agents.core.compiler import Compiler
from stages.agents.core.parts import Entry, Parts
from stages.agents.core.schema import MAX_ROOM, Node

MOST_BRANCHES = 32


def impossible_branches(compiler: Compiler, node: Node) -> Iterator[tuple[str, str]]:
    """Of the first ``MOST_BRANCHES`` branches of a node's ``oneOf`` and ``anyOf`` that no alternative takes those that none can, as
    ``oneOf/1``, each with why nothing can be made of it; none with ``false``."""
    parts = Parts(compiler)
    if not all(parts.add(Entry(schema)) for schema in node.schemas):
        return
    choices = [choice for choice in parts.choices if choice.keyword in ("oneOf", "anyOf") and not choice.quiet]
    if not choices:
        return
    taken = {piece for flat in node.alternatives if flat.fits(MAX_ROOM) for piece in flat.label.split("+")}
    ways = ((f"{choice.keyword}/{index}", way) for choice in choices for index, way in enumerate(choice.ways))
    missing = ((name, way) for name, way in ways if name not in taken and False not in way)
    for name, way in islice(missing, MOST_BRANCHES):
        for tried in (compiler.node(*way), compiler.node(*node.schemas, *way)):
            if tried.least_room() is None:
                yield name, tried.why_not().told()
                break
