"""What is evaluated where, schemas that are met twice, and listed values beside keywords that may refuse them."""

import json

import jsonschema_rs
import pytest

from stages.agents.core.compiler import Compiler
from stages.execute.serialise.json_text import encode as encode_json
from tests.unit.agents.violations import post, violated

NAMED = {"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"]}
SIZED = {"type": "object", "properties": {"size": {"type": "integer"}}, "required": ["size"]}
REF, EITHER = {"$ref": "#/$defs/Named"}, {"$ref": "#/$defs/Either"}
DEFS = {
    "Named": NAMED,
    "Sized": SIZED,
    "Either": {"oneOf": [REF, {"$ref": "#/$defs/Sized"}]},
    "Row": {"type": "array", "contains": {"const": "k"}},
}
ROW = {"$ref": "#/$defs/Row"}
CLOSED = {"unevaluatedProperties": False}

SATISFIABLE = {
    "a base of a schema and of its closed part": {"allOf": [REF, {"allOf": [REF], "properties": {"tag": {"type": "string"}}, **CLOSED}]},
    "branches of a base met twice": {"allOf": [EITHER, {**EITHER, **CLOSED}]},
    "closed first": {"allOf": [{**EITHER, **CLOSED}, EITHER]},
    "a closed choice of the base": {"allOf": [REF, {"anyOf": [REF, {"$ref": "#/$defs/Sized"}], **CLOSED}]},
    "the only branch is the base": {**REF, "anyOf": [REF]},
    "one of the base and another": {**REF, "oneOf": [REF, {"$ref": "#/$defs/Sized"}]},
    "what is contained, met twice": {"allOf": [ROW, {**ROW, "unevaluatedItems": {"type": "integer"}}]},
    "no list contains nothing": {"contains": False},
    "a list has no dependent properties": {
        "type": "array",
        "unevaluatedItems": False,
        "dependentSchemas": {"a": {"prefixItems": [{}]}},
    },
    "not not": {"type": "object", "properties": {"a": {}}, "not": {"not": {"properties": {"b": {"const": 1}}}}, **CLOSED},
    "items under not not": {
        "type": "array",
        "prefixItems": [{"const": 1}],
        "not": {"not": {"prefixItems": [True, {"const": 2}]}},
        "unevaluatedItems": False,
    },
    "a condition under not": {
        "type": "object",
        "properties": {"a": {}},
        "not": {"if": {"properties": {"b": {"const": 1}}}, "then": {"required": ["c"]}},
        **CLOSED,
    },
    "listed objects": {"enum": [{"a": "x"}, {"a": 1}], "properties": {"a": {"type": "integer"}}},
    "listed lists": {"enum": [["x"], [1], [1, 2]], "items": {"type": "integer"}, "minItems": 2},
}


@pytest.mark.parametrize("name", SATISFIABLE)
def test_what_is_made_is_valid(inputs, positives, name) -> None:
    """Values come about, and all that are said to be valid are."""
    schema = SATISFIABLE[name]
    validator = jsonschema_rs.Draft202012Validator({**schema, "$defs": DEFS})
    made = positives(post(inputs, schema), schemas=DEFS)
    values = [json.loads(encode_json(case.steps[-1].body.value)) for case in made if case.intent == "valid"]
    assert values
    assert [value for value in values if not validator.is_valid(value)] == []


def test_a_listed_object_that_the_rest_refuses_is_no_valid_case(inputs, positives) -> None:
    """Where all are refused, there is none at all."""
    made = positives(post(inputs, {"type": "object", "enum": [{"a": "x"}], "properties": {"a": {"type": "integer"}}}))
    assert [case.steps[-1].body.value for case in made if case.intent == "valid"] == []


def test_a_base_that_closes_itself_out_is_proved_empty() -> None:
    """What is evaluated in another scope only does not count."""
    node = Compiler(DEFS).node({"allOf": [REF, {"properties": {"tag": {}}, **CLOSED}]})
    assert node.least_room() is None
    assert node.why_not().told() == "proved empty at its root: property name is required and must not be there"


def test_a_tuple_with_an_item_that_cannot_be_is_proved_empty() -> None:
    """Its items have places of their own; what it must contain could be elsewhere, and proves nothing."""
    tuple_ = {"type": "array", "minItems": 2, "prefixItems": [{"type": "string"}, {"not": {}}]}
    assert Compiler({}).node(tuple_).why_not().told().startswith("proved empty at /1: ")
    placed = {"type": "array", "prefixItems": [{"type": "string"}], "contains": {"not": {}}}
    assert Compiler({}).node(placed).why_not().told().startswith("gave up at ")


@pytest.mark.parametrize(
    ("schema", "where", "label"),
    [
        ({"type": "object", "properties": {"a": {"type": "integer"}, "b": False}}, "body/b", "properties"),
        ({"type": "object", "properties": {"a": {}, "b": {"not": {}}}}, "body/b", "properties"),
        ({"type": "object", "patternProperties": {"^y$": False}}, "body/y", "patternProperties"),
        ({"items": False}, "body", "items"),
        ({"unevaluatedItems": False}, "body", "unevaluatedItems"),
        ({"dependentRequired": {"a": ["b"]}}, "body/b", "dependentRequired"),
    ],
)
def test_what_must_not_be_there_is_sent(inputs, cases, schema, where, label) -> None:
    """Though nothing can be made of the part itself; and it is invalid."""
    made = cases(post(inputs, schema))
    assert label in violated(made)[where]
    sent = [case.steps[-1].body.value for case in made if case.classes == [f"{where}:violates/{label}"]]
    assert not any(map(jsonschema_rs.Draft202012Validator(schema).is_valid, sent))
