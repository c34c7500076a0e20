"""At most how many values there are, where that proves that there are too few (GENERATION.md, section 8)."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from stages.agents.core.equality import Kind
    from stages.agents.core.schema import Flat, Node

MANY = 65_536
"""Counts end here: what has more values has many."""


def too_few_items(flat: Flat) -> bool:
    """Whether an array cannot have as many different items as it must have; what cannot be counted is many."""
    if not flat.unique:
        return False
    if flat.asks_contained:
        return any(most_values(node) < count for node, count in flat.contained)
    wanted = Counter(flat.prefix[: flat.min_items])
    if flat.items is not None and flat.min_items > len(flat.prefix):
        wanted[flat.items] += flat.min_items - len(flat.prefix)
    return any(count > 1 and most_values(node) < count for node, count in wanted.items())


def too_few_names(flat: Flat) -> bool:
    """Whether propertyNames allows fewer names than an object must have."""
    return flat.naming is not None and flat.naming.names is not None and most_values(flat.naming.texts[0]) < flat.min_properties


def most_values(node: Node) -> int:
    """No more values than this satisfy a node; 65,536 for all larger numbers, and where alternatives may be missing."""
    if "values" not in node.scratch:
        found = sum(map(_of_alternative, node.alternatives))
        node.scratch["values"] = min(found, MANY) if node.is_complete else MANY
    known: int = node.scratch["values"]
    return known


def _of_alternative(flat: Flat) -> int:
    if flat.values is not None:
        inexact = flat.avoid is not None and (flat.avoid.patterns or flat.avoid.steps)
        return MANY if flat.patterns or flat.unread or inexact else len(flat.values)
    return min(sum(_of_kind(flat, kind) for kind in flat.allowed), MANY)


def _of_kind(flat: Flat, kind: Kind) -> int:
    match kind:
        case "null":
            return 1
        case "boolean":
            return 2
        case "integer" | "number":
            grids = flat.integer_grids if kind == "integer" else flat.number_grids
            if flat.unread or len(grids) > 1:
                return MANY
            return sum(MANY if grid.low is None or grid.high is None else grid.high - grid.low + 1 for grid in grids)
        case "string":
            return 1 if flat.max_length == 0 else MANY
        case "array":
            return 1 if flat.max_items == 0 else MANY
        case "object":
            return 1 if flat.max_properties == 0 else MANY
