"""What must hold where a schema must not: the negation of its keywords, each a branch of its own (GENERATION.md, section 8).

The branches are schemas again. ``!`` in one says that it evaluates nothing (it stands under ``not``); ``!enum``, ``!pattern`` and
``!multipleOf`` are the three negations that no keyword can say.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple, TypeGuard, cast

from pipeline.messages import Schema
from stages.agents.core.exact import read

KINDS = ("string", "number", "boolean", "object", "array", "null")
_LOSSY = ("format", "uniqueItems", "propertyNames", "patternProperties", "unevaluatedProperties", "unevaluatedItems", "oneOf")

Keywords = dict[str, Any]


class Negation(NamedTuple):
    """Values of any of the ``branches`` do not satisfy the schema; ``exact``: and no other values are such."""

    branches: list[Schema]
    exact: bool


def negation(schema: Schema) -> Negation:
    """The negation of a schema; a reference stays one, under ``not``."""
    if not is_keywords(schema):
        return Negation([True] if schema is False else [], exact=True)
    branches = [*_of_any(schema), *_of_numbers(schema), *_of_strings(schema), *_of_objects(schema), *_of_arrays(schema), *_of_parts(schema)]
    exact = not any(keyword in schema for keyword in _LOSSY) and not _is_lossy(schema)
    return Negation(branches, exact)


def is_keywords(schema: Schema) -> TypeGuard[Keywords]:
    """Whether a schema is an object, rather than true or false."""
    return isinstance(schema, dict)


def says_nothing(schema: Schema) -> bool:
    """Whether a schema is as good as true."""
    return not schema if is_keywords(schema) else schema is not False


def denied(schema: Schema) -> Keywords:
    return {"not": schema}


def _branch(kind: str, **keywords: Any) -> Keywords:
    return {"!": True, "type": kind, **keywords}


def _is_lossy(schema: Keywords) -> bool:
    """Whether a negation is narrower than it could be: only one of many places is looked at."""
    if any(not says_nothing(schema.get(keyword, True)) for keyword in ("additionalProperties", "items")):
        return True
    if any(keyword in schema and read(schema[keyword]) is None for keyword in _OPPOSITES):
        return True
    return "contains" in schema and ("maxContains" in schema or _count(schema, "minContains", 1) > 1)


def _of_any(schema: Keywords) -> Iterator[Schema]:
    if "type" in schema:
        declared = schema["type"]
        names = set(cast("list[str]", declared)) if isinstance(declared, list) else {declared}
        others = [kind for kind in KINDS if kind not in names and not (kind == "number" and "integer" in names)]
        if others:
            yield {"!": True, "type": others}
        if "integer" in names and "number" not in names:
            yield _branch("number", **{"!multipleOf": 1})
    if "const" in schema:
        yield {"!": True, "!enum": [schema["const"]]}
    if isinstance(schema.get("enum"), list):
        yield {"!": True, "!enum": schema["enum"]}


def _of_numbers(schema: Keywords) -> Iterator[Schema]:
    for keyword, opposite in _OPPOSITES.items():
        if keyword in schema and read(schema[keyword]) is not None:
            yield _branch("number", **{opposite: schema[keyword]})


_OPPOSITES = {
    "minimum": "exclusiveMaximum",
    "maximum": "exclusiveMinimum",
    "exclusiveMinimum": "maximum",
    "exclusiveMaximum": "minimum",
    "multipleOf": "!multipleOf",
}


def _of_strings(schema: Keywords) -> Iterator[Schema]:
    yield from _of_counts(schema, "string", "minLength", "maxLength")
    if isinstance(schema.get("pattern"), str):
        yield _branch("string", **{"!pattern": schema["pattern"]})


def _of_counts(schema: Keywords, kind: str, low: str, high: str) -> Iterator[Schema]:
    least, most = _count(schema, low, 0), _count(schema, high, -1)
    if least > 0:
        yield _branch(kind, **{high: least - 1})
    if most >= 0:
        yield _branch(kind, **{low: most + 1})


def _of_objects(schema: Keywords) -> Iterator[Schema]:
    for name in _list(schema, "required"):
        yield _branch("object", properties={name: False})
    yield from _of_counts(schema, "object", "minProperties", "maxProperties")
    for name, others in _table(schema, "dependentRequired").items():
        for other in others if isinstance(others, list) else ():
            yield _branch("object", required=[name], properties={other: False})
    properties = _table(schema, "properties")
    for name, part in properties.items():
        if not says_nothing(part):
            yield _branch("object", required=[name], properties={name: denied(part)})
    rest = schema.get("additionalProperties", True)
    if not says_nothing(rest) and "patternProperties" not in schema:
        name = next(name for number in range(1, len(properties) + 2) if (name := f"extra{number}") not in properties)
        yield _branch("object", required=[name], properties={name: denied(rest)})
    for name, part in _table(schema, "dependentSchemas").items():
        yield _branch("object", required=[name], **denied(part))


def _of_arrays(schema: Keywords) -> Iterator[Schema]:
    yield from _of_counts(schema, "array", "minItems", "maxItems")
    prefix = _list(schema, "prefixItems")
    for index, part in enumerate([*prefix, schema.get("items", True)]):
        if not says_nothing(part):
            yield _branch("array", minItems=index + 1, prefixItems=[*[True] * index, denied(part)])
    if "contains" in schema and _count(schema, "minContains", 1) > 0:
        yield _branch("array", items=denied(schema["contains"]))


def _of_parts(schema: Keywords) -> Iterator[Schema]:
    if isinstance(schema.get("$ref"), str):
        yield denied({"$ref": schema["$ref"]})
    for part in _list(schema, "allOf"):
        yield denied(part)
    for keyword in ("oneOf", "anyOf"):
        if _list(schema, keyword):
            yield {"allOf": [denied(part) for part in schema[keyword]]}
    if "not" in schema:
        yield schema["not"]
    if "if" in schema:
        if "then" in schema:
            yield {"allOf": [schema["if"], denied(schema["then"])]}
        if "else" in schema:
            yield {"allOf": [denied(schema["if"]), denied(schema["else"])]}


def _list(schema: Keywords, keyword: str) -> list[Any]:
    value = schema.get(keyword)
    return value if isinstance(value, list) else []


def _table(schema: Keywords, keyword: str) -> dict[str, Any]:
    value = schema.get(keyword)
    return value if isinstance(value, dict) else {}


def _count(schema: Keywords, keyword: str, absent: int) -> int:
    value = schema.get(keyword)
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else absent
