"""What a document says its operations take, read without ingest."""

import pytest

from tests.bench.documented import BINARY, MISSING, Document, Input, Way

OPENAPI = {
    "openapi": "3.0.3",
    "paths": {
        "/pets/{id}": {
            "parameters": [{"in": "query", "name": "size", "schema": {"type": "string"}}, {"$ref": "#/components/parameters/Id"}],
            "post": {
                "parameters": [
                    {"in": "query", "name": "size", "style": "pipeDelimited", "schema": {"type": "integer"}},
                    {"in": "query", "name": "filter", "content": {"application/json": {"schema": {"type": "object"}}}},
                    {"in": "header", "name": "X-Old", "type": "integer"},
                ],
                "requestBody": {"$ref": "#/components/requestBodies/Pet"},
            },
        }
    },
    "components": {
        "parameters": {"Id": {"in": "path", "name": "id", "schema": {"type": "integer"}}},
        "requestBodies": {
            "Pet": {
                "required": True,
                "content": {
                    "multipart/form-data": {"schema": {"type": "object"}, "encoding": {"tags": {"style": "form", "explode": False}}}
                },
            }
        },
    },
}
SWAGGER = {
    "swagger": "2.0",
    "paths": {
        "/a": {
            "post": {
                "parameters": [
                    {"in": "query", "name": "ids", "type": "array", "items": {"type": "integer"}, "collectionFormat": "pipes"},
                    {"in": "formData", "name": "file", "type": "file", "required": True},
                    {"in": "formData", "name": "tags", "type": "array", "collectionFormat": "multi"},
                ]
            }
        }
    },
}


def test_parameters_of_the_operation_win_over_those_of_the_path() -> None:
    """Style, content and a type beside a missing schema are kept as the document has them."""
    assert Document(OPENAPI).parameters("POST /pets/{id}") == {
        "query/size": Input({"type": "integer"}, way=Way("pipeDelimited", explode=False)),
        "path/id": Input({"type": "integer"}, required=True, way=Way("simple", explode=False)),
        "query/filter": Input({"type": "object"}, way=Way(media_type="application/json")),
        "header/X-Old": Input({MISSING: {"type": "integer"}}, way=Way("simple", explode=False)),
    }


def test_a_body_is_found_by_its_media_type() -> None:
    """References and encodings are followed; another media type has no body."""
    document = Document(OPENAPI)
    assert document.body("POST /pets/{id}", "multipart/form-data") == Input(
        {"type": "object"}, required=True, ways={"tags": Way("form", explode=False)}
    )
    assert document.body("POST /pets/{id}", "application/json") is None


def test_openapi_2_has_a_form_of_its_parameters() -> None:
    """Fields are properties, a file is binary text, collectionFormat is a style."""
    document = Document(SWAGGER)
    assert document.parameters("POST /a")["query/ids"].way == Way("pipeDelimited", explode=False)
    form = document.body("POST /a", "multipart/form-data")
    assert form == Input(
        {
            "type": "object",
            "properties": {"file": {"type": "string", "format": "binary"}, "tags": {"type": "array"}},
            "required": ["file"],
        },
        required=True,
        ways={"tags": Way("form", explode=True, styled=True)},
    )


def test_a_pointer_is_followed_token_by_token() -> None:
    """``~1``, ``~0``, percent-encoding and indices (RFC 6901); anchors; what is not there is a KeyError."""
    document = Document({"openapi": "3.1.0", "a/b": {"c~ d": [{"$anchor": "here"}]}})
    assert document.target("#/a~1b/c~0%20d/0") == document.target("#here") == {"$anchor": "here"}
    for wrong in ("#/a~1b/c~0%20d/1", "#/a", "#there", "other.json#/a", None):
        with pytest.raises(KeyError):
            document.target(wrong)


def test_a_name_in_the_path_is_known_as_such() -> None:
    """A parameter that is declared nowhere may stand in the path or its query."""
    document = Document(OPENAPI)
    assert document.in_address("GET /a/{b+}?c=d", "path/b")
    assert document.in_address("GET /a/{b}?c=d", "query/c")
    assert not document.in_address("GET /a/{b}?c=d", "query/b")


def test_a_media_range_has_the_body_of_each_of_its_types() -> None:
    """And beside a media type of bytes the schema is marked as such."""
    content = {"*/*": {"schema": {"type": "string"}}, "image/*": {"schema": {"type": "object"}}}
    document = Document({"openapi": "3.0.3", "paths": {"/a": {"post": {"requestBody": {"content": content}}}}})
    assert document.body("POST /a", "application/json") == Input({"type": "string"})
    other = Document({"openapi": "3.0.3", "paths": {"/a": {"post": {"requestBody": {"content": {"image/*": content["image/*"]}}}}}})
    assert other.body("POST /a", "image/png") == Input({BINARY: {"type": "object"}})
