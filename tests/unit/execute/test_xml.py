"""XML bodies, read by an independent parser that knows namespaces (expat)."""

from typing import Any
from xml.etree import ElementTree as ET

import pytest
from msgspec.msgpack import Ext

from pipeline.messages import EXT_RAW, Body, MediaType
from stages.execute.serialise import Payload, Unserialisable, payload
from stages.execute.serialise.schemas import Schemas

NAMES = {"type": "array", "items": {"type": "string"}}


def made(value: Any, schema: Any, shared: dict[str, Any] | None = None, media_type: str = "application/xml") -> Payload:
    return payload(Body(media_type=media_type, value=value), MediaType(media_type=media_type, schema=schema), Schemas(shared))


def xml(value: Any, schema: Any, shared: dict[str, Any] | None = None) -> str:
    data = made(value, schema, shared).data
    ET.fromstring(data)
    return data.decode().removeprefix('<?xml version="1.0" encoding="UTF-8"?>')


def test_xml_follows_the_schema() -> None:
    """Names, attributes, wrapped and bare arrays, namespaces and prefixes are those of the `xml` objects."""
    shared = {
        "Pet": {
            "xml": {"name": "animal", "namespace": "http://x/", "prefix": "p"},
            "properties": {
                "id": {"type": "integer", "xml": {"attribute": True}},
                "name": {"xml": {"name": "called"}},
                "tags": {"type": "array", "xml": {"wrapped": True}, "items": {"xml": {"name": "tag"}}},
                "photos": {"type": "array", "items": {"type": "string"}},
            },
        }
    }
    value = {"id": 5, "name": "a<b&c", "tags": ["x", "y"], "photos": ["1", "2"], "more": None}
    assert xml(value, {"$ref": "#/$defs/Pet"}, shared) == (
        '<p:animal xmlns:p="http://x/" id="5"><called>a&lt;b&amp;c</called><tags><tag>x</tag><tag>y</tag></tags>'
        "<photos>1</photos><photos>2</photos><more/></p:animal>"
    )


def test_xml_without_a_schema() -> None:
    """The shared schema's name, or "root", names the document; items of an array take its name."""
    assert xml({"a": [1, {"b": True}]}, None) == "<root><a>1</a><a><b>true</b></a></root>"
    assert xml({"a": 1}, {"$ref": "#/$defs/Order"}, {"Order": {}}) == "<Order><a>1</a></Order>"


def test_what_xml_cannot_hold_is_refused() -> None:
    """Control characters and keys that are no names have no form; quotes in attributes are escaped."""
    for value in ({"a": "\x00"}, {"a b": 1}, {"": 1}, {"a": b"\xff"}):
        with pytest.raises(Unserialisable):
            xml(value, None)
    schema = {"properties": {"a": {"xml": {"attribute": True}}}}
    assert xml({"a": 'x"<'}, schema) == "<root a='x\"&lt;'></root>"
    sent = made({"a": Ext(EXT_RAW, b"\x80")}, schema)
    assert sent.data.endswith(b'<root a="\x80"></root>'), "raw bytes stand there as they are"


def test_circular_schemas_end() -> None:
    """A schema that refers to itself only is no schema; properties are looked for in bounded depth."""
    shared = {"A": {"$ref": "#/$defs/B"}, "B": {"$ref": "#/$defs/A"}, "C": {"allOf": [{"$ref": "#/$defs/C"}]}}
    assert "<a>1</a>" in xml({"a": 1}, {"$ref": "#/$defs/A"}, shared)
    assert xml({"a": 1}, {"$ref": "#/$defs/C"}, shared) == "<C><a>1</a></C>"


@pytest.mark.parametrize(
    ("animals", "expected"),
    [
        (NAMES, "<animals>a</animals><animals>b</animals>"),
        (NAMES | {"items": {"xml": {"name": "animal"}}}, "<animal>a</animal><animal>b</animal>"),
        (NAMES | {"items": {"xml": {"name": "animal"}}, "xml": {"name": "aliens"}}, "<animal>a</animal><animal>b</animal>"),
        (NAMES | {"xml": {"name": "aliens"}}, "<animals>a</animals><animals>b</animals>"),
        (NAMES | {"xml": {"wrapped": True}}, "<animals><animals>a</animals><animals>b</animals></animals>"),
        (
            NAMES | {"items": {"xml": {"name": "animal"}}, "xml": {"wrapped": True}},
            "<animals><animal>a</animal><animal>b</animal></animals>",
        ),
        (
            NAMES | {"items": {"xml": {"name": "animal"}}, "xml": {"name": "aliens", "wrapped": True}},
            "<aliens><animal>a</animal><animal>b</animal></aliens>",
        ),
        (NAMES | {"xml": {"name": "aliens", "wrapped": True}}, "<aliens><aliens>a</aliens><aliens>b</aliens></aliens>"),
    ],
)
def test_arrays_are_named_as_the_specification_shows(animals: Any, expected: str) -> None:
    """Its examples of XML arrays (OpenAPI 3.1, 4.8.26.4): a name outside of the items counts for a wrapper only."""
    assert xml({"animals": ["a", "b"]}, {"properties": {"animals": animals}}) == f"<root>{expected}</root>"


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"namespace": "http://e/s", "prefix": "s"}, ("{http://e/s}id", "http://e/s")),
        ({"namespace": "http://e/s"}, ("{http://e/s}id", "http://e/s")),
        ({"namespace": "http://e/a&b"}, ("{http://e/a&b}id", "http://e/a&b")),
        ({"prefix": "s"}, ("id", "")),
        ({"prefix": "xml", "name": "lang"}, ("{http://www.w3.org/XML/1998/namespace}lang", "")),
        ({"namespace": "http://www.w3.org/XML/1998/namespace"}, ("{http://www.w3.org/XML/1998/namespace}id", "")),
        ({"namespace": "http://e/s", "prefix": "xmlns"}, ("{http://e/s}id", "http://e/s")),
    ],
)
def test_an_attribute_is_in_its_namespace(said: Any, expected: tuple[str, str]) -> None:
    """The namespace is bound to a prefix on the element, as the default one is not for attributes; a prefix of nothing is left out."""
    schema = {"properties": {"id": {"xml": {"attribute": True, **said}}}}
    assert ET.fromstring(made({"id": 5}, schema).data).attrib == {expected[0]: "5"}


def test_prefixes_of_one_element_do_not_meet() -> None:
    """Two namespaces under one prefix get one each; one of the element is used again; the content is in the scope of both."""
    schema = {
        "xml": {"namespace": "http://e/one", "prefix": "p"},
        "properties": {
            "a": {"xml": {"attribute": True, "namespace": "http://e/two", "prefix": "p"}},
            "b": {"xml": {"attribute": True, "namespace": "http://e/one"}},
            "c": {"xml": {"attribute": True, "prefix": "q"}},
            "d": {"xml": {"attribute": True, "namespace": "http://e/three", "prefix": "q"}},
            "e": {"xml": {"prefix": "q"}},
        },
    }
    root = ET.fromstring(made(dict.fromkeys("abcde", "x"), schema).data)
    assert root.tag == "{http://e/one}root"
    assert root.attrib == dict.fromkeys(["{http://e/two}a", "{http://e/one}b", "{http://e/three}c", "{http://e/three}d"], "x")
    assert [child.tag for child in root] == ["{http://e/three}e"]


def test_a_default_namespace_is_not_for_attributes() -> None:
    """Elements inside are in it, an attribute is bound to a prefix that was not there."""
    schema = {
        "xml": {"namespace": "http://e/"},
        "properties": {"id": {"xml": {"attribute": True, "namespace": "http://e/"}}, "n": {}, "m": {"xml": {"prefix": "no"}}},
    }
    root = ET.fromstring(made({"id": 1, "n": 2, "m": 3}, schema).data)
    assert (root.tag, root.attrib, [child.tag for child in root]) == (
        "{http://e/}root",
        {"{http://e/}id": "1"},
        ["{http://e/}n", "{http://e/}m"],
    )


def test_what_would_be_no_document_is_refused() -> None:
    """Two attributes of one name, a prefix that is none, and a namespace that XML cannot hold."""
    same = {"attribute": True, "namespace": "http://e/", "name": "id"}
    for properties in (
        {"a": {"xml": {**same, "prefix": "a"}}, "b": {"xml": {**same, "prefix": "b"}}},
        {"a": {"xml": {"attribute": True, "name": "id"}}, "b": {"xml": {"attribute": True, "name": "id", "prefix": "no"}}},
        {"a": {"xml": {"attribute": True, "name": "xmlns:s"}}, "b": {"xml": {"namespace": "http://e/", "prefix": "s", "attribute": True}}},
        {"a": {"xml": {"prefix": "p q", "namespace": "http://e/"}}},
        {"a": {"xml": {"namespace": "http://e/\x00"}}},
    ):
        with pytest.raises(Unserialisable):
            made({"a": 1, "b": 2}, {"properties": properties})


@pytest.mark.parametrize(
    "outer", [{"anyOf": [{"allOf": [{"$ref": "#/$defs/Tags"}]}, {"type": "null"}]}, {"allOf": [{"$ref": "#/$defs/Tags"}]}]
)
def test_what_stands_for_one_schema_is_written_as_that(outer: Any) -> None:
    """As ``nullable`` beside ``allOf`` or ``$ref`` is told: its items are found, its own ``xml`` wins, and it has the shared name."""
    shared = {"Tags": {"type": "array", "items": {"xml": {"name": "tag"}}, "xml": {"wrapped": True, "name": "all"}}}
    assert xml(["x"], {**outer, "xml": {"wrapped": True, "name": "tt"}}, shared) == "<tt><tag>x</tag></tt>"
    assert xml({"t": ["x"]}, {"properties": {"t": outer}}, shared) == "<root><all><tag>x</tag></all></root>"
    assert xml(["x"], outer, {"Tags": NAMES}) == "<Tags><Tags>x</Tags></Tags>"


def test_one_of_several_schemas_does_not_name_the_others() -> None:
    """Which of them the value is meant for is not known."""
    branches = [{"xml": {"name": "cat"}}, {"xml": {"name": "dog"}}]
    assert xml({"pet": "x"}, {"properties": {"pet": {"oneOf": branches}}}) == "<root><pet>x</pet></root>"


@pytest.mark.parametrize("charset", ["iso-8859-1", '"US-ASCII"', "utf-16", "utf-16le", "windows-1252", "UTF-8"])
def test_a_document_is_in_the_character_set_of_its_media_type(charset: str) -> None:
    """Its declaration names it, too; characters that it does not have are references."""
    schema = {"properties": {"a": {"xml": {"attribute": True}}}}
    sent = made({"a": "é€", "b": "é€😀<"}, schema, media_type=f"application/xml; charset={charset}")
    bare = charset.strip('"')
    assert sent.data.decode(bare).startswith(f'<?xml version="1.0" encoding="{bare}"?>')
    root = ET.fromstring(sent.data)
    assert (root.get("a"), root[0].text) == ("é€", "é€😀<")


def test_names_have_no_references() -> None:
    """A name that the character set does not have, and one of no character set, is refused."""
    assert ET.fromstring(made({"größe": 1}, None, media_type="text/xml; charset=iso-8859-1").data)[0].tag == "größe"
    for media_type in ("text/xml; charset=us-ascii", "text/xml; charset=no-such", 'text/xml; charset="a b"'):
        with pytest.raises(Unserialisable, match="character set"):
            made({"größe": 1}, None, media_type=media_type)
