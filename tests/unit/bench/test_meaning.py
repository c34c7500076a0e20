"""What schemas of a document mean in JSON Schema: by the letter, and by intention."""

import re
from typing import Any

import jsonschema
import pytest

from tests.bench.documented import BINARY, MISSING, Document
from tests.bench.meaning import READINGS, Meaning


def is_pattern(text: str) -> bool:
    try:
        re.compile(text)
    except re.error:
        return False
    return True


def accepts(value: Any, schema: Any, version: str = "3.0.3", *, readings: Any = (), is_body: bool = False, shared: Any = None) -> bool:
    document = Document({"openapi": version, "components": {"schemas": shared or {}}})
    whole = Meaning(document, is_pattern, readings, is_body=is_body).whole(schema)
    return jsonschema.Draft202012Validator(whole).is_valid(value)


def read_by(schema: Any, version: str = "3.0.3", *, is_body: bool = False, shared: Any = None) -> set[str]:
    meaning = Meaning(Document({"openapi": version, "components": {"schemas": shared or {}}}), is_pattern, READINGS, is_body=is_body)
    meaning.whole(schema)
    return meaning.met


def test_nullable_adds_null_to_the_type_beside_it() -> None:
    """And to nothing else: an enum without null, a $ref and OpenAPI 3.1 need a reading."""
    assert accepts(None, {"type": "string", "nullable": True})
    assert not accepts(None, {"type": "string"})
    assert read_by({"type": "string", "nullable": True}) == set()
    for schema, version in (
        ({"type": "string", "enum": ["a"], "nullable": True}, "3.0.3"),
        ({"$ref": "#/components/schemas/S", "nullable": True}, "3.0.3"),
        ({"type": "string", "nullable": True}, "3.1.0"),
        ({"type": "string", "x-nullable": True}, "3.0.3"),
    ):
        shared = {"S": {"type": "string"}}
        assert not accepts(None, schema, version, shared=shared)
        assert accepts(None, schema, version, readings={"nullable"}, shared=shared)
        assert read_by(schema, version, shared=shared) == {"nullable"}


def test_booleans_make_bounds_exclusive_in_old_versions() -> None:
    """In OpenAPI 3.1 they are keywords of another version, as numbers are in 3.0."""
    old = {"minimum": 3, "exclusiveMinimum": True}
    assert not accepts(3, old)
    assert accepts(3, {"minimum": 3, "exclusiveMinimum": False})
    assert accepts(3, old, "3.1.0")
    assert not accepts(3, old, "3.1.0", readings=READINGS)
    assert not accepts(3, {"exclusiveMinimum": 3}, "3.1.0")
    assert accepts(3, {"exclusiveMinimum": 3})
    assert not accepts(3, {"exclusiveMinimum": 3}, readings={"keyword of another version"})


def test_what_stands_beside_a_ref_counts_since_3_1() -> None:
    schema = {"$ref": "#/components/schemas/S", "maxLength": 1}
    shared = {"S": {"type": "string"}}
    assert accepts("ab", schema, shared=shared)
    assert not accepts("ab", schema, "3.1.0", shared=shared)
    assert not accepts(1, schema, shared=shared)


def test_circles_stay_circles() -> None:
    shared = {"T": {"type": "object", "properties": {"next": {"$ref": "#/components/schemas/T"}}}}
    assert accepts({"next": {"next": {}}}, {"$ref": "#/components/schemas/T"}, shared=shared)
    assert not accepts({"next": {"next": 1}}, {"$ref": "#/components/schemas/T"}, shared=shared)


def test_what_is_read_only_is_not_asked_of_requests() -> None:
    """In bodies, also where a part of allOf names it; in OpenAPI 3.1 that is a reading."""
    shared = {"B": {"type": "object", "properties": {"id": {"type": "integer", "readOnly": True}}}}
    schema = {"allOf": [{"$ref": "#/components/schemas/B"}, {"required": ["id", "name"]}]}
    assert accepts({"name": 1}, schema, is_body=True, shared=shared)
    assert not accepts({"name": 1}, schema, shared=shared)
    assert not accepts({}, schema, is_body=True, shared=shared)
    assert not accepts({"name": 1}, schema, "3.1.0", is_body=True, shared=shared)
    assert accepts({"name": 1}, schema, "3.1.0", readings={"readOnly"}, is_body=True, shared=shared)


def test_discriminators_pin_branches_by_intention() -> None:
    shared: dict[str, Any] = {
        "Cat": {"type": "object", "properties": {"kind": {"type": "string"}}},
        "Dog": {"type": "object", "properties": {"kind": {"type": "string"}}},
    }
    refs = [{"$ref": "#/components/schemas/Cat"}, {"$ref": "#/components/schemas/Dog"}]
    schema = {"oneOf": refs, "discriminator": {"propertyName": "kind", "mapping": {"c": "#/components/schemas/Cat", "d": "Dog"}}}
    assert not accepts({"kind": "c"}, schema, shared=shared)  # by the letter it is both
    assert accepts({"kind": "c"}, schema, readings={"discriminator"}, shared=shared)
    assert not accepts({"kind": "Cat"}, schema, readings={"discriminator"}, shared=shared)


def test_a_branch_that_the_mapping_leaves_out_has_its_name() -> None:
    """Unless the mapping gives that to another."""
    kind: dict[str, Any] = {"type": "object", "properties": {"kind": {"type": "string"}}}
    refs = [{"$ref": "#/components/schemas/Cat"}, {"$ref": "#/components/schemas/Dog"}]

    def chosen(value: str, mapping: dict[str, str]) -> bool:
        schema = {"oneOf": refs, "discriminator": {"propertyName": "kind", "mapping": mapping}}
        return accepts({"kind": value}, schema, readings={"discriminator"}, shared={"Cat": kind, "Dog": kind})

    assert [chosen(value, {"c": "Cat"}) for value in ("c", "Dog", "Cat", "d", "")] == [True, True, False, False, False]
    assert chosen("Dog", {"Dog": "Cat"}) is False  # a cat, and a dog of which nothing is said


def test_a_child_has_the_value_that_the_mapping_of_its_base_gives_it() -> None:
    shared: dict[str, Any] = {
        "Pet": {
            "type": "object",
            "properties": {"kind": {"type": "string"}},
            "discriminator": {"propertyName": "kind", "mapping": {"c": "Cat"}},
        },
        "Cat": {"allOf": [{"$ref": "#/components/schemas/Pet"}]},
    }
    schema = {"$ref": "#/components/schemas/Cat"}
    assert accepts({"kind": "x"}, schema, shared=shared)
    assert not accepts({"kind": "x"}, schema, readings={"discriminator"}, shared=shared)
    assert accepts({"kind": "c"}, schema, readings={"discriminator"}, shared=shared)


@pytest.mark.parametrize(
    ("schema", "wrong", "reading"),
    [
        ({"const": 1}, 2, "keyword of another version"),
        ({"type": ["string", "null"]}, 2, "keyword of another version"),
        ({"type": "int"}, "a", "unknown type"),
        ({"type": "String"}, 1, "unknown type"),
        ({"maxLength": "1"}, "ab", "malformed keyword"),
        ({"pattern": "/^a$/i"}, "b", "pattern of another dialect"),
        ({"items": [{"type": "integer"}]}, ["a"], "keyword of another version"),
        ({MISSING: {"type": "integer"}}, "a", "schema missing"),
        ({BINARY: {"type": "object"}}, {}, "media type of bytes"),
        ({BINARY: {"format": "binary", "maxLength": 2}}, {}, "media type of bytes"),
    ],
)
def test_each_reading_makes_a_difference_of_its_own(schema: Any, wrong: Any, reading: str) -> None:
    """The letter says nothing where the intention refuses a value, and the reading is named."""
    assert accepts(wrong, schema) or reading == "pattern of another dialect"
    assert not accepts(wrong, schema, readings={reading})
    assert read_by(schema) == {reading}


@pytest.mark.parametrize(
    ("encoding", "wrong"), [("base32", "sample"), ("BASE16", "xyz"), ("base64url", "a+b"), ("quoted-printable", "a=b")]
)
def test_encoded_contents_are_read_as_such_by_intention_only(encoding: str, wrong: str) -> None:
    """By the letter ``contentEncoding`` is an annotation."""
    schema = {"contentEncoding": encoding}
    assert accepts(wrong, schema, version="3.1.0")
    assert not accepts(wrong, schema, version="3.1.0", readings={"contentEncoding"})


def test_bytes_have_the_lengths_of_their_schema() -> None:
    """The reading says what they are, not how many there may be."""
    schema = {BINARY: {"type": "string", "format": "binary", "maxLength": 2}}
    assert accepts("ab", schema, readings={"media type of bytes"})
    assert not accepts("abc", schema, readings={"media type of bytes"})


def test_a_pattern_that_is_one_only_without_the_flag_u_is_read_by_the_letter_first() -> None:
    r"""``\\p{LD}`` is then the letter p with a repeat that is none; the intention leaves the pattern out, and says so."""
    document = Document({"openapi": "3.0.3"})
    for readings, kept in (((), {"pattern": r"^\p{LD}$"}), (READINGS, {})):
        meaning = Meaning(document, lambda _: None, readings)
        assert meaning.whole({"pattern": r"^\p{LD}$"})["allOf"] == [kept]
        assert meaning.met == {"pattern of another dialect"}
    assert Meaning(document, lambda _: None).whole({"pattern": r"^[\w-\d]$"})["allOf"] == [{"pattern": r"^[\w-\d]$"}]


def test_references_that_lead_nowhere_say_nothing() -> None:
    assert accepts(1, {"$ref": "#/components/schemas/Nothing"})
    assert accepts(1, {"$ref": "other.yaml#/A", "type": "string"})
