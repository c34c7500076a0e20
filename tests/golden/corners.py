"""The vectors of what documents seldom say: odd patterns, negations, kept places of arrays, names of properties, parts without a value."""

from typing import Any

from msgspec.msgpack import Ext

from pipeline.messages import ApiSlice, Instance, Job, MediaType, RequestBody, Schema
from tests.golden.inputs import NEGATIVE, decimal, job, json_body, operation, parameter, slot

_PATTERNS = (
    *(r"^(?<y>[0-9]{2})-\k<y>$", r"^(a|b)\1{2}$", r"^(?=.*[0-9])(?=.*[a-z])[0-9a-z]{4,9}$", r"^(?!0)[0-9]+$", r"(?<=a)b$", r"^(?<!x)y"),
    *(r"^\w+\W\D\S$", r"\bfoo\B", r"^\x41\u0042\u{1F600}$", r"^\p{Lu}\p{Script=Greek}+$", r"^[^\P{L}a]{2}$", r"^(?:ab|c|)d?$|^e$"),
    *(r"^(?i:ab)(?-i:c)$", r"^(?s:.)(?m:^b$)", r"[]", r"^[^]$", r"^a{2,}?b*$", r"(?:)", r"(a", r"^\cJ\0[\b]$", r"^x{0,65535}$", r"^(a+)+$"),
    *(r"^https?://", r"(^a|b$|c)+d?|^e", r"(^a|b$)x?", r"\.json$", r"\bx\b", r"^(ab)+$", r"(?m:^b$)|c", r"(^a|b)\1", r"^(?:ab)+"),
)
_ITEM: Schema = {"type": "integer", "minimum": 1, "maximum": 3}
_ARRAYS: dict[str, Schema] = {
    "kept": {"type": "array", "contains": {"const": "x"}, "minContains": 2, "prefixItems": [_ITEM], "maxItems": 4},
    "two": {"type": "array", "allOf": [{"contains": {"const": 1}}, {"contains": {"const": 2}}], "items": _ITEM, "uniqueItems": True},
    "closed": {"type": "array", "prefixItems": [_ITEM, {"type": "string"}], "items": False, "contains": {"type": "string"}},
    "all": {"type": "array", "items": _ITEM, "uniqueItems": True, "minItems": 3},
    "rest": {"type": "array", "prefixItems": [_ITEM], "unevaluatedItems": {"type": "boolean"}, "contains": {"const": True}},
    "range": {
        "type": "array",
        "items": {"type": "integer", "minimum": 1, "maximum": 20, "not": {"const": 7}},
        "uniqueItems": True,
        "minItems": 19,
    },
    "kinds": {"type": "array", "items": {"type": ["null", "boolean"]}, "uniqueItems": True, "minItems": 3},
    "few": {"type": "array", "items": {"enum": ["a", "b"]}, "uniqueItems": True, "minItems": 3},
}
_NAMES: dict[str, Schema] = {
    "made": {"type": "object", "propertyNames": {"pattern": "^[a-c]{2}$"}, "minProperties": 3, "additionalProperties": {"type": "integer"}},
    "two": {"type": "object", "propertyNames": {"enum": ["p", "q", "r"]}, "minProperties": 2, "maxProperties": 2},
    "company": {
        "type": "object",
        "properties": {name: {"type": "integer"} for name in "abcd"},
        "dependentRequired": {"a": ["b", "c"], "b": ["d"]},
        "maxProperties": 3,
    },
    "patterned": {
        "type": "object",
        "patternProperties": {"^k[0-9]$": {"type": "boolean"}},
        "additionalProperties": False,
        "minProperties": 2,
    },
    "none": {"type": "object", "propertyNames": False},
}
_RANGE: Schema = {"type": "integer", "minimum": 3, "maximum": 9}
_VALUES: dict[str, Schema] = {
    "map": {"type": "object", "additionalProperties": {"oneOf": [_RANGE, {"enum": ["a", "b"]}]}},
    "needed": {"type": "object", "required": ["q", "r"], "additionalProperties": _RANGE},
    "named": {
        "type": "object",
        "patternProperties": {"^a[a-z]{3}$": _RANGE, "^b": {"enum": ["x", "y"]}},
        "additionalProperties": {"type": "null"},
    },
    "tuple": {"type": "array", "prefixItems": [_RANGE, {"enum": ["c", "d"]}, {"const": "x"}], "items": {"type": "boolean"}, "maxItems": 5},
    "pairs": {"type": "array", "prefixItems": [_RANGE], "contains": {"type": "string", "maxLength": 2}, "minContains": 2},
}
_LENGTHS: dict[str, tuple[int, int]] = {
    "password": (8, 64),
    "email": (60, 320),
    "hostname": (1, 253),
    "uri": (30, 41),
    "byte": (9, 14),
    "sf-string": (3, 5),
    "html": (0, 2),
    "iri-reference": (0, 20),
    "decimal128": (30, 40),
    "date": (10, 10),
}
_NOTS: dict[str, Schema] = {
    "numbers": {"type": "integer", "not": {"minimum": 0, "exclusiveMaximum": 10}},
    "steps": {"type": "integer", "minimum": 0, "maximum": 12, "not": {"multipleOf": 3}},
    "texts": {"type": "string", "maxLength": 6, "not": {"anyOf": [{"pattern": "^s"}, {"minLength": 4}]}},
    "lists": {"type": "array", "not": {"items": {"type": "string"}}},
    "objects": {"type": "object", "not": {"required": ["a"]}, "properties": {"a": True, "b": {"type": "null"}}},
    "sizes": {"type": "object", "not": {"maxProperties": 1}},
    "kinds": {"not": {"type": ["string", "number", "null"]}},
    "values": {"type": "integer", "minimum": 0, "maximum": 3, "not": {"enum": [0, 1, 3]}},
    "contains": {"type": "array", "not": {"contains": {"type": "string"}}},
    "names": {"type": "object", "not": {"propertyNames": {"maxLength": 2}}},
    "nothing": {"not": {}},
    "needs": {"type": "object", "properties": {"a": {"const": 1}}, "required": ["a"], "dependentSchemas": {"a": {"required": ["b"]}}},
    "condition": {"if": {"type": "string"}, "then": {"maxLength": 2}, "else": {"type": "integer", "minimum": 5}},
    "tree": {"type": "object", "properties": {"left": {"$ref": "#/$defs/Tree"}, "size": {"type": "integer"}}, "required": ["size"]},
    "endless": {"$ref": "#/$defs/Endless"},
}
_BOUNDS: dict[str, Schema] = {
    "tiny": {"type": "number", "multipleOf": decimal("1E-399"), "minimum": decimal("1E-398")},
    "odd": {"type": "number", "exclusiveMinimum": decimal("0.1"), "exclusiveMaximum": decimal("0.2"), "multipleOf": decimal("0.03")},
    "digits": {"type": "number", "format": "sf-decimal"},
    "far": {"type": "integer", "minimum": Ext(1, str(2**70).encode()), "maximum": Ext(1, str(2**70 + 5).encode())},
    "unread": {"type": "number", "minimum": decimal("1E+401")},
    "said": {"type": "integer", "format": "uint32", "minimum": 0},
    "double": {"type": "integer", "format": "int64", "maximum": 2**63 - 1},
}
_KNOWN = {"/o": [Instance(fields={"id": 12, "tags": ["x", 3]}, parents=["left", None], made=True), Instance(fields={"id": "13"})]}


def _of(media_type: str, **properties: Schema) -> RequestBody:
    schema = {"type": "object", "properties": properties, "required": list(properties)}
    return RequestBody(content=[MediaType(media_type=media_type, schema=schema)])


def corners() -> dict[str, tuple[ApiSlice, Job]]:
    """The vectors by name."""
    schemas: dict[str, Schema] = {
        "Tree": _NOTS["tree"],
        "Endless": {"type": "object", "properties": {"on": {"$ref": "#/$defs/Endless"}}, "required": ["on"]},
    }
    rows = {"patterns": {f"p{index}": {"type": "string", "pattern": source} for index, source in enumerate(_PATTERNS)}}
    rows |= {"lengths": {name: {"type": "string", "format": name, "minLength": a, "maxLength": b} for name, (a, b) in _LENGTHS.items()}}
    rows |= {"arrays": _ARRAYS, "names": _NAMES, "values": _VALUES, "nots": _NOTS, "bounds": _BOUNDS}
    operations = [operation(f"POST /{row}/{name}", body=json_body(schema)) for row, named in rows.items() for name, schema in named.items()]
    text: Schema = {"type": "string"}
    own: dict[str, Any] = {"slots": [slot("path/id", "/o", "id"), slot("query/word", "/o", "tags", "id"), slot("query/tag", "/o", "id")]}
    operations += [
        operation("POST /forms", body=_of("application/x-www-form-urlencoded", a={"type": ["null", "integer"]}, b={"items": text})),
        operation("POST /trees", body=_of("application/xml", list={"type": "array", "items": text, "maxItems": 1}, word=text)),
        operation("GET /none", parameter("q", "query", {"type": "integer", "minimum": 2, "maximum": 1}), parameter("r", "query", text)),
        operation("GET /plain", parameter("H", "header", text), parameter("I", "header", {"items": text}), parameter("c", "cookie", text)),
        operation("GET /never", parameter("q", "query", False, required=True)),
        operation(
            "GET /x/{top}/{mid}/y/{id}",
            *(parameter(name, "path", text) for name in ("top", "mid")),
            parameter("id", "path", {"type": "integer"}),
            parameter("word", "query", text, required=True),
            parameter("tag", "query", {"type": "integer"}),
            **own,
        ),
    ]
    slice_ = ApiSlice(digest="corners", group="/corners", operations=operations, schemas=schemas)
    return {
        "corners": (slice_, job(slice_, 11, (0, 8), (5000, 3), knowledge=_KNOWN)),
        "corners-negative": (slice_, job(slice_, 11, (0, 8), (5000, 2), agent=NEGATIVE, knowledge=_KNOWN)),
    }
