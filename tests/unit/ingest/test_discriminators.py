"""Discriminators in words of JSON Schema."""

from collections.abc import Callable
from typing import Any

Translate = Callable[..., Any]
CAT = {"type": "object", "properties": {"kind": {"type": "string"}, "lives": {"type": "integer"}}}
DOG = {"type": "object", "properties": {"kind": {"type": "string"}}}


def refs(*names: str) -> list[dict[str, str]]:
    return [{"$ref": f"#/components/schemas/{name}"} for name in names]


def test_each_branch_of_a_choice_is_pinned_by_its_value(schema_of: Translate) -> None:
    """The mapping says the values; several for one branch are an enum."""
    mapping = {"cat": "#/components/schemas/Cat", "kitten": "Cat", "dog": "Dog"}
    choice = {"oneOf": refs("Cat", "Dog"), "discriminator": {"propertyName": "kind", "mapping": mapping}}
    assert schema_of(choice, Cat=CAT, Dog=DOG)["oneOf"] == [
        {"$ref": "#/$defs/Cat", "properties": {"kind": {"enum": ["cat", "kitten"]}}, "required": ["kind"]},
        {"$ref": "#/$defs/Dog", "properties": {"kind": {"const": "dog"}}, "required": ["kind"]},
    ]


def test_without_a_mapping_the_name_is_the_value(schema_of: Translate) -> None:
    """OpenAPI's implicit mapping: the name of the schema."""
    choice = {"anyOf": [*refs("Cat"), {"type": "null"}], "discriminator": {"propertyName": "kind"}}
    assert schema_of(choice, Cat=CAT)["anyOf"] == [
        {"$ref": "#/$defs/Cat", "properties": {"kind": {"const": "Cat"}}, "required": ["kind"]},
        {"type": "null"},
    ]


def test_a_branch_that_pins_itself_or_lacks_the_property_is_left_alone(schema_of: Translate) -> None:
    """A second word on the value could only contradict the first."""
    own = {"properties": {"kind": {"enum": ["CAT"]}}}
    by_ref = {"allOf": [{"properties": {"kind": {"$ref": "#/components/schemas/Kind"}}}]}
    choice = {"oneOf": refs("Own", "ByRef", "None"), "discriminator": {"propertyName": "kind"}}
    made = schema_of(choice, Own=own, ByRef=by_ref, Kind={"type": "string", "const": "x"}, **{"None": {"type": "object"}})
    assert made["oneOf"] == [{"$ref": "#/$defs/Own"}, {"$ref": "#/$defs/ByRef"}, {"$ref": "#/$defs/None"}]


def test_a_base_class_stays_open_and_its_children_are_pinned(api_of: Callable[..., Any]) -> None:
    """Answers may hold kinds that the document does not list; an object of a listed kind has its value."""
    base = {"properties": {"kind": {"type": "string"}}, "discriminator": {"propertyName": "kind", "mapping": {"c": "Cat", "d": "Dog"}}}
    schemas = {"Animal": base, "Cat": {"allOf": refs("Animal")}, "Dog": {"allOf": refs("Animal")}, "Puppy": {"allOf": refs("Dog")}}
    made = api_of({"openapi": "3.0.0", "paths": {"/s": {"get": {"responses": {}}}}, "components": {"schemas": schemas}}).schemas
    assert made["Animal"] == {"properties": {"kind": {"examples": ["c", "d"], "type": "string"}}}
    assert made["Cat"] == {"allOf": [{"$ref": "#/$defs/Animal"}, {"properties": {"kind": {"const": "c"}}}]}
    assert made["Dog"] == {"allOf": [{"$ref": "#/$defs/Animal"}]}, "a puppy is a dog and has another value"


def test_the_base_class_of_2_0_suggests_the_names_of_its_children(schema_of: Translate) -> None:
    """There the discriminator is the property's name and the values are the definitions' names."""
    base = {"type": "object", "discriminator": "kind", "properties": {"kind": {"type": "string"}}}
    child = {"allOf": [{"$ref": "#/definitions/S"}]}
    assert schema_of(base, version="2.0", Cat=child, Dog=child)["properties"]["kind"]["examples"] == ["Cat", "Dog"]


def test_a_base_that_lists_its_children_does_not_contain_itself(api_of: Callable[..., Any]) -> None:
    """``Base: oneOf [Child]`` with ``Child: allOf [Base]`` would be a circle; the child extends the base without its list."""
    base = {"type": "object", "properties": {"kind": {"type": "string"}}, "oneOf": refs("Cat"), "discriminator": {"propertyName": "kind"}}
    schemas = {"Base": base, "Cat": {"allOf": [*refs("Base"), {"required": ["lives"]}]}}
    api = api_of({"openapi": "3.0.0", "paths": {"/s": {"get": {"responses": {}}}}, "components": {"schemas": schemas}})
    assert api.schemas["Cat"]["allOf"][0] == {"$ref": "#/$defs/Base.base"}
    assert "oneOf" not in api.schemas["Base.base"]
    assert api.problems == []


def test_a_branch_that_the_mapping_does_not_name_has_its_name(schema_of: Translate) -> None:
    """A mapping adds to the names, it does not replace them (OpenAPI 3.1, 4.8.25)."""
    choice = {"oneOf": refs("Cat", "Dog"), "discriminator": {"propertyName": "kind", "mapping": {"cc": "Cat"}}}
    assert schema_of(choice, Cat=CAT, Dog=DOG)["oneOf"] == [
        {"$ref": "#/$defs/Cat", "properties": {"kind": {"const": "cc"}}, "required": ["kind"]},
        {"$ref": "#/$defs/Dog", "properties": {"kind": {"const": "Dog"}}, "required": ["kind"]},
    ]


def test_a_name_that_the_mapping_gives_to_another_is_no_value(schema_of: Translate) -> None:
    """``Dog`` chooses a cat there, and nothing chooses a dog."""
    choice = {"oneOf": refs("Cat", "Dog"), "discriminator": {"propertyName": "kind", "mapping": {"Dog": "Cat"}}}
    assert schema_of(choice, Cat=CAT, Dog=DOG)["oneOf"] == [
        {"$ref": "#/$defs/Cat", "properties": {"kind": {"const": "Dog"}}, "required": ["kind"]},
        {"$ref": "#/$defs/Dog"},
    ]


def test_a_mapping_that_leads_nowhere_leaves_the_names(schema_of: Translate) -> None:
    choice = {"oneOf": refs("Cat"), "discriminator": {"propertyName": "kind", "mapping": {"x": "#/components/schemas/Gone"}}}
    assert schema_of(choice, Cat=CAT)["oneOf"][0]["properties"] == {"kind": {"const": "Cat"}}


def test_only_a_shared_schema_has_a_name(schema_of: Translate) -> None:
    """What is referred to elsewhere in the document is called nothing."""
    choice = {"oneOf": [{"$ref": "#/components/schemas/Cat/properties/inner"}], "discriminator": {"propertyName": "kind"}}
    assert schema_of(choice, Cat={"properties": {"inner": CAT}})["oneOf"] == [{"$ref": "#/$defs/Cat.properties.inner"}]


def test_a_base_class_suggests_the_names_of_children_that_its_mapping_leaves_out(schema_of: Translate) -> None:
    base = {"properties": {"kind": {"type": "string"}}, "discriminator": {"propertyName": "kind", "mapping": {"c": "Cat"}}}
    child = {"allOf": refs("S")}
    assert schema_of(base, Cat=child, Dog=child)["properties"]["kind"]["examples"] == ["Dog", "c"]
