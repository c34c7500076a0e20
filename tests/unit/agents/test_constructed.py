"""Keywords that are made by construction: no validator has to look, and what they say is in the alternatives themselves."""

from typing import get_args

import jsonschema_rs
import pytest

from stages.agents.core.compiler import Compiler
from stages.agents.core.draws import Draws
from stages.agents.core.interesting import variations
from stages.agents.core.maker import Maker
from stages.agents.core.mode import GaveUp, Mode
from stages.agents.core.places import is_doubtful
from stages.agents.core.realm import Realm

ROOM = 5
TEXT = {"type": "string"}
SET = {"type": "array", "uniqueItems": True}
CIRCLE = {"type": "object", "required": ["radius"], "properties": {"radius": {"type": "number"}}}
SQUARE = {"type": "object", "required": ["side"], "properties": {"side": {"type": "number"}}}

CONSTRUCTED = {
    "patternProperties": {"type": "object", "patternProperties": {"^x-[a-z]{2,5}$": {"type": "integer"}}, "minProperties": 3},
    "patternProperties alone": {
        "type": "object",
        "patternProperties": {"^[A-Z]{3}$": TEXT, "^[0-9]+$": {"type": "boolean"}},
        "additionalProperties": False,
        "minProperties": 2,
    },
    "patternProperties on a declared name": {
        "type": "object",
        "properties": {"x1": {"type": "integer", "minimum": 5}},
        "patternProperties": {"^x": {"maximum": 6}},
        "required": ["x1", "x2"],
    },
    "propertyNames": {"type": "object", "propertyNames": {"pattern": "^[a-c]+$", "maxLength": 4}, "minProperties": 2},
    "propertyNames enum": {"type": "object", "propertyNames": {"enum": ["a", "b"]}, "additionalProperties": TEXT, "minProperties": 2},
    "dependentRequired": {
        "type": "object",
        "properties": {"card": TEXT, "address": TEXT, "zip": TEXT},
        "dependentRequired": {"card": ["address"], "address": ["zip"]},
    },
    "dependentRequired and maxProperties": {
        "type": "object",
        "properties": {"a": TEXT, "b": TEXT, "c": TEXT, "d": TEXT},
        "dependentRequired": {"a": ["d"]},
        "maxProperties": 2,
    },
    "dependentSchemas": {
        "type": "object",
        "properties": {"card": TEXT},
        "dependentSchemas": {"card": {"required": ["cvc"], "properties": {"cvc": {"type": "integer"}}}},
    },
    "contains": {"type": "array", "items": {"type": "integer"}, "contains": {"minimum": 100}},
    "minContains and maxContains": {
        "type": "array",
        "items": {"type": "integer", "minimum": 0},
        "contains": {"multipleOf": 5},
        "minContains": 2,
        "maxContains": 3,
        "minItems": 5,
    },
    "contains in a prefix": {"type": "array", "prefixItems": [True, TEXT], "items": False, "contains": {"const": 7}},
    "if": {
        "type": "object",
        "required": ["country", "code"],
        "properties": {"country": {"enum": ["US", "NL"]}, "code": TEXT},
        "if": {"properties": {"country": {"const": "US"}}},
        "then": {"properties": {"code": {"pattern": "^[0-9]{5}$"}}},
        "else": {"properties": {"code": {"pattern": "^[0-9]{4} [A-Z]{2}$"}}},
    },
    "not type": {"not": {"type": ["string", "object"]}},
    "not enum": {"type": "integer", "minimum": 1, "maximum": 4, "not": {"enum": [1, 2, 4]}},
    "not pattern": {"type": "string", "not": {"pattern": "^s"}},
    "not required": {"type": "object", "properties": {"a": TEXT, "b": TEXT}, "not": {"required": ["a", "b"]}, "minProperties": 1},
    "not multipleOf": {"type": "integer", "not": {"multipleOf": 2}},
    "not bounds": {"type": "number", "not": {"minimum": 0, "maximum": 10}},
    "not lengths": {"type": "string", "not": {"minLength": 3}},
    "not not": {"not": {"not": {"type": "boolean"}}},
    "not allOf": {"type": "integer", "not": {"allOf": [{"minimum": 5}, {"maximum": 9}]}},
    "not anyOf": {"not": {"anyOf": [{"type": "string"}, {"type": "number"}, {"type": "null"}]}},
    "not contains": {"type": "array", "items": {"type": "integer"}, "minItems": 2, "not": {"contains": {"minimum": 0}}},
    "not properties": {"type": "object", "not": {"properties": {"a": TEXT}}},
    "oneOf by required": {"oneOf": [CIRCLE, SQUARE]},
    "oneOf by kind": {"oneOf": [{"type": "integer"}, {"type": "number"}, TEXT]},
    "oneOf by value": {
        "oneOf": [
            {"type": "object", "required": ["kind"], "properties": {"kind": {"const": "a"}}},
            {"type": "object", "required": ["kind"], "properties": {"kind": {"enum": ["b", "c"]}}},
        ]
    },
    "oneOf by bounds": {"type": "integer", "oneOf": [{"minimum": 10}, {"maximum": 20}]},
    "unevaluatedProperties": {
        "allOf": [{"type": "object", "properties": {"a": TEXT}}],
        "properties": {"b": TEXT},
        "anyOf": [{"properties": {"c": TEXT}, "required": ["c"]}, {"properties": {"d": TEXT}, "required": ["d"]}],
        "unevaluatedProperties": False,
    },
    "unevaluatedItems": {"type": "array", "prefixItems": [TEXT], "contains": {"const": 1}, "unevaluatedItems": {"type": "null"}},
}


def made(schema, count=12):
    """Values of all modes, and of every variation."""
    compiler = Compiler({})
    node = compiler.node(schema)
    steers = [(mode, None) for mode in get_args(Mode)] + [("random", None)] * count
    steers += [("best", variation.steer) for variation in variations(compiler, node, Realm.JSON, ROOM)]
    for state, (mode, steer) in enumerate(steers):
        maker = Maker(compiler, Draws(state), mode, room=ROOM, realm=Realm.JSON, vary="nothing")
        try:
            yield maker.make(node, "value", steer)
        except GaveUp:
            assert steer is not None


@pytest.mark.parametrize("keyword", CONSTRUCTED)
def test_no_validator_has_to_look(keyword) -> None:
    """Every value is valid at the first try, and the schema is not one to be doubted."""
    schema = CONSTRUCTED[keyword]
    compiler = Compiler({})
    assert not is_doubtful(compiler.node(schema))
    validator = jsonschema_rs.Draft202012Validator(schema)
    values = [value for value in made(schema) if "Ext" not in repr(value)]
    assert len(values) > 10
    for value in values:
        assert validator.is_valid(value), value


@pytest.mark.parametrize(
    ("keyword", "wanted"),
    [
        ("patternProperties alone", lambda value: any(name.isdigit() for name in value)),
        ("patternProperties alone", lambda value: any(name.isalpha() for name in value)),
        ("dependentRequired", lambda value: "card" in value),
        ("dependentRequired", lambda value: "card" not in value and "zip" in value),
        ("dependentSchemas", lambda value: "cvc" in value),
        ("dependentSchemas", lambda value: "card" not in value),
        ("if", lambda value: value["country"] == "US"),
        ("if", lambda value: value["country"] == "NL"),
        ("not required", lambda value: "a" in value),
        ("not required", lambda value: "b" in value),
        ("oneOf by kind", lambda value: isinstance(value, str)),
        ("unevaluatedProperties", lambda value: "d" in value),
        ("minContains and maxContains", lambda value: sum(item % 5 == 0 for item in value) == 2),
    ],
)
def test_every_way_is_taken(keyword, wanted) -> None:
    """The construct is not avoided: values with it and without come about."""
    assert any(wanted(value) for value in made(CONSTRUCTED[keyword], 40))


@pytest.mark.parametrize(
    "schema",
    [
        {"not": {}},
        {"type": "string", "not": {"type": "string"}},
        {"type": "integer", "minimum": 1, "maximum": 2, "not": {"enum": [1, 2]}},
        {"enum": ["a", "b"], "not": {"pattern": "^[ab]$"}},
        {"type": "object", "required": ["a"], "not": {"required": ["a"]}},
        {"type": "object", "required": ["a"], "properties": {"a": TEXT}, "not": {"properties": {"a": {"minLength": 0}}}},
        {"type": "null", "not": {"const": None}},
        {"type": "array", "contains": True, "minContains": 3, "maxContains": 2},
        {"type": "array", "contains": TEXT, "maxItems": 0},
        {"if": {"type": "string"}, "then": False, "else": False},
        {"type": "object", "required": ["a"], "dependentRequired": {"a": ["b"]}, "maxProperties": 1},
        {"type": "array", "contains": TEXT, "minContains": 2000, "maxItems": 2},
        {"type": "array", "contains": TEXT, "minContains": 2000, "maxContains": 2},
        {"type": "array", "prefixItems": [TEXT], "items": False, "contains": TEXT, "minContains": 2},
        {"type": "array", "contains": False},
        {**SET, "minItems": 3, "items": {"type": "boolean"}},
        {**SET, "minItems": 2, "items": {"type": "null"}},
        {**SET, "minItems": 3, "items": {"enum": [1, 2, 1]}},
        {**SET, "minItems": 4, "items": {"anyOf": [{"const": 1}, {"type": ["boolean"]}]}},
        {**SET, "minItems": 11, "items": {"type": "integer", "minimum": 1, "maximum": 10}},
        {**SET, "minItems": 2, "items": {"type": "string", "maxLength": 0}},
        {**SET, "contains": {"const": 1}, "minContains": 2},
        {"type": "object", "propertyNames": False, "minProperties": 1},
        {"type": "object", "propertyNames": False, "required": ["a"]},
        {"type": "object", "propertyNames": {"enum": ["a", "b"]}, "minProperties": 3},
        {"type": "object", "propertyNames": {"maxLength": 0}, "minProperties": 2},
        {"type": "object", "properties": {"a": TEXT}, "minProperties": 2, "additionalProperties": {"type": "string", "enum": []}},
        {"type": "object", "maxProperties": 1, "required": ["a", "b"]},
        {"type": "string", "pattern": "^a{5}$", "maxLength": 4},
        {"type": "string", "pattern": "^(a|bc){2}$", "minLength": 5},
        {"type": "string", "pattern": "a{3}", "maxLength": 2},
        {"type": "string", "allOf": [{"pattern": "^.{3}$"}, {"pattern": "^.{4}$"}]},
    ],
)
def test_what_excludes_itself_is_proved_empty(schema) -> None:
    """A negation that leaves nothing is a proof."""
    assert Compiler({}).node(schema).why_not().told().startswith("proved empty")


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({"minItems": 3, "uniqueItems": True, "items": {"type": "boolean"}}, 1),
        ({"required": ["a"], "properties": {"a": {"type": "string", "minLength": 5, "maxLength": 4}}}, 1),
        ({"pattern": "^a{5}$", "maxLength": 4}, 1),
        (
            {**SET, "minItems": 2, "prefixItems": [{"const": 1}], "items": {"const": 2}, "contains": {"enum": [1, 2]}, "minContains": 2},
            [1, 2],
        ),
        ({**SET, "minItems": 2, "items": {"anyOf": [{"const": 1}, {"not": {"format": "date"}}]}}, [1, "x"]),
        ({"type": "array", "prefixItems": [{"type": "integer"}], "items": TEXT, "contains": {"type": "integer"}}, [1]),
        ({"type": "array", "prefixItems": [{"type": "integer"}, {"type": "null", "enum": []}], "contains": {"type": "integer"}}, [1]),
        (
            {
                "type": "array",
                "prefixItems": [{"const": 1}, TEXT, {"const": 3}],
                "items": TEXT,
                "contains": {"type": "integer"},
                "minContains": 2,
            },
            [1, "", 3],
        ),
        ({"type": "string", "pattern": "a{3}", "minLength": 9}, "aaabbbbbb"),
    ],
)
def test_what_has_a_value_is_never_proved_empty(schema, value) -> None:
    """However little can be made of it."""
    assert jsonschema_rs.Draft202012Validator(schema, validate_formats=True).is_valid(value)
    node = Compiler({}).node(schema)
    assert node.least_room() is not None or node.why_not().told().startswith("gave up at ")


def test_a_group_that_took_no_part_is_repeated_as_nothing() -> None:
    """So a back-reference does not make texts longer (ECMA-262, 22.2.2.7.3, which the validator's engine does not follow)."""
    assert not Compiler({}).node({"type": "string", "pattern": r"^(?:(a{4})|b)\1$", "maxLength": 2}).why_not().proved


def test_a_required_name_that_must_not_be_has_no_value() -> None:
    """propertyNames and closed objects are known before anything is drawn."""
    for closed in ({"propertyNames": {"maxLength": 2}}, {"unevaluatedProperties": False}, {"patternProperties": {"^abc$": False}}):
        node = Compiler({}).node({"type": "object", "required": ["abc"], **closed})
        assert node.least_room() is None
        assert "proved empty at /abc" in node.why_not().told() or not node.alternatives


def test_what_a_negation_cannot_say_is_left_to_the_validator() -> None:
    """Formats cannot be turned around: such a schema stays risky, and is no proof of anything."""
    [flat] = Compiler({}).node({"type": "string", "not": {"format": "date"}}).alternatives
    assert flat.risky == "not"
    branches = Compiler({}).node({"oneOf": [{"type": "string", "format": "date"}, {"type": "string", "format": "uuid"}]}).alternatives
    assert [(flat.label, flat.risky) for flat in branches] == [("oneOf/0", "oneOf"), ("oneOf/1", "oneOf")]


def test_branches_that_are_the_same_are_made_as_they_are() -> None:
    """Such a document means a choice that it does not say; its values stay uncertain."""
    flats = Compiler({}).node({"oneOf": [TEXT, {"type": "string"}]}).alternatives
    assert [flat.risky for flat in flats] == ["oneOf", "oneOf"]


def test_negations_of_references_end() -> None:
    """A schema that denies itself through others comes to an end."""
    defs = {"A": {"anyOf": [{"not": {"$ref": "#/$defs/B"}}, TEXT]}, "B": {"allOf": [{"not": {"$ref": "#/$defs/A"}}]}}
    assert Compiler(defs).node({"$ref": "#/$defs/A"}).alternatives
