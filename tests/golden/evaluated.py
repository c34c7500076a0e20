"""The vectors of schemas that are met twice, of what is evaluated where, and of listed values beside other keywords."""

from pipeline.messages import ApiSlice, Job, Schema
from tests.golden.inputs import NEGATIVE, job, json_body, operation

_NAMED: Schema = {"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"]}
_SIZED: Schema = {"type": "object", "properties": {"size": {"type": "integer"}}, "required": ["size"]}
_REF: Schema = {"$ref": "#/$defs/Named"}

_BODIES: dict[str, Schema] = {
    "twice": {"allOf": [_REF, {"allOf": [_REF], "properties": {"tag": {"type": "string"}}, "unevaluatedProperties": False}]},
    "either": {"allOf": [{"$ref": "#/$defs/Either"}, {"$ref": "#/$defs/Either", "unevaluatedProperties": False}]},
    "beside": {**_REF, "oneOf": [_REF, {"$ref": "#/$defs/Sized"}]},
    "denied": {
        "type": "object",
        "properties": {"a": {"type": "string"}},
        "not": {"not": {"properties": {"b": {"const": 1}}}},
        "unevaluatedProperties": False,
    },
    "listed": {"enum": [{"a": "x"}, {"a": 1}, [1], ["x", 2]], "properties": {"a": {"type": "integer"}}, "items": {"type": "integer"}},
    "barred": {"type": "object", "properties": {"a": {"type": "integer"}, "b": False}, "patternProperties": {"^y": False}},
    "needs": {"dependentRequired": {"a": ["b"]}},
    "no-items": {"items": False},
    "contains-nothing": {"contains": False},
}


def evaluated() -> dict[str, tuple[ApiSlice, Job]]:
    """The vectors by name."""
    operations = [operation(f"POST /{name}", body=json_body(schema)) for name, schema in _BODIES.items()]
    either: Schema = {"oneOf": [_REF, {"$ref": "#/$defs/Sized"}]}
    schemas = {"Either": either, "Named": _NAMED, "Sized": _SIZED}
    slice_ = ApiSlice(digest="evaluated", group="/evaluated", operations=operations, schemas=schemas)
    return {
        "evaluated": (slice_, job(slice_, 4, (0, 16), (5000, 8))),
        "evaluated-negative": (slice_, job(slice_, 4, (0, 30), (5000, 4), agent=NEGATIVE)),
    }
