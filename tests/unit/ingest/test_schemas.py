"""Schemas of every version as JSON Schema 2020-12."""

from collections.abc import Callable
from typing import Any

import jsonschema_rs
import pytest
from msgspec.msgpack import Ext

from pipeline.messages import Api

Translate = Callable[..., Any]


@pytest.mark.parametrize(
    ("schema", "translated"),
    [
        ({"type": "string", "nullable": True}, {"type": ["string", "null"]}),
        ({"type": "string", "x-nullable": True}, {"type": ["string", "null"]}),
        ({"type": "string", "enum": ["a"], "nullable": True}, {"enum": ["a", None], "type": ["string", "null"]}),
        ({"enum": ["a", None], "nullable": True}, {"enum": ["a", None]}),
        ({"const": 1, "nullable": True}, {"enum": [1, None]}),
        ({"nullable": True}, {}),
        ({"nullable": False, "type": "string"}, {"type": "string"}),
        ({"$ref": "#/components/schemas/T", "nullable": True}, {"anyOf": [{"$ref": "#/$defs/T"}, {"type": "null"}]}),
        (
            {"allOf": [{"$ref": "#/components/schemas/T"}], "nullable": True, "example": 1, "readOnly": True},
            {"anyOf": [{"allOf": [{"$ref": "#/$defs/T"}]}, {"type": "null"}], "examples": [1], "readOnly": True},
        ),
        (
            {"type": "object", "oneOf": [{"type": "object"}], "nullable": True},
            {"anyOf": [{"oneOf": [{"type": "object"}], "type": "object"}, {"type": "null"}]},
        ),
        (
            {"allOf": [{"$ref": "#/components/schemas/T"}], "nullable": True, "xml": {"name": "t", "wrapped": True}},
            {"anyOf": [{"allOf": [{"$ref": "#/$defs/T"}]}, {"type": "null"}], "xml": {"name": "t", "wrapped": True}},
        ),
    ],
)
def test_nullable_becomes_a_type_or_a_choice(schema_of: Translate, schema: Any, translated: Any) -> None:
    """Null is a type where the schema names types, a branch where something else decides; an enum gains it."""
    assert schema_of(schema, T={"type": "string"}) == translated


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ({"contentEncoding": "base64"}, "byte"),
        ({"contentEncoding": "base64", "format": "x"}, "x"),
        ({"contentEncoding": "BASE32"}, "base32"),
        ({"contentEncoding": "base16"}, "base16"),
        ({"contentEncoding": "base64url"}, "base64url"),
        ({"contentEncoding": "Quoted-Printable"}, "quoted-printable"),
        ({"contentEncoding": "8bit"}, None),
    ],
)
def test_content_encodings_are_formats(schema_of: Translate, schema: Any, expected: str | None) -> None:
    """What OpenAPI 3.0 says by a format, byte, 3.1 says by a content encoding; the others likewise."""
    assert schema_of({"type": "string", **schema}).get("format") == expected


@pytest.mark.parametrize(
    ("schema", "translated"),
    [
        ({"minimum": 1, "exclusiveMinimum": True}, {"exclusiveMinimum": 1}),
        ({"maximum": 1.5, "exclusiveMaximum": True}, {"exclusiveMaximum": Ext(2, b"1.5")}),
        ({"minimum": 1, "exclusiveMinimum": False}, {"minimum": 1}),
        ({"exclusiveMinimum": True}, {}),
        ({"exclusiveMinimum": 3}, {"exclusiveMinimum": 3}),
    ],
)
def test_exclusive_bounds_become_numbers(schema_of: Translate, schema: Any, translated: Any) -> None:
    """The booleans of OpenAPI 2.0 and 3.0 are gone; the numbers of 3.1 stay."""
    assert schema_of(schema) == translated


def test_examples_are_gathered(schema_of: Translate) -> None:
    """``example`` and ``examples`` become one list without repetitions, maps inside sorted."""
    assert schema_of({"example": {"b": 1, "a": 2}, "examples": [{"a": 2, "b": 1}, 3]}) == {"examples": [{"a": 2, "b": 1}, 3]}
    assert list(schema_of({"example": {"b": 1, "a": 2}})["examples"][0]) == ["a", "b"]
    assert schema_of({"examples": {"one": {"value": 1}, "two": 2}}) == {"examples": [1, 2]}


def test_what_is_no_keyword_is_left_out(schema_of: Translate) -> None:
    """Prose and extensions are no part of what a schema means; ``xml`` is, for XML bodies."""
    schema = {"title": "T", "description": "d", "x-internal": 1, "externalDocs": {}, "xml": {"name": "n"}, "type": "string"}
    assert schema_of(schema) == {"type": "string", "xml": {"name": "n"}}


def test_draft_4_tuples_and_dependencies_are_translated(schema_of: Translate) -> None:
    """Old keywords have new names in 2020-12."""
    schema = {"items": [{"type": "string"}], "additionalItems": False, "dependencies": {"a": ["b"], "c": {"required": ["d"]}}}
    assert schema_of(schema) == {
        "dependentRequired": {"a": ["b"]},
        "dependentSchemas": {"c": {"required": ["d"]}},
        "items": False,
        "prefixItems": [{"type": "string"}],
    }


@pytest.mark.parametrize(
    ("schema", "translated", "code"),
    [
        ({"type": "int"}, {"type": "integer"}, "unknown-type"),
        ({"type": "String"}, {"type": "string"}, "unknown-type"),
        ({"type": "datetime"}, {"format": "date-time", "type": "string"}, "unknown-type"),
        ({"type": "widget"}, {}, "unknown-type"),
        ({"type": ["string", "any"]}, {"type": ["string"]}, "unknown-type"),
        ({"type": {"a": 1}}, {}, "unknown-type"),
        ({"type": "string", "required": True}, {"type": "string"}, "misplaced-required"),
        ({"required": "name"}, {"required": ["name"]}, "bad-keyword"),
        ({"required": ["a", "a", 1]}, {"required": ["a"]}, "bad-keyword"),
        ({"minLength": "3"}, {"minLength": 3}, "bad-keyword"),
        ({"minLength": -1}, {}, "bad-keyword"),
        ({"maxItems": 1.5}, {}, "bad-keyword"),
        ({"maximum": "high"}, {}, "bad-keyword"),
        ({"multipleOf": 0}, {}, "bad-keyword"),
        ({"uniqueItems": "true"}, {"uniqueItems": True}, "bad-keyword"),
        ({"enum": []}, False, "bad-keyword"),
        ({"enum": "a"}, {}, "bad-keyword"),
        ({"enum": [1, 1.0, True]}, {"enum": [1, True]}, "bad-keyword"),
        ({"pattern": "("}, {}, "bad-pattern"),
        ({"pattern": 5}, {}, "bad-pattern"),
        ({"pattern": r"/^[a-z]+$/i"}, {"pattern": "^[a-zA-Z]+$"}, "bad-pattern"),
        ({"pattern": r"^[\w-.]+\Z"}, {"pattern": r"^[\w\-.]+$"}, "bad-pattern"),
        ({"pattern": "[a-z]++"}, {}, "bad-pattern"),
        ({"patternProperties": {"(?i)a": {}}}, {"patternProperties": {"[aA]": {}}}, "bad-pattern"),
        ({"properties": ["a"]}, {}, "bad-keyword"),
        ({"allOf": []}, {}, "bad-keyword"),
        ({"anyOf": {"type": "string"}}, {}, "bad-keyword"),
        ({"properties": {"a": "string"}}, {"properties": {"a": True}}, "not-a-schema"),
        ({"patternProperties": {"(": {}, "^x": {}}}, {"patternProperties": {"^x": {}}}, "bad-pattern"),
        ({"$ref": "#/components/schemas/Missing"}, True, "unresolved-ref"),
        ({"$ref": "#/components/schemas/S/properties/x"}, True, "unresolved-ref"),
        ({"$ref": 5, "type": "string"}, {"type": "string"}, "unresolved-ref"),
    ],
)
def test_what_cannot_stand_is_mended_or_left_out_and_named(api_of: Callable[..., Api], schema: Any, translated: Any, code: str) -> None:
    """One bad keyword costs that keyword, and the problem points at it."""
    document = {"openapi": "3.0.0", "paths": {"/s": {"get": {"responses": {}}}}, "components": {"schemas": {"S": schema}}}
    api = api_of(document)
    assert api.schemas["S"] == translated
    assert {problem.code for problem in api.problems} == {code}
    assert all(problem.pointer.startswith("/components/schemas/S") for problem in api.problems)


@pytest.mark.parametrize(
    ("schema", "translated"),
    [
        ({"pattern": "^.{0,65535}$", "minLength": 2}, {"pattern": "^.*$", "minLength": 2, "maxLength": 65535}),
        ({"pattern": "^.{3,65535}$", "minLength": 2, "maxLength": 9}, {"pattern": "^.*$", "minLength": 3, "maxLength": 9}),
        ({"not": {"pattern": "^a{1,5000}$"}}, {"not": {"pattern": "^a*$", "minLength": 1, "maxLength": 5000}}),
        ({"patternProperties": {"^[^]a{1,5000}$": {}}}, {"patternProperties": {r"^[\s\S]a{1,5000}$": {}}}),
        (
            {"patternProperties": {"[^]": {"type": "string"}, r"[\s\S]": {"minLength": 1}}},
            {"patternProperties": {r"[\s\S]": {"allOf": [{"minLength": 1}, {"type": "string"}]}}},
        ),
    ],
)
def test_patterns_stay_in_force_in_other_words(api_of: Callable[..., Api], schema: Any, translated: Any) -> None:
    """A valid pattern that the validator cannot take as it stands is no problem of the document."""
    document = {"openapi": "3.0.0", "paths": {"/s": {"get": {"responses": {}}}}, "components": {"schemas": {"S": schema}}}
    api = api_of(document)
    assert api.schemas["S"] == translated
    assert api.problems == []


def test_references_are_kept_and_cycles_with_them(schema_of: Translate) -> None:
    """Nothing is expanded: a tree refers to itself."""
    tree = {"properties": {"children": {"items": {"$ref": "#/components/schemas/S"}}}}
    assert schema_of(tree) == {"properties": {"children": {"items": {"$ref": "#/$defs/S"}}}}


def test_any_pointer_can_be_referred_to(api_of: Callable[..., Api]) -> None:
    """What is not a shared schema of the document becomes one, under a name made of its place."""
    document = {
        "openapi": "3.0.0",
        "paths": {
            "/a/{b}": {
                "get": {
                    "parameters": [{"in": "path", "name": "b", "required": True, "schema": {"type": "integer"}}],
                    "responses": {"200": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/T/properties/x"}}}}},
                }
            }
        },
        "components": {
            "schemas": {
                "T": {
                    "properties": {"x": {"$ref": "#/paths/~1a~1{b}/get/parameters/0/schema"}, "y": {"$ref": "#/components/schemas/U/items"}}
                },
                "U": {"$ref": "#/components/schemas/V"},
                "V": {"items": {"type": "string"}},
            }
        },
    }
    api = api_of(document)
    assert api.problems == []
    names = {name: schema for name, schema in api.schemas.items() if name not in "TUV"}
    assert sorted(map(str, names.values())) == [
        "{'$ref': '#/$defs/paths._a_b_.get.parameters.0.schema'}",
        "{'type': 'integer'}",
        "{'type': 'string'}",
    ]
    assert api.operations[0].responses[0].content[0].schema == {"$ref": "#/$defs/T.properties.x"}


def test_names_are_unique_and_need_no_escape(api_of: Callable[..., Api]) -> None:
    """Any name of the document has a form that stands in ``#/$defs/NAME`` as it is."""
    schemas = {"List«Pet»": {"type": "array"}, "List<Pet>": {"type": "object"}, "a/b~c d": {"type": "string"}, "": {"type": "null"}}
    document = {"swagger": "2.0", "paths": {"/s": {"get": {"responses": {}}}}, "definitions": schemas}
    api = api_of(document)
    assert sorted(api.schemas) == ["List_Pet", "List_Pet_2", "a_b_c_d", "schema"]


def test_siblings_of_a_reference_count_as_the_version_says(schema_of: Translate) -> None:
    """OpenAPI 3.0 ignores what stands beside a $ref, annotations aside; 3.1 does not."""
    schema = {"$ref": "#/components/schemas/T", "maxLength": 3, "example": "x", "description": "d"}
    assert schema_of(schema, T={"type": "string"}) == {"$ref": "#/$defs/T", "examples": ["x"]}
    assert schema_of(schema, T={"type": "string"}, version="3.1.0") == {"$ref": "#/$defs/T", "examples": ["x"], "maxLength": 3}


def test_a_property_may_be_called_ref(schema_of: Translate) -> None:
    """``properties: {$ref: {...}}`` is a property with an odd name."""
    schema = {"properties": {"$ref": {"type": "string"}, "required": {"type": "boolean"}}}
    assert schema_of(schema) == {"properties": {"$ref": {"type": "string"}, "required": {"type": "boolean"}}}


def test_a_dynamic_reference_is_one_where_only_one_schema_can_be_meant(schema_of: Translate) -> None:
    """Beside a `$ref` both hold."""
    node = {"$dynamicAnchor": "node", "type": "object"}
    assert schema_of({"$dynamicRef": "#node", "minProperties": 1}, version="3.1.0", T=node) == {"$ref": "#/$defs/T", "minProperties": 1}
    both = {"$ref": "#/components/schemas/U", "$dynamicRef": "#node"}
    assert schema_of(both, version="3.1.0", T=node, U={}) == {"$ref": "#/$defs/U", "allOf": [{"$ref": "#/$defs/T"}]}
    assert schema_of({"$dynamicRef": "#/components/schemas/T"}, version="3.1.0", T=node) == {"$ref": "#/$defs/T"}


def test_an_anchor_can_be_referred_to(schema_of: Translate) -> None:
    """``$anchor`` is a plain name for a place (JSON Schema 2020-12, 8.2.2)."""
    translated = schema_of({"$ref": "#thing"}, version="3.1.0", T={"properties": {"x": {"$anchor": "thing", "type": "integer"}}})
    assert translated == {"$ref": "#/$defs/T.properties.x"}


def test_schemas_nested_without_end_are_cut_off(api_of: Callable[..., Api]) -> None:
    """Depth without references is bounded; below, anything is accepted, and it is said."""
    schema: dict[str, Any] = {"type": "string"}
    for _ in range(150):
        schema = {"items": schema}
    api = api_of({"openapi": "3.0.0", "paths": {"/s": {"get": {"responses": {}}}}, "components": {"schemas": {"S": schema}}})
    assert [problem.code for problem in api.problems] == ["too-deep"]


def test_boolean_schemas_stay(schema_of: Translate) -> None:
    """True and false are schemas of their own."""
    translated = schema_of({"properties": {"a": True, "b": False}, "additionalProperties": False}, version="3.1.0")
    assert translated == {"additionalProperties": False, "properties": {"a": True, "b": False}}


def test_every_translation_is_a_schema(schema_of: Translate) -> None:
    """The validator compiles what comes out, whatever mixture of versions came in."""
    schema = {
        "type": ["object", "null"],
        "nullable": True,
        "properties": {"a": {"exclusiveMaximum": True, "maximum": 3}, "b": {"type": "file"}, "c": {"items": [{}, {"type": "int"}]}},
        "patternProperties": {"^x-": {"required": True}},
        "dependencies": {"a": ["b"]},
        "discriminator": "a",
    }
    jsonschema_rs.Draft202012Validator(schema_of(schema))


@pytest.mark.parametrize("nullable", [False, True])
def test_an_enum_without_values_allows_nothing(schema_of: Translate, nullable: bool) -> None:
    """Nothing but null, where that is allowed beside it; in a parameter of 2.0 as in a schema, beside a ``$ref`` too."""
    expected = {"type": "null"} if nullable else False
    assert schema_of({"type": "string", "enum": [], "nullable": nullable}) == expected
    assert schema_of({"allOf": [{"minLength": 1}], "enum": [], "nullable": nullable}) == expected
    beside = {"$ref": "#/components/schemas/T", "enum": [], "nullable": nullable}
    assert schema_of(beside, version="3.1.0", T={}) == expected
    assert schema_of({**beside, "$ref": "#/components/schemas/Gone"}, version="3.1.0") == expected
    assert schema_of({"properties": {"a": {"enum": []}}, "required": ["a"]}) == {"properties": {"a": False}, "required": ["a"]}
