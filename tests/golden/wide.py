"""Golden vectors of bodies with many parts, and of parts that no property declares."""

from msgspec import structs

from pipeline.messages import ApiSlice, Job, MediaType, RequestBody, Schema
from tests.golden.inputs import NEGATIVE, job, json_body, operation, parameter


def _wide(count: int) -> Schema:
    names = [f"p{index}" for index in range(count)]
    text: Schema = {"type": "string", "minLength": 2, "maxLength": 20}
    properties = dict.fromkeys(names, text)
    return {"type": "object", "required": names, "additionalProperties": False, "properties": properties}


_PARTS: dict[str, Schema] = {
    "wide": _wide(66),
    "map": {
        "type": "object",
        "additionalProperties": {"type": "object", "required": ["a"], "properties": {"a": {"type": "integer", "minimum": 3, "maximum": 9}}},
    },
    "patterns": {
        "type": "object",
        "required": ["n"],
        "properties": {"n": {"type": ["null", "integer"], "maximum": 4}},
        "patternProperties": {"^x-": {"type": "string", "maxLength": 5}, "^y[0-9]$": {"type": "array", "items": {"minimum": 2}}},
        "propertyNames": {"maxLength": 9},
    },
    "tuple": {
        "type": "array",
        "prefixItems": [{"type": "integer"}, {"type": "string", "minLength": 2}, {"enum": ["a"]}],
        "items": {"type": "object", "required": ["b"], "properties": {"b": {"type": "boolean"}}},
        "examples": [[1, "ab", "a"]],
    },
    "doubtful": {
        "type": "object",
        "properties": {"a": {"type": "array", "items": {"type": "integer"}}, "b": {"type": "string", "minLength": 1}},
        "examples": [{"a": [], "b": "x"}],
        "anyOf": [{"required": ["a"]}, {"required": ["b"]}],
    },
}


def wide() -> dict[str, tuple[ApiSlice, Job]]:
    """The vectors by name."""
    operations = [operation(f"POST /{name}", body=json_body(schema)) for name, schema in _PARTS.items()]
    deep = structs.replace(parameter("q", "query", _PARTS["map"]), style="deepObject")
    operations.append(operation("GET /map", deep))
    asked = structs.replace(json_body({"type": "object", "required": ["a"]}), required=False)
    operations.append(operation("QUERY /asked", parameter("q", "query", {"enum": ["a", "b"]}), body=asked))
    form: Schema = {"type": "object", "required": ["n"], "properties": {"n": {"type": "integer"}}}
    for media_type in ("application/xml", "multipart/form-data"):
        body = RequestBody(content=[MediaType(media_type=media_type, schema=form)], required=True)
        operations.append(operation(f"POST /{media_type}", body=body))
    others = ["TRACE /map", "GET /{any}"]  # of them no operation is to try the methods
    slice_ = ApiSlice(digest="wide", group="/wide", operations=operations, schemas={}, others=others)
    return {"wide-negative": (slice_, job(slice_, 12, (0, 40), (300, 4), (9000, 3), agent=NEGATIVE))}
