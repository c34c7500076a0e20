"""Paths, operations, and the document as a whole."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from pipeline.errors import DocumentError
from pipeline.messages import Api
from stages.ingest import IngestConfig, parse_api

GET: dict[str, Any] = {"get": {"responses": {}}}


def keys(api: Api) -> list[str]:
    return [operation.key for operation in api.operations]


def test_operations_are_sorted_by_path_and_method(api_of: Callable[..., Api]) -> None:
    """The order of the document does not matter; extensions are no paths."""
    paths = {"/b": {"post": {"responses": {}}, "get": {"responses": {}}}, "x-note": GET, "/a": GET}
    assert keys(api_of({"openapi": "3.0.0", "paths": paths})) == ["GET /a", "GET /b", "POST /b"]


def test_an_operation_says_where_it_stands(api_of: Callable[..., Api]) -> None:
    """A JSON pointer into the document (RFC 6901)."""
    assert api_of({"openapi": "3.0.0", "paths": {"/a/{b}": GET}}).operations[0].pointer == "/paths/~1a~1{b}/get"


def test_what_only_tells_operations_apart_is_no_part_of_the_path(api_of: Callable[..., Api]) -> None:
    """Queries become parameters, fragments go; the keys stay apart."""
    api = api_of({"openapi": "3.0.0", "paths": {"/x?a=start": GET, "/x?b={c}": GET, "/x#Frag": GET}})
    assert keys(api) == ["GET /x#Frag", "GET /x?a=start", "GET /x?b={c}"]
    assert {operation.path for operation in api.operations} == {"/x"}
    _, fixed, free = api.operations
    assert [(each.name, each.schema, each.required) for each in fixed.parameters] == [("a", {"const": "start"}, True)]
    assert [(each.name, each.location) for each in free.parameters] == [("b", "query")]


def test_gateway_paths_match_their_parameters(api_of: Callable[..., Api]) -> None:
    """``{proxy+}`` takes the parameter ``proxy``."""
    parameters = [{"name": "proxy", "in": "path", "required": True, "schema": {"type": "string"}}]
    operation = api_of({"openapi": "3.0.0", "paths": {"/x/{proxy+}": {"get": {"parameters": parameters, "responses": {}}}}}).operations[0]
    assert operation.path == "/x/{proxy}"
    assert [each.name for each in operation.parameters] == ["proxy"]


def test_path_items_can_be_referred_to(api_of: Callable[..., Api]) -> None:
    """What stands beside the reference comes on top."""
    document = {
        "openapi": "3.1.0",
        "paths": {"/a": {"$ref": "#/components/pathItems/P", "post": {"responses": {}}}},
        "components": {"pathItems": {"P": GET}},
    }
    assert keys(api_of(document)) == ["GET /a", "POST /a"]


def test_the_new_methods_of_3_2_are_operations(api_of: Callable[..., Api]) -> None:
    """QUERY and additional operations cost little."""
    paths = {"/a": {"query": {"responses": {}}, "additionalOperations": {"COPY": {"responses": {}}}}}
    assert keys(api_of({"openapi": "3.2.0", "paths": paths})) == ["COPY /a", "QUERY /a"]


@pytest.mark.parametrize(
    ("paths", "found", "code"),
    [
        ({"a": GET}, ["GET /a"], "no-slash"),
        ({"/a": GET, "/b": "text"}, ["GET /a"], "not-an-object"),
        ({"/a": {**GET, "post": None}}, ["GET /a"], "not-an-object"),
        ({"/a": GET, "/b": {"$ref": "#/nowhere"}}, ["GET /a"], "unresolved-ref"),
        ({"/a": {**GET, "parameters": [{"$ref": "#/paths/~1a/parameters/" + "1" * 4301}]}}, ["GET /a"], "unresolved-ref"),
        ({"/a": {**GET, "servers": [{"url": "http://h.example:port"}]}}, ["GET /a"], "bad-server"),
        (
            {"/a": {"get": {"operationId": "x", "responses": {}}}, "/b": {"get": {"operationId": "x", "responses": {}}}},
            ["GET /a", "GET /b"],
            "duplicate-id",
        ),
        ({"/a": {"get": {}}}, ["GET /a"], "no-responses"),
        ({"/a": {"get": {"responses": {}, "tags": "x"}}}, ["GET /a"], "not-a-list"),
        ({"/a": {"get": {"responses": {}, "operationId": 5}}}, ["GET /a"], "not-text"),
    ],
)
def test_a_faulty_part_costs_that_part(api_of: Callable[..., Api], paths: Any, found: list[str], code: str) -> None:
    """The usable operations remain, and the problem has a pointer."""
    api = api_of({"openapi": "3.0.0", "paths": paths})
    assert keys(api) == found
    assert [problem.code for problem in api.problems] == [code]
    assert api.problems[0].pointer.startswith("/paths/")


@pytest.mark.parametrize(("written", "openapi"), [("3.1.1", "3.1.1"), (3, "3.0"), (3.1, "3.1"), ("2.0", "2.0"), (2, "2.0")])
def test_versions_may_be_numbers(written: Any, openapi: str) -> None:
    """YAML makes numbers of them."""
    assert (
        parse_api(json.dumps({"swagger" if openapi[0] == "2" else "openapi": written, "paths": {"/a": GET}}).encode(), "d").openapi
        == openapi
    )


def test_a_document_without_a_version_is_guessed(api_of: Callable[..., Api]) -> None:
    """It is said, and by what is in it, it is 2.0 or 3.0."""
    old = api_of({"paths": {"/a": GET}, "definitions": {}})
    assert (old.openapi, [problem.code for problem in old.problems]) == ("2.0", ["no-version"])
    assert api_of({"paths": {"/a": GET}}).openapi == "3.0.3"


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ([], "is a list"),
        ("text", "is a single value"),
        (None, "the document is empty"),
        ({}, "neither openapi"),
        ({"openapi": "3.0.0"}, "no paths"),
        ({"openapi": "3.0.0", "paths": {}}, "paths are empty"),
        ({"openapi": "3.0.0", "paths": {"/a": "x"}}, "an object is expected"),
        ({"openapi": "4.0.0", "paths": {"/a": GET}}, "OpenAPI 4.0.0 is not understood"),
        ({"swaggerVersion": "1.2", "apis": []}, "Swagger 1.x"),
        ({"asyncapi": "2.0.0", "channels": {}}, "AsyncAPI"),
        ({"$schema": "http://json-schema.org/draft-07/schema#"}, "JSON Schema"),
    ],
)
def test_a_hopeless_document_is_refused_with_the_reason(document: Any, said: str) -> None:
    """One sentence that names the document and what it is instead."""
    with pytest.raises(DocumentError, match=said) as error:
        parse_api(json.dumps(document).encode(), "some.json")
    assert str(error.value).startswith("some.json: ")


def test_a_document_of_schemas_alone_is_understood(api_of: Callable[..., Api]) -> None:
    """Data can be made from it, though no run can begin with it."""
    api = api_of({"openapi": "3.1.0", "components": {"schemas": {"A": {"type": "string"}}}, "webhooks": {}})
    assert (api.operations, list(api.schemas)) == ([], ["A"])


def test_a_document_above_the_limit_is_refused() -> None:
    """Before anything is parsed; the message says which setting it is."""
    with pytest.raises(DocumentError, match=r"larger than 2000 bytes; raise ingest\.document_cap_bytes"):
        parse_api(b" " * 2001, "big.json", IngestConfig(document_cap_bytes=2000))


def test_title_and_version_come_from_info(api_of: Callable[..., Api]) -> None:
    """A number as version is its digits."""
    api = api_of({"openapi": "3.0.0", "info": {"title": "T", "version": 1.5}, "paths": {"/a": GET}})
    assert (api.title, api.version) == ("T", "1.5")


def test_recursive_references_of_every_kind_come_to_an_end(api_of: Callable[..., Api]) -> None:
    """Parameters, answers, path items and schemas that lead to themselves cost themselves."""
    circle = {"$ref": "#/components/responses/R"}
    api = api_of(
        {
            "openapi": "3.0.0",
            "paths": {"/a": {"get": {"responses": {"200": circle, "201": {}}}}, "/b": {"$ref": "#/paths/~1b"}},
            "components": {
                "responses": {"R": circle},
                "schemas": {"S": {"$ref": "#/components/schemas/S"}, "T": {"$ref": "#/components/schemas/T/items"}},
            },
        }
    )
    assert keys(api) == ["GET /a"]
    assert [each.status for each in api.operations[0].responses] == ["201"]
    assert {problem.code for problem in api.problems} >= {"circular-ref", "unresolved-ref", "circular-schema"}


def test_an_operation_under_a_mistyped_method_is_a_problem(api_of):
    """It would otherwise be left out without a word; other keys of a path are not taken for one."""
    api = api_of({"openapi": "3.0.0", "paths": {"/a": {"get": {"responses": {}}, "psot": {"responses": {}}, "x-more": {"responses": {}}}}})
    assert [(problem.pointer, problem.code) for problem in api.problems if problem.code != "no-responses"] == [
        ("/paths/~1a/psot", "unknown-method")
    ]


def test_a_path_in_a_fragment_is_a_problem(api_of):
    """Nothing behind a "#" is ever sent, so that what it says cannot be tested."""
    api = api_of({"openapi": "3.0.0", "paths": {"/send/#env/v1": {"get": {"responses": {}}}, "/#Action=a": {"get": {"responses": {}}}}})
    assert [(problem.pointer, problem.code) for problem in api.problems if problem.code != "no-responses"] == [
        ("/paths/~1send~1#env~1v1/get", "fragment-in-path")
    ]
