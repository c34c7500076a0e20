"""Documented answers."""

from collections.abc import Callable
from typing import Any

import pytest

from pipeline.messages import Api, Header, Link, Operation

Build = Callable[..., Operation]


def test_answers_are_sorted_and_ranges_written_one_way(operation_of: Build) -> None:
    """Statuses, ranges and default; what is none is left out."""
    made = operation_of({"responses": {"default": {}, "2xx": {}, "404": {}, "x-note": {}, "ok": {}, "99": {}}})
    assert [each.status for each in made.responses] == ["2XX", "404", "default"]


def test_headers_and_content_are_read(operation_of: Build) -> None:
    """Content-Type among the headers is ignored (OpenAPI 3.1, 4.8.17)."""
    headers = {
        "X-Rate": {"schema": {"type": "integer"}, "required": True},
        "content-type": {"schema": {}},
        "E-Tag": {"content": {"a/b": {"schema": {"minLength": 1}}}},
    }
    answer = operation_of(
        {"responses": {"200": {"headers": headers, "content": {"text/plain": {"examples": {"a": {"value": "x"}}}}}}}
    ).responses[0]
    assert answer.headers == [
        Header(name="E-Tag", schema={"minLength": 1}),
        Header(name="X-Rate", schema={"type": "integer"}, required=True),
    ]
    assert answer.content[0].examples == ["x"]


def test_answers_of_2_0_have_every_media_type_that_is_produced(operation_of: Build) -> None:
    """One schema under each, the example where it belongs; no schema, no content."""
    responses = {
        "200": {"schema": {"type": "file"}, "examples": {"text/csv": "a,b"}, "headers": {"X-A": {"type": "integer"}}},
        "204": {"description": "nothing"},
    }
    made = operation_of({"responses": responses, "produces": ["text/csv", "application/json"]}, version="2.0")
    first, second = made.responses
    assert [(media.media_type, media.schema, media.examples) for media in first.content] == [
        ("application/json", {"format": "binary", "type": "string"}, []),
        ("text/csv", {"format": "binary", "type": "string"}, ["a,b"]),
    ]
    assert first.headers == [Header(name="X-A", schema={"type": "integer"})]
    assert second.content == []


def test_links_lead_to_keys(api_of: Callable[..., Api]) -> None:
    """By id or by pointer; one that leads nowhere is a problem."""
    links = {
        "by-id": {"operationId": "getPet", "parameters": {"id": "$response.body#/id"}},
        "by-ref": {"operationRef": "#/paths/~1pets~1{id}/get", "requestBody": "$request.body"},
        "lost": {"operationId": "nothing"},
    }
    api = api_of(
        {
            "openapi": "3.0.0",
            "paths": {
                "/pets": {"post": {"responses": {"201": {"links": links}}}},
                "/pets/{id}": {
                    "get": {"operationId": "getPet", "parameters": [{"name": "id", "in": "path", "schema": {}}], "responses": {}}
                },
            },
        }
    )
    found = next(each for each in api.operations if each.method == "POST").responses[0].links
    assert found == [
        Link(name="by-id", operation="GET /pets/{id}", parameters={"id": "$response.body#/id"}),
        Link(name="by-ref", operation="GET /pets/{id}", body="$request.body"),
    ]
    assert [(problem.code, problem.pointer.rpartition("/links/")[2]) for problem in api.problems] == [
        ("unused-link", "by-ref/requestBody"),
        ("bad-link", "lost"),
    ]


def test_shared_answers_are_followed(api_of: Callable[..., Api]) -> None:
    """``$ref`` to responses, headers and examples in components."""
    document: dict[str, Any] = {
        "openapi": "3.0.0",
        "paths": {"/a": {"get": {"responses": {"200": {"$ref": "#/components/responses/R"}}}}},
        "components": {
            "responses": {
                "R": {"headers": {"X": {"$ref": "#/components/headers/H"}}, "content": {"application/json": {"schema": {"type": "null"}}}}
            },
            "headers": {"H": {"schema": {"type": "integer"}}},
        },
    }
    answer = api_of(document).operations[0].responses[0]
    assert answer.headers[0].schema == {"type": "integer"}
    assert answer.content[0].schema == {"type": "null"}


@pytest.mark.parametrize(("written", "meant"), [("*", "*/*"), ("form-data", "multipart/form-data"), ("json", "application/json")])
def test_what_people_write_for_a_media_type_is_read_as_what_they_mean(api_of, written, meant):
    """Each is told as a problem, and nothing is left out for it."""
    answer = {"200": {"description": "", "content": {written: {}}}}
    api = api_of({"openapi": "3.0.0", "paths": {"/a": {"get": {"responses": answer}}}})
    assert [media.media_type for media in api.operations[0].responses[0].content] == [meant]
    assert [problem.code for problem in api.problems] == ["bad-media-type"]
