"""Bodies by media type."""

import json
from email.parser import BytesParser
from email.policy import HTTP
from typing import Any
from urllib.parse import parse_qsl

import pytest
from msgspec.msgpack import Ext

from pipeline.messages import EXT_DECIMAL, EXT_INTEGER, EXT_RAW, EXT_TEXT, EXT_VARIABLE, Body, Encoding, Header, MediaType
from stages.execute.serialise import Payload, UnknownVariable, Unserialisable, payload
from stages.execute.serialise.schemas import Schemas


def made(media_type: str, value: Any, media: MediaType | None = None, shared: dict[str, Any] | None = None) -> Payload:
    return payload(Body(media_type=media_type, value=value), media, Schemas(shared))


def form(value: Any, *encoding: Encoding) -> bytes:
    media = MediaType(media_type="application/x-www-form-urlencoded", encoding=list(encoding))
    return made("application/x-www-form-urlencoded", value, media).data


def test_json_numbers_keep_every_digit() -> None:
    """Integers past 64 bits and decimals are written exactly as they are."""
    value = {
        "big": Ext(EXT_INTEGER, b"-123456789012345678901234567890"),
        "exact": [Ext(EXT_DECIMAL, b"0.10"), Ext(EXT_DECIMAL, b"1E-20"), 2**70],
    }
    assert made("application/json", value).data == b'{"big":-123456789012345678901234567890,"exact":[0.10,1E-20,1180591620717411303424]}'


def test_json_keeps_what_text_can_say() -> None:
    """Order, control characters, broken Unicode, and null; a body that is raw goes as it is."""
    text = Ext(EXT_TEXT, "a\ud83dz".encode("utf-8", "surrogatepass"))
    data = made("application/vnd.x+json; charset=utf-8", {"b": None, "a": ['\x00é"', text]}).data
    assert json.loads(data) == {"b": None, "a": ['\x00é"', "a\ud83dz"]}
    assert data.index(b'"b"') < data.index(b'"a"')
    assert made("application/json", None).data == b"null"
    assert made("application/json", "text").data == b'"text"'
    assert made("application/json", Ext(EXT_RAW, b'{"a":')).data == b'{"a":'
    assert made("application/json", {"a": Ext(EXT_RAW, b"[1,")}).data == b'{"a":[1,}'


def test_a_raw_body_goes_as_it_is_under_any_type_or_none() -> None:
    """Its bytes are not looked at, a boundary stays as it was written, and without a media type there is no Content-Type."""
    raw = Ext(EXT_RAW, b"--b\r\n\xff")
    for media_type in ("multipart/form-data; boundary=b", "application/xml", "text/plain", "application/x-www-form-urlencoded", ""):
        assert made(media_type, raw) == Payload(b"--b\r\n\xff", media_type)


def test_what_has_no_json_is_refused() -> None:
    """Nesting past the interpreter's stack and unmarked surrogates are named; nothing else is raised."""
    deep: Any = []
    for _ in range(100_000):
        deep = [deep]
    for value in (deep, "\ud800"):
        with pytest.raises(Unserialisable):
            made("application/json", value)
    while deep:
        deep = deep.pop()  # taken apart by hand: freeing it in one go would recurse as deep
    with pytest.raises(UnknownVariable, match="id"):
        made("application/json", {"a": Ext(EXT_VARIABLE, b"id")})


def test_forms_without_encoding() -> None:
    """Primitives as text, arrays as repeated pairs, objects as JSON; spaces become "+"; null is left out."""
    data = form({"a b": "c&d é", "n": [1, True, None, Ext(EXT_DECIMAL, b"1.0")], "o": {"x": "y"}, "z": None})
    assert data == b"a+b=c%26d+%C3%A9&n=1&n=true&n=1.0&o=%7B%22x%22%3A%22y%22%7D"
    assert parse_qsl(data.decode()) == [("a b", "c&d é"), ("n", "1"), ("n", "true"), ("n", "1.0"), ("o", '{"x":"y"}')]


def test_forms_with_encoding() -> None:
    """The encoding object's style, explode, allowReserved and contentType are followed."""
    assert form({"a": [1, 2]}, Encoding(name="a", explode=False)) == b"a=1,2"
    assert form({"a": [1, 2]}, Encoding(name="a", style="pipeDelimited", explode=False)) == b"a=1%7C2"
    assert form({"a": ["x", "y"]}, Encoding(name="a", style="spaceDelimited", explode=False)) == b"a=x+y"
    assert form({"a": {"x": 1, "y": 2}}, Encoding(name="a")) == b"x=1&y=2"
    assert form({"a": {"x": {"z": 1}, "y": [2]}}, Encoding(name="a", style="deepObject")) == b"a%5Bx%5D%5Bz%5D=1&a%5By%5D%5B%5D=2"
    assert form({"a": "/:"}, Encoding(name="a", allow_reserved=True)) == b"a=/:"
    assert form({"a": [1]}, Encoding(name="a", content_type="application/json")) == b"a=%5B1%5D"


def test_only_objects_are_forms() -> None:
    """A form of anything else is refused; raw and binary bodies go as they are."""
    for media_type in ("application/x-www-form-urlencoded", "multipart/form-data"):
        with pytest.raises(Unserialisable, match="only an object"):
            made(media_type, [1])
        assert made(media_type, b"a=1").data == b"a=1"


def parts_of(sent: Payload) -> list[tuple[str | None, str | None, str, bytes]]:
    message = BytesParser(policy=HTTP).parsebytes(b"Content-Type: " + sent.content_type.encode() + b"\r\n\r\n" + sent.data)
    assert message.is_multipart()
    return [
        (part.get_param("name", header="content-disposition"), part.get_filename(), part.get_content_type(), part.get_payload(decode=True))
        for part in message.iter_parts()
    ]


def headers_of_part(*headers: Header, shared: dict[str, Any] | None = None) -> dict[str, str]:
    """What a part says beside its disposition."""
    media = MediaType(media_type="multipart/form-data", encoding=[Encoding(name="file", headers=list(headers))])
    sent = made("multipart/form-data", {"file": b"x", "other": "y"}, media, shared)
    with_file, other = parts(sent)
    assert list(other.keys()) == ["Content-Disposition"]
    return {name: value for name, value in with_file.items() if name not in ("Content-Disposition", "Content-Type")}


def parts(sent: Payload) -> Any:
    return BytesParser(policy=HTTP).parsebytes(b"Content-Type: " + sent.content_type.encode() + b"\r\n\r\n" + sent.data).get_payload()


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({"type": "string"}, "sample"),
        ({"type": "string", "minLength": 8, "maxLength": 8}, "samplesa"),
        ({"type": "string", "maxLength": 3}, "sam"),
        ({"type": "string", "format": "date"}, "2024-05-17"),
        ({"type": "string", "enum": ["b", "a"], "default": "a"}, "a"),
        ({"enum": ["b", "a"]}, "b"),
        ({"const": 7}, "7"),
        ({"type": "integer", "examples": [12], "default": 3}, "12"),
        ({"type": "string", "examples": ["a\r\nX: y", "fine"]}, "fine"),
        ({"type": "integer", "minimum": 5}, "5"),
        ({"type": ["null", "boolean"]}, "true"),
        ({"type": "array", "items": {"$ref": "#/$defs/Size"}, "minItems": 2}, "3,3"),
        ({"type": "object", "required": ["w"], "properties": {"w": {"$ref": "#/$defs/Size"}, "h": {}}}, "w,3"),
        ({"oneOf": [{"$ref": "#/$defs/Size"}, {"type": "string"}]}, "3"),
        ({"allOf": [{"type": "string"}], "examples": ["own"]}, "own"),
        (True, "sample"),
    ],
)
def test_a_part_has_the_headers_that_the_document_requires(schema: Any, value: str) -> None:
    """With a value that their schema names, or the simplest that it allows, in style simple."""
    shared = {"Size": {"type": "integer", "minimum": 3}}
    assert headers_of_part(Header(name="X-One", schema=schema, required=True), shared=shared) == {"X-One": value}


def test_headers_of_a_part_that_need_not_be_are_sent_with_some_parts() -> None:
    """With a documented value, in as many ways as there are; equal parts have equal ones. None that says what the part says of itself."""
    headers = [Header(name="X-A", schema={"default": "x"}), Header(name="X-B", schema={"allOf": [{"type": "integer"}], "examples": [7]})]
    headers += [Header(name="X-Any", schema={"type": "string"}), Header(name="X-Never", schema={"const": "a\nb"})]
    headers += [Header(name="content-disposition", required=True), Header(name="Content-Type", schema={"const": "a/b"})]
    media = MediaType(media_type="multipart/form-data", encoding=[Encoding(name="file", headers=headers)])
    found = set()
    for number in range(64):
        sent = made("multipart/form-data", {"file": str(number)}, media)
        assert sent == made("multipart/form-data", {"file": str(number)}, media)
        (part,) = parts(sent)
        found.add(tuple((name, value) for name, value in part.items() if name != "Content-Disposition"))
    assert found == {(), (("X-A", "x"),), (("X-B", "7"),), (("X-A", "x"), ("X-B", "7"))}


def types_of(content_type: str, values: Any, schema: Any = None) -> list[tuple[str, bytes]]:
    """The types and contents of the parts of a list of values."""
    media = MediaType(media_type="multipart/form-data", schema=schema, encoding=[Encoding(name="f", content_type=content_type)])
    return [(content, data) for _, _, content, data in parts_of(made("multipart/form-data", {"f": values}, media))]


def test_a_part_has_one_of_the_types_that_its_encoding_lists() -> None:
    """Each of them in some parts, whatever stands beside it; a range only where there is nothing else."""
    found = types_of("image/png, image/jpeg;q=1,, image/*", [bytes([number]) for number in range(64)])
    assert {content for content, _ in found} == {"image/png", "image/jpeg"}
    assert found[5:6] == types_of("image/png, image/jpeg;q=1", [b"\x05"])
    assert types_of("image/*", [b"a"]) == [("image/png", b"a")]
    assert types_of("*/*", [b"a"]) == [("application/octet-stream", b"a")]


def test_a_part_is_written_as_its_type_says() -> None:
    """Structures as XML, text in its character set; JSON only where that is its type or it has none."""
    schema = {"properties": {"f": {"type": "array", "items": {"$ref": "#/$defs/Pet"}}}}
    found = types_of("application/xml", [{"a": 1}], schema)
    assert found == [("application/xml", b'<?xml version="1.0" encoding="UTF-8"?><Pet><a>1</a></Pet>')]
    assert types_of("text/plain; charset=iso-8859-1", ["é"]) == [("text/plain", b"\xe9")]
    assert types_of("application/json", ["é", b"\xff"]) == [("application/json", '"é"'.encode()), ("application/json", b"\xff")]


def test_a_part_header_without_any_possible_value_has_no_form() -> None:
    """It is no request, rather than one that the document forbids."""
    with pytest.raises(Unserialisable, match="X-One"):
        headers_of_part(Header(name="X-One", schema={"const": "a\nb"}, required=True))


def test_multipart_parts() -> None:
    """Texts as text, binary data as files, objects as JSON, arrays as one part an item, encodings and binary schemas followed."""
    schema = {"$ref": "#/$defs/Upload"}
    shared = {
        "Upload": {"properties": {"file": {"type": "string", "format": "binary"}, "many": {"type": "array", "items": {"format": "binary"}}}}
    }
    media = MediaType(
        media_type="multipart/form-data",
        schema=schema,
        encoding=[Encoding(name="image", content_type="image/*, image/png"), Encoding(name="meta", content_type="application/json")],
    )
    value = {"t": "héllo", "n": 5, "image": b"\x89PNG", "o": {"a": 1}, "meta": "x", "file": "text", "many": [b"1", b"2"], "none": None}
    assert parts_of(made("multipart/form-data", value, media, shared)) == [
        ("t", None, "text/plain", "héllo".encode()),
        ("n", None, "text/plain", b"5"),
        ("image", "image", "image/png", b"\x89PNG"),
        ("o", None, "application/json", b'{"a":1}'),
        ("meta", None, "application/json", b'"x"'),
        ("file", "file", "application/octet-stream", b"text"),
        ("many", "many", "application/octet-stream", b"1"),
        ("many", "many", "application/octet-stream", b"2"),
    ]


@pytest.mark.parametrize(
    ("encoding", "value", "expected"),
    [
        (Encoding(name="a", explode=False, styled=True), ["x y", "z,ä"], [("a", "x y,z,ä")]),
        (Encoding(name="a", style="spaceDelimited", explode=False, styled=True), [1, None, True], [("a", "1 true")]),
        (Encoding(name="a", style="pipeDelimited", explode=False, styled=True), {"k": 1, "l": None, "m": "n"}, [("a", "k|1|m|n")]),
        (Encoding(name="a", styled=True), [1, 2], [("a", "1"), ("a", "2")]),
        (Encoding(name="a", styled=True), {"k": 1, "l": "x"}, [("k", "1"), ("l", "x")]),
        (Encoding(name="a", style="deepObject", styled=True), {"k": {"l": 1}, "m": [2]}, [("a[k][l]", "1"), ("a[m][]", "2")]),
        (Encoding(name="a", explode=False, styled=True), [], []),
        (Encoding(name="a", explode=False, styled=True, content_type="application/json"), [1], [("a", "1")]),
        (Encoding(name="a", explode=False), [1, 2], [("a", "1"), ("a", "2")]),
    ],
)
def test_a_style_that_counts_in_multipart_is_followed(encoding: Encoding, value: Any, expected: list[tuple[str, str]]) -> None:
    """Without percent-encoding, and whatever content type stands beside it; one that does not count is not."""
    media = MediaType(media_type="multipart/form-data", encoding=[encoding])
    found = parts_of(made("multipart/form-data", {"a": value, "z": "end"}, media))[:-1]
    assert [(name, data.decode()) for name, _, _, data in found] == expected
    assert {(file, kind) for _, file, kind, _ in found} <= {(None, "text/plain")}


def test_files_have_parts_of_their_own_whatever_the_style() -> None:
    media = MediaType(media_type="multipart/form-data", encoding=[Encoding(name="a", explode=False, styled=True)])
    found = parts_of(made("multipart/form-data", {"a": [b"\xff", b"2"]}, media))
    assert [(name, file, data) for name, file, _, data in found] == [("a", "a", b"\xff"), ("a", "a", b"2")]


def test_the_boundary_depends_on_the_content_alone() -> None:
    """Equal values make equal bytes, other values another boundary, and it stands in no part."""
    first, again, other = (made("multipart/form-data", value) for value in ({"a": "1"}, {"a": "1"}, {"a": "2"}))
    assert first == again
    assert first.content_type != other.content_type
    boundary = first.content_type.partition("boundary=")[2]
    nested = made("multipart/form-data", {"a": "1", "b": first.data})
    assert nested.content_type.partition("boundary=")[2] != boundary
    assert len(parts_of(nested)) == 2


def test_part_names_cannot_break_out() -> None:
    """Quotes and line ends in names are escaped as HTML's form encoding does."""
    data = made("multipart/form-data", {'a"\r\nX: y': "1"}).data
    assert b'name="a%22%0D%0AX: y"' in data
    assert b"\r\nX: y" not in data


def test_text_and_binary() -> None:
    """Text in its charset, numbers as text, binary as it is, structures as JSON where nothing else is known."""
    assert made("text/plain", "é").data == "é".encode()
    assert made("text/plain; charset=iso-8859-1", "é").data == b"\xe9"
    assert made("text/plain", 5).data == b"5"
    assert made("application/octet-stream", b"\x00\xff").data == b"\x00\xff"
    assert made("application/octet-stream", "é").data == "é".encode()
    assert made("application/vnd.unknown", {"a": 1}).data == b'{"a":1}'
    assert made("application/x-ndjson", [{"a": 1}, 2]).data == b'{"a":1}\n2\n'
    assert made("application/yaml", {"a": 1}).data == b'{"a":1}'
    for media_type in ("text/plain; charset=ascii", "text/plain; charset=no-such"):
        with pytest.raises(Unserialisable, match="character set"):
            made(media_type, "é")


def test_a_range_is_sent_as_a_media_type() -> None:
    """A documented range such as "*/*" never becomes a Content-Type."""
    assert made("*/*", {"a": 1}) == Payload(b'{"a":1}', "application/json")
    assert made("application/*", b"\x00") == Payload(b"\x00", "application/octet-stream")
    assert made("text/*", "x") == Payload(b"x", "text/plain")
    assert made("multipart/*", {"a": "1"}).content_type.startswith("multipart/form-data; boundary=")


def test_a_form_writes_what_is_inside_of_a_styled_part_as_json() -> None:
    """With an encoding of its own as without."""
    value = {"a": {"b": [1]}, "c": [["x"]]}
    assert form(value, Encoding(name="a"), Encoding(name="c", explode=False)) == b"b=%5B1%5D&c=%5B%22x%22%5D"
    assert form(value) == b"a=%7B%22b%22%3A%5B1%5D%7D&c=%5B%22x%22%5D"
