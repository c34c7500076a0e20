"""What the serialisers write is read back from the bytes, among what else it can be."""

from typing import Any

import pytest

from pipeline.messages import Body, Encoding, MediaType, Parameter
from stages.execute.serialise import payload
from stages.execute.serialise.schemas import Schemas
from stages.execute.serialise.style import in_cookie, in_header, in_path, in_query
from tests.bench import read_text
from tests.bench.documented import Way
from tests.bench.read_body import body_values
from tests.bench.shape import Shape, scalars

OBJECT = {
    "type": "object",
    "properties": {"n": {"type": "integer"}, "t": {"type": "string"}, "a": {"type": "array", "items": {"type": "integer"}}},
}
ARRAY = {"type": "array", "items": {"type": "integer"}}
FLAT = {"n": 5, "t": "a,b=c d&ä"}


def shape(schema: Any) -> Shape:
    return Shape({"$defs": {}, "allOf": [schema]})


def both(location: str, style: str, *, explode: bool) -> tuple[Parameter, Way]:
    return Parameter(name="p", location=location, style=style, explode=explode), Way(style, explode)


@pytest.mark.parametrize("explode", [True, False])
@pytest.mark.parametrize("style", ["form", "spaceDelimited", "pipeDelimited", "deepObject"])
@pytest.mark.parametrize(("schema", "value"), [(OBJECT, {"n": 5, "t": "x"}), (ARRAY, [1, 2, 3]), ({"type": "string"}, "5"), (ARRAY, [7])])
def test_queries(style: str, schema: Any, value: Any, *, explode: bool) -> None:
    parameter, way = both("query", style, explode=explode)
    assert value in read_text.in_query(shape(schema), "p", way, in_query(parameter, value))


def test_a_deep_object_is_nested_and_has_lists() -> None:
    parameter, way = both("query", "deepObject", explode=True)
    schema = {"type": "object", "properties": {"o": OBJECT}}
    value = {"o": {"n": 1, "a": [1, 2]}}
    assert value in read_text.in_query(shape(schema), "p", way, in_query(parameter, value))


@pytest.mark.parametrize("explode", [True, False])
@pytest.mark.parametrize("style", ["simple", "label", "matrix"])
@pytest.mark.parametrize(("schema", "value"), [(OBJECT, {"n": 5, "t": "x"}), (ARRAY, [1, 2, 3]), ({"type": "integer"}, 5)])
def test_paths(style: str, schema: Any, value: Any, *, explode: bool) -> None:
    parameter, way = both("path", style, explode=explode)
    assert value in read_text.in_path(shape(schema), "p", way, in_path(parameter, value))


@pytest.mark.parametrize("explode", [True, False])
@pytest.mark.parametrize(("schema", "value"), [(OBJECT, {"n": 5, "t": "x"}), (ARRAY, [1, 2, 3]), ({"type": "boolean"}, True)])
def test_headers_and_cookies(schema: Any, value: Any, *, explode: bool) -> None:
    parameter, way = both("header", "simple", explode=explode)
    assert value in read_text.in_header(shape(schema), way, in_header(parameter, value))
    parameter, way = both("cookie", "form", explode=explode)
    assert value in read_text.in_cookie(shape(schema), "p", way, in_cookie(parameter, value))


def test_json_in_a_parameter_has_one_reading() -> None:
    parameter = Parameter(name="p", location="query", style="form", explode=True, media_type="application/json")
    parts = in_query(parameter, {"n": "5"})
    assert read_text.in_query(shape(OBJECT), "p", Way(media_type="application/json"), parts) == [{"n": "5"}]


def test_nothing_is_sent() -> None:
    assert read_text.in_query(shape(ARRAY), "p", Way(), []) == []
    assert read_text.in_header(shape(ARRAY), Way("simple", explode=False), None) == []


def test_a_text_is_read_as_what_the_schema_allows() -> None:
    """All kinds that it can be, the text itself where it can be none of them."""
    assert scalars("5", frozenset({"string", "number"})) == ["5", 5]
    assert scalars("5", frozenset({"boolean"})) == ["5"]
    assert scalars(" TRUE ", frozenset({"boolean"})) == [True]
    assert scalars("", frozenset({"null", "string"})) == ["", None]
    assert scalars('{"a":[1]}', frozenset({"object"})) == [{"a": [1]}]
    assert scalars("007", frozenset({"number"})) == [7]
    assert scalars("-07", frozenset({"number"})) == [-7]


def test_kinds_go_through_references_and_combinators() -> None:
    schema = {"anyOf": [{"$ref": "#/$defs/s"}, {"type": "null"}], "allOf": [{"type": ["integer", "null", "array"]}]}
    made = Shape({"$defs": {"s": {"type": "integer"}}, "allOf": [schema]})
    assert made.kinds(made.root) == {"number", "null"}
    assert shape({"oneOf": [{"type": "string"}, {}]}).kinds({"oneOf": [{"type": "string"}, {}]}) >= {"array", "object"}


def sent(media: MediaType, value: Any, ways: dict[str, Way] | None = None) -> list[Any]:
    made = payload(Body(media_type=media.media_type, value=value), media, Schemas())
    return body_values(shape(media.schema), made.data, made.content_type, ways or {})


@pytest.mark.parametrize(
    "media_type", ["application/json", "application/x-www-form-urlencoded", "multipart/form-data", "application/x-ndjson"]
)
def test_bodies(media_type: str) -> None:
    value: Any = {**FLAT, "a": [1, 2]}
    media = MediaType(media_type=media_type, schema=OBJECT)
    if media_type.endswith("ndjson"):
        media, value = MediaType(media_type=media_type, schema={"type": "array"}), [value, value]
    assert value in sent(media, value)


@pytest.mark.parametrize(
    "encoding",
    [
        Encoding(name="o", style="deepObject", explode=True),
        Encoding(name="o", style="form", explode=True),
        Encoding(name="o", style="form", explode=False),
        Encoding(name="o", content_type="application/json"),
    ],
)
def test_objects_in_forms_are_read_by_their_encoding(encoding: Encoding) -> None:
    schema = {"type": "object", "properties": {"o": {"type": "object", "properties": {"x": {"type": "integer"}}}, "n": {"type": "integer"}}}
    media = MediaType(media_type="application/x-www-form-urlencoded", schema=schema, encoding=[encoding])
    value = {"o": {"x": 1}, "n": 2}
    assert value in sent(media, value, {"o": Way(encoding.style, encoding.explode, encoding.content_type)})


def test_a_list_in_one_field_is_cut_where_its_encoding_says() -> None:
    media = MediaType(
        media_type="application/x-www-form-urlencoded", schema=OBJECT, encoding=[Encoding(name="a", style="pipeDelimited", explode=False)]
    )
    assert {"a": [1, 2]} in sent(media, {"a": [1, 2]}, {"a": Way("pipeDelimited", explode=False)})


def test_parts_of_multipart_keep_their_bytes_and_names() -> None:
    """A file's bytes are characters each; quotes and line ends in names are undone."""
    schema = {"type": "object", "properties": {"f": {"type": "string", "format": "binary"}, 'q"\n': {"type": "integer"}}}
    value = {"f": b"\r\n--\xff\x00\n", 'q"\n': 5}
    assert {"f": "\r\n--\xff\x00\n", 'q"\n': 5} in sent(MediaType(media_type="multipart/form-data", schema=schema), value)


@pytest.mark.parametrize("style", ["form", "spaceDelimited", "pipeDelimited"])
def test_a_list_in_one_part_is_cut_where_its_style_says(style: str) -> None:
    """Where the document says one; else each item has a part."""
    media = MediaType(
        media_type="multipart/form-data", schema=OBJECT, encoding=[Encoding(name="a", style=style, explode=False, styled=True)]
    )
    assert {"a": [1, 2]} in sent(media, {"a": [1, 2]}, {"a": Way(style, explode=False, styled=True)})
    media = MediaType(media_type="multipart/form-data", schema=OBJECT, encoding=[Encoding(name="a", style=style, explode=False)])
    assert {"a": [1, 2]} in sent(media, {"a": [1, 2]}, {"a": Way(style, explode=False)})


def test_parts_of_multipart_are_read_by_their_type() -> None:
    """XML, and text in its character set."""
    schema = {"type": "object", "properties": {"o": OBJECT, "t": {"type": "string"}}}
    encodings = [Encoding(name="o", content_type="text/xml"), Encoding(name="t", content_type="text/plain; charset=utf-16")]
    value = {"o": {"n": 5, "t": "x", "a": [1, 2]}, "t": "é"}
    assert value in sent(MediaType(media_type="multipart/form-data", schema=schema, encoding=encodings), value)


def test_xml_is_read_by_names_attributes_and_wrappers() -> None:
    schema = {
        "type": "object",
        "xml": {"name": "pet", "namespace": "http://x.test", "prefix": "p"},
        "properties": {
            "id": {"type": "integer", "xml": {"attribute": True, "name": "key"}},
            "tags": {"type": "array", "xml": {"wrapped": True, "name": "all"}, "items": {"type": "string", "xml": {"name": "tag"}}},
            "sizes": {"type": "array", "items": {"type": "integer", "xml": {"name": "size"}}},
            "more": {"type": "object", "properties": {"ok": {"type": "boolean"}}},
            "none": {"type": ["string", "null"]},
        },
    }
    value = {"id": 5, "tags": ["a", "<&>"], "sizes": [1, 2], "more": {"ok": True}, "none": None}
    assert value in sent(MediaType(media_type="application/xml", schema=schema), value)


def test_xml_of_one_item_is_a_list_where_the_schema_has_one() -> None:
    schema = {"type": "object", "properties": {"a": ARRAY}}
    found = sent(MediaType(media_type="text/xml", schema=schema), {"a": [3]})
    assert {"a": [3]} in found


def test_elements_of_other_names_are_no_items() -> None:
    """Items are named by their own ``xml.name``, or like the element that they stand in."""
    made = shape({"items": {"xml": {"name": "i"}}})
    assert [one for one in body_values(made, b"<r><i>a</i><i>b</i></r>", "text/xml", {}) if isinstance(one, list)] == [["a", "b"]]
    assert not [one for one in body_values(made, b"<r><i>a</i><j>b</j></r>", "text/xml", {}) if isinstance(one, list)]


def test_the_name_of_an_array_without_a_wrapper_is_no_element() -> None:
    """It counts for a wrapper only; elements of that name are another property."""
    made = shape({"properties": {"a": {"type": "array", "items": {"type": "integer"}, "xml": {"name": "aliens"}}}})
    assert {"a": [1, 2]} in body_values(made, b"<r><a>1</a><a>2</a></r>", "text/xml", {})
    assert all("a" not in value for value in body_values(made, b"<r><aliens>1</aliens><aliens>2</aliens></r>", "text/xml", {}))


def test_elements_and_attributes_are_of_their_namespace() -> None:
    """One of another is no property; prefixes are free, and an unbound one is no XML."""
    in_one = {"xml": {"namespace": "http://e/one"}}
    made = shape({"type": "object", "properties": {"a": in_one, "b": {"xml": {**in_one["xml"], "attribute": True, "name": "c"}}}})
    assert {"a": "1", "b": "2"} in body_values(made, b'<r xmlns:x="http://e/one" x:c="2"><x:a>1</x:a></r>', "text/xml", {})
    assert {"b": "2"} not in body_values(made, b'<r c="2"/>', "text/xml", {})
    with pytest.raises(ValueError, match="prefix"):
        body_values(made, b'<r x:c="2"/>', "text/xml", {})


def test_a_root_is_called_as_documented() -> None:
    with pytest.raises(ValueError, match="other"):
        body_values(shape({"type": "object", "xml": {"name": "pet"}}), b"<other/>", "text/xml", {})


def test_what_is_not_of_its_media_type_is_told() -> None:
    for content_type, data in (("application/json", b"{"), ("application/xml", b"<a>"), ("multipart/form-data; boundary=b", b"--b\r\nx")):
        with pytest.raises(ValueError):  # noqa: PT011  # each parser has its own text
            body_values(shape(True), data, content_type, {})


@pytest.mark.parametrize(("value", "schema"), [(5, {"type": "integer"}), ("5", {"type": "string"}), ([1], ARRAY)])
def test_texts(value: Any, schema: Any) -> None:
    assert value in sent(MediaType(media_type="text/plain", schema=schema), value)
