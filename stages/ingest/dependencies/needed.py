"""Whether a part of a body must be there for the body to be valid."""

from collections.abc import Iterator, Sequence
from typing import Any

from pipeline.messages import Schema
from stages.ingest.dependencies.shapes import DEFS

_MAX_PARTS = 64


def is_needed(schema: Schema, tokens: Sequence[str], schemas: dict[str, Schema]) -> bool:
    """Whether each step of the way is required: a property by its object, the first item by a ``minItems`` of its array.

    ``tokens`` lead from the schema to the part; what stands in ``anyOf`` or ``oneOf`` may be chosen otherwise, and is not looked at.
    """
    if not tokens:
        return True
    head, rest = tokens[0], tokens[1:]
    parts = list(_parts(schema, schemas))
    of_items = [part["items"] for part in parts if "items" in part]
    if head == "0" and of_items:
        is_there = any(part.get("minItems", 0) for part in parts)
        return is_there and any(is_needed(items, rest, schemas) for items in of_items)
    if not any(head in part.get("required", ()) for part in parts):
        return False
    return not rest or any(is_needed(part["properties"][head], rest, schemas) for part in parts if head in part.get("properties", ()))


def _parts(schema: Schema, schemas: dict[str, Schema]) -> Iterator[dict[str, Any]]:
    """The schema and all that must hold beside it, by ``$ref`` and ``allOf``."""
    waiting: list[Schema] = [schema]
    seen: set[str] = set()
    for _ in range(_MAX_PARTS):
        if not waiting:
            return
        part = waiting.pop()
        if not isinstance(part, dict):
            continue
        yield part
        waiting += part.get("allOf", ())
        reference = part.get("$ref")
        if isinstance(reference, str) and reference not in seen:
            seen.add(reference)
            waiting.append(schemas.get(reference.removeprefix(DEFS)))
