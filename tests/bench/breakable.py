"""Whether an input of an operation can be broken for certain, by its schemas alone: a reading of its own, beside that of the generators.

A text without bounds cannot: whatever stands in a path or a query is right. What is said here is less than what may be so: where it
depends on more than a keyword (``format``, ``not``, unevaluated members) nothing is claimed.
"""

import re
from collections.abc import Mapping
from typing import Any

from pipeline.messages import Operation, Parameter

_ANY = frozenset({"enum", "const"})
_BOUNDS = {  # what they say of other kinds than these is nothing
    "number": frozenset({"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"}),
    "array": frozenset({"maxItems", "uniqueItems"}),
}
_PROBES = ("sample", "sample!", "!", "Sample 5", "\u00e9", "5")  # texts that survive any transport; a pattern that takes all is no bound
_LONGEST = 100_000  # of what is sent as a text
_KINDS = {"string", "integer", "number", "boolean", "null", "array", "object"}
# What the client says of a request by itself, and credentials.
_OWN = frozenset(
    {"host", "user-agent", "accept-encoding", "connection", "content-length", "cookie", "date", "accept", "content-type", "authorization"}
)


def is_breakable(operation: Operation, schemas: Mapping[str, Any]) -> bool:
    """Whether something is required, or has a bound, that a case can violate whatever the server makes of texts."""
    if any(_parameter(one, schemas) for one in operation.parameters):
        return True
    body = operation.body
    if body is None or not (body.required or operation.method.upper() in {"POST", "PUT", "PATCH"}):
        return False
    return body.required or any(_says(one.schema, schemas, json="json" in one.media_type) for one in body.content)


def _parameter(one: Parameter, schemas: Mapping[str, Any]) -> bool:
    if one.location == "header" and one.name.lower() in _OWN:
        return False
    has_default = isinstance(one.schema, dict) and "default" in _resolved(one.schema, schemas)
    must = one.required and one.location != "path" and not one.allow_empty_value and not has_default
    return must or _says(one.schema, schemas, json=bool(one.media_type))


def _resolved(schema: dict[str, Any], schemas: Mapping[str, Any]) -> dict[str, Any]:
    for _ in range(20):
        name = schema.get("$ref", "").removeprefix("#/$defs/").replace("~1", "/").replace("~0", "~")
        target = schemas.get(name) if name else None
        if not isinstance(target, dict):
            return schema
        schema = target
    return {}


def _says(schema: Any, schemas: Mapping[str, Any], *, json: bool, depth: int = 4) -> bool:
    if not isinstance(schema, dict) or depth == 0:
        return False
    schema = _resolved(schema, schemas)
    kinds = schema.get("type", [])
    kinds = set(kinds if isinstance(kinds, list) else [kinds])
    if "integer" in kinds:
        kinds |= {"number"}
    if schema.get("readOnly") or kinds - _KINDS:
        return False
    if _ANY & schema.keys() or any(words & schema.keys() for kind, words in _BOUNDS.items() if not kinds or kind in kinds):
        return True
    if (not kinds or "string" in kinds) and _bounds_texts(schema):
        return True
    if any(_says(one, schemas, json=json, depth=depth - 1) for one in schema.get("allOf", ())):
        return True
    for keyword in ("anyOf", "oneOf"):
        branches = schema.get(keyword, ())
        if branches and all(_says(one, schemas, json=json, depth=depth - 1) for one in branches):
            return keyword == "anyOf" or len(branches) == 1
    if json:
        return bool(kinds) and len(kinds - {"integer"}) < len(_KINDS) - 1
    if not kinds or "string" in kinds:
        return False
    if kinds == {"array"}:
        return _says(schema.get("items"), schemas, json=False, depth=depth - 1)
    return "object" not in kinds and "array" not in kinds


def _bounds_texts(schema: dict[str, Any]) -> bool:
    if 0 < schema.get("maxLength", 0) < _LONGEST or schema.get("minLength", 0) > 1:
        return True
    try:
        return "pattern" in schema and not all(re.search(schema["pattern"], probe) for probe in _PROBES)
    except re.error:
        return True
