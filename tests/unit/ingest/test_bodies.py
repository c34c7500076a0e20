"""Request bodies."""

from collections.abc import Callable
from typing import Any

import pytest

from pipeline.messages import Encoding, Header, Operation

Build = Callable[..., Operation]


def test_every_media_type_of_a_body_is_kept(operation_of: Build) -> None:
    """JSON, forms, multipart, text, binary and XML, sorted by name, with examples and encodings."""
    encoding = {
        "file": {"contentType": "image/png", "headers": {"X-A": {"schema": {"type": "string"}}}},
        "tags": {"style": "pipeDelimited"},
    }
    content = {
        "application/json": {"schema": {"type": "object"}, "example": {"a": 1}},
        "multipart/form-data": {"schema": {"type": "object"}, "encoding": encoding},
        "application/x-www-form-urlencoded": {"schema": {"type": "object"}},
        "text/plain": {"schema": {"type": "string"}},
        "application/octet-stream": {},
        "application/xml": {"schema": {"type": "object", "xml": {"name": "x"}}},
    }
    body = operation_of({"requestBody": {"content": content, "required": True}}, method="post").body
    assert body is not None
    assert body.required
    assert [media.media_type for media in body.content] == sorted(content)
    by_name = {media.media_type: media for media in body.content}
    assert by_name["application/json"].examples == [{"a": 1}]
    assert by_name["application/octet-stream"].schema is None
    file, tags = by_name["multipart/form-data"].encoding
    assert (file.content_type, file.style, file.explode, file.headers[0].name) == ("image/png", "form", True, "X-A")
    assert (tags.style, tags.explode) == ("pipeDelimited", False)


def test_a_part_header_goes_with_its_own_examples(operation_of: Build) -> None:
    """They stand beside its schema in the document, and it is to be sent."""
    header = {"schema": {"type": "integer"}, "required": True, "example": 4}
    content = {"multipart/form-data": {"encoding": {"file": {"headers": {"X-A": header}}}}}
    body = operation_of({"requestBody": {"content": content}}, method="post").body
    assert body is not None
    assert body.content[0].encoding[0].headers == [
        Header(name="X-A", schema={"allOf": [{"type": "integer"}], "examples": [4]}, required=True)
    ]


def test_the_body_parameter_of_2_0_has_the_media_types_consumed(operation_of: Build) -> None:
    """The operation's own ``consumes`` wins over the document's; without either it is JSON."""
    parameters = [{"name": "b", "in": "body", "required": True, "schema": {"type": "object"}}]
    own = operation_of({"parameters": parameters, "consumes": ["text/xml"]}, version="2.0", method="post", consumes=["application/json"])
    assert own.body is not None
    assert [media.media_type for media in own.body.content] == ["text/xml"]
    bare = operation_of({"parameters": parameters}, version="2.0", method="post")
    assert bare.body is not None
    assert [media.media_type for media in bare.body.content] == ["application/json"]
    assert bare.body.content[0].schema == {"type": "object"}


FIELDS = [
    {"name": "name", "in": "formData", "type": "string", "required": True},
    {"name": "tags", "in": "formData", "type": "array", "items": {"type": "string"}, "collectionFormat": "multi"},
]


@pytest.mark.parametrize(
    ("fields", "consumes", "media_types"),
    [
        (FIELDS, [], ["application/x-www-form-urlencoded"]),
        (FIELDS, ["multipart/form-data", "application/json"], ["multipart/form-data"]),
        ([*FIELDS, {"name": "f", "in": "formData", "type": "file"}], [], ["multipart/form-data"]),
        ([*FIELDS, {"name": "f", "in": "formData", "type": "file"}], ["application/x-www-form-urlencoded"], ["multipart/form-data"]),
    ],
)
def test_form_fields_of_2_0_are_one_object(operation_of: Build, fields: list[Any], consumes: list[str], media_types: list[str]) -> None:
    """A file needs multipart; else the media type is what is consumed, or a plain form."""
    body = operation_of({"parameters": fields, "consumes": consumes}, version="2.0", method="post").body
    assert body is not None
    assert [media.media_type for media in body.content] == media_types
    media = body.content[0]
    assert media.schema["required"] == ["name"]
    assert media.encoding == [Encoding(name="tags", style="form", explode=True, styled=True)]
    if len(fields) == 3:
        assert media.schema["properties"]["f"] == {"format": "binary", "type": "string"}


@pytest.mark.parametrize(
    ("version", "encoding", "styled"),
    [
        ("3.1.0", {"style": "form"}, True),
        ("3.1.0", {"explode": False}, True),
        ("3.1.0", {"allowReserved": True}, True),
        ("3.1.0", {"contentType": "text/plain"}, False),
        ("3.0.3", {"style": "form", "explode": False}, False),
    ],
)
def test_a_style_counts_in_multipart_since_3_1_where_it_stands(operation_of: Build, version: str, encoding: Any, *, styled: bool) -> None:
    content = {"multipart/form-data": {"schema": {"type": "object"}, "encoding": {"a": encoding}}}
    body = operation_of({"requestBody": {"content": content}}, version=version, method="post").body
    assert body is not None
    assert [one.styled for one in body.content[0].encoding] == [styled]


def test_a_get_has_no_body_before_3_1(operation_of: Build) -> None:
    """OpenAPI 3.0 ignores it; 3.1 leaves it to the author."""
    operation = {"requestBody": {"content": {"application/json": {}}}}
    assert operation_of(operation).body is None
    assert operation_of(operation, version="3.1.0").body is not None
    assert operation_of(operation, method="delete").body is not None
