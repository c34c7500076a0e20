"""Parameters of every version."""

from collections.abc import Callable
from typing import Any

import pytest

from pipeline.messages import Api, Operation, Parameter

Build = Callable[..., Operation]


def parameter(build: Build, raw: dict[str, Any], **options: Any) -> Parameter:
    path = "/thing/{id}" if raw["in"] == "path" else "/thing"
    return build({"parameters": [raw]}, path=path, **options).parameters[0]


@pytest.mark.parametrize(
    ("location", "style", "explode"),
    [("path", "simple", False), ("query", "form", True), ("header", "simple", False), ("cookie", "form", True)],
)
def test_style_and_explode_have_their_defaults(operation_of: Build, location: str, style: str, explode: bool) -> None:
    """OpenAPI 3.1, 4.8.12: form for query and cookie, exploded; simple for path and header."""
    made = parameter(operation_of, {"name": "id", "in": location, "schema": {"type": "string"}})
    assert (made.style, made.explode, made.required) == (style, explode, location == "path")


@pytest.mark.parametrize("style", ["spaceDelimited", "pipeDelimited", "deepObject"])
def test_other_styles_are_not_exploded_by_default(operation_of: Build, style: str) -> None:
    """Only form is; explode is taken as given."""
    raw = {"name": "id", "in": "query", "style": style, "schema": {"type": "array"}}
    assert parameter(operation_of, raw).explode is False
    assert parameter(operation_of, {**raw, "explode": True, "allowReserved": True}).explode is True


@pytest.mark.parametrize(
    ("collection_format", "style", "explode"),
    [
        ("csv", "form", False),
        ("ssv", "spaceDelimited", False),
        ("pipes", "pipeDelimited", False),
        ("multi", "form", True),
        (None, "form", False),
    ],
)
def test_collection_formats_are_styles(operation_of: Build, collection_format: str | None, style: str, explode: bool) -> None:
    """OpenAPI 2.0 has other words for how an array is written."""
    raw = {"name": "id", "in": "query", "type": "array", "items": {"type": "string"}, "collectionFormat": collection_format}
    made = parameter(operation_of, {key: value for key, value in raw.items() if value}, version="2.0")
    assert (made.style, made.explode) == (style, explode)
    assert made.schema == {"items": {"type": "string"}, "type": "array"}


def test_a_parameter_of_2_0_is_its_own_schema(operation_of: Build) -> None:
    """Its keywords are the schema's; ``required`` and ``in`` are not."""
    raw = {"name": "id", "in": "query", "required": True, "type": "integer", "maximum": 5, "x-example": 3, "allowEmptyValue": True}
    made = parameter(operation_of, raw, version="2.0")
    assert made.schema == {"maximum": 5, "type": "integer"}
    assert (made.required, made.examples, made.allow_empty_value) == (True, [3], True)


def test_content_says_the_media_type(operation_of: Build) -> None:
    """A parameter may be JSON inside a query."""
    raw = {"name": "id", "in": "query", "content": {"application/json": {"schema": {"type": "object"}}}}
    made = parameter(operation_of, raw)
    assert (made.media_type, made.schema) == ("application/json", {"type": "object"})


def test_examples_are_values_in_order_of_their_names(operation_of: Build, api_of: Callable[..., Api]) -> None:
    """``example`` first, then ``examples`` with references followed; externalValue is no value."""
    examples = {"b": {"value": 2}, "a": {"$ref": "#/components/examples/One"}, "c": {"externalValue": "http://x.example"}}
    raw = {"name": "id", "in": "query", "schema": {}, "example": 0, "examples": examples}
    made = parameter(operation_of, raw, components={"examples": {"One": {"value": 1}}})
    assert made.examples == [0, 1, 2]


def test_the_parameters_of_the_path_are_merged_and_the_operations_win(api_of: Callable[..., Api]) -> None:
    """Identity is name and place together."""
    path_level = [{"name": "a", "in": "query", "schema": {"type": "string"}}, {"name": "b", "in": "query", "schema": {"type": "string"}}]
    own = [{"name": "a", "in": "query", "schema": {"type": "integer"}}, {"$ref": "#/components/parameters/H"}]
    api = api_of(
        {
            "openapi": "3.0.0",
            "paths": {"/t": {"parameters": path_level, "get": {"parameters": own, "responses": {}}}},
            "components": {"parameters": {"H": {"name": "a", "in": "header", "schema": {"type": "boolean"}}}},
        }
    )
    made = [(each.location, each.name, each.schema["type"]) for each in api.operations[0].parameters]
    assert made == [("header", "a", "boolean"), ("query", "a", "integer"), ("query", "b", "string")]
    assert api.problems == []


@pytest.mark.parametrize("name", ["Accept", "content-type", "Authorization"])
def test_headers_that_others_say_are_no_parameters(operation_of: Build, name: str) -> None:
    """OpenAPI 3.1, 4.8.12.1: bodies, answers and identities decide them."""
    assert operation_of({"parameters": [{"name": name, "in": "header", "schema": {}}]}).parameters == []


@pytest.mark.parametrize(
    ("path", "raw", "names", "code"),
    [
        ("/t/{id}", [], ["id"], "undeclared-parameter"),
        ("/t", [{"name": "id", "in": "path"}], [], "unused-parameter"),
        ("/t/{petId}", [{"name": "id", "in": "path", "schema": {"type": "integer"}}], ["petId"], "renamed-parameter"),
        ("/t", [{"name": "q", "in": "body"}], [], "bad-parameter"),
        ("/t", [{"in": "query"}], [], "bad-parameter"),
        ("/t", ["text"], [], "not-an-object"),
        ("/t", [{"$ref": "#/nowhere"}], [], "unresolved-ref"),
        ("/t", [{"name": "a b", "in": "header", "schema": {}}], [], "bad-header-name"),
        ("/t", [{"name": "a\r\nb", "in": "header", "schema": {}}], [], "bad-header-name"),
        ("/t", [{"name": "q", "in": "query", "type": "string"}], ["q"], "no-schema"),
        ("/t", [{"name": "q", "in": "query", "schema": {}, "style": "matrix"}], ["q"], "bad-style"),
        ("/t", [{"name": "q", "in": "query", "schema": {}, "required": "true"}], ["q"], "not-boolean"),
        ("/t", [{"name": "q", "in": "query", "schema": {}}] * 2, ["q"], "duplicate-parameter"),
        ("/t", {"name": "q"}, [], "not-a-list"),
    ],
)
def test_faulty_parameters_are_mended_or_left_out_and_named(
    api_of: Callable[..., Api], path: str, raw: Any, names: list[str], code: str
) -> None:
    """The operation stays usable whatever stands among its parameters."""
    if code == "bad-parameter" and raw[0].get("in") == "body":
        raw[0]["in"] = "bodi"
    api = api_of({"openapi": "3.0.0", "paths": {path: {"get": {"parameters": raw, "responses": {}}}}})
    assert [each.name for each in api.operations[0].parameters] == names
    assert [problem.code for problem in api.problems] == [code]


def test_names_with_control_characters_are_borne_where_they_can_be_written(operation_of: Build) -> None:
    """A query or path can carry any name percent-encoded."""
    made = operation_of({"parameters": [{"name": "a\x00\n", "in": "query", "schema": {}}]}, path="/t/{x\x00}")
    assert [each.name for each in made.parameters] == ["x\x00", "a\x00\n"]


def test_a_renamed_path_parameter_keeps_what_was_declared(operation_of: Build) -> None:
    """One name is wrong on one side: the schema is not lost for it."""
    made = parameter(operation_of, {"name": "petId", "in": "path", "schema": {"type": "integer"}})
    assert (made.name, made.schema) == ("id", {"type": "integer"})


def test_a_body_parameter_in_openapi_3_is_a_problem(api_of):
    """It belongs to 2.0; left out without a word, the operation would be tested without its body."""
    parameters = [{"name": "b", "in": "body", "schema": {}}, {"name": "f", "in": "formData", "type": "string"}]
    api = api_of({"openapi": "3.0.0", "paths": {"/a": {"post": {"parameters": parameters, "responses": {"200": {"description": ""}}}}}})
    assert [(problem.pointer, problem.code) for problem in api.problems] == [
        ("/paths/~1a/post/parameters/0", "bad-parameter"),
        ("/paths/~1a/post/parameters/1", "bad-parameter"),
    ]


def test_a_collection_format_that_cannot_be_kept_is_a_problem(api_of):
    """Pipes in a path have no style in OpenAPI 3; a server that wants them gets commas, and the owner should know."""
    ids = {"name": "ids", "in": "path", "required": True, "type": "array", "items": {"type": "integer"}, "collectionFormat": "pipes"}
    api = api_of({"swagger": "2.0", "paths": {"/a/{ids}": {"get": {"parameters": [ids], "responses": {"200": {"description": ""}}}}}})
    assert [(problem.pointer, problem.code) for problem in api.problems] == [("/paths/~1a~1{ids}/get/parameters/0", "bad-style")]


def test_a_form_field_beside_a_body_is_a_problem(api_of):
    """OpenAPI 2.0, 4.3.9.2: they cannot exist together."""
    parameters = [{"in": "body", "name": "b", "schema": {}}, {"in": "formData", "name": "f", "type": "string"}]
    api = api_of({"swagger": "2.0", "paths": {"/a": {"post": {"parameters": parameters, "responses": {"200": {"description": ""}}}}}})
    assert [(problem.pointer, problem.code) for problem in api.problems] == [("/paths/~1a/post/parameters/1", "bad-parameter")]


@pytest.mark.parametrize("name", ["Content-Length", "host", "Connection", "Transfer-Encoding", "EXPECT", "Upgrade"])
def test_what_the_client_says_is_no_parameter(api_of: Callable[..., Api], name: str) -> None:
    """RFC 9110, 7.6.1; it is told, and the other parameters stay."""
    parameters = [{"name": name, "in": "header", "schema": {"type": "string"}}, {"name": "q", "in": "query", "schema": {}}]
    api = api_of({"openapi": "3.0.3", "paths": {"/thing": {"get": {"parameters": parameters, "responses": {}}}}})
    assert [parameter.name for parameter in api.operations[0].parameters] == ["q"]
    assert [(problem.code, problem.pointer) for problem in api.problems if problem.code == "client-header"] == [
        ("client-header", "/paths/~1thing/get/parameters/0")
    ]


@pytest.mark.parametrize(("name", "kept"), [("Host", []), ("Content-Length", []), ("Upgrade", ["Upgrade"]), ("Expect", ["Expect"])])
def test_a_required_header_that_no_request_has_is_kept(operation_of: Build, name: str, kept: list[str]) -> None:
    """Agents must know that nothing they make is valid."""
    raw = {"name": name, "in": "header", "required": True, "schema": {"type": "string"}}
    assert [parameter.name for parameter in operation_of({"parameters": [raw]}).parameters] == kept


def test_header_names_that_differ_in_case_are_one(api_of: Callable[..., Api]) -> None:
    """RFC 9110, 5.1: the last one counts, that of the operation before that of the path; queries are told apart by case."""
    kinds = [("X-Id", "string"), ("x-id", "integer"), ("X-ID", "boolean")]
    one, other, third = ({"name": name, "in": "header", "schema": {"type": kind}} for name, kind in kinds)
    queries = [{"name": name, "in": "query", "schema": {"type": "string"}} for name in ("a", "A")]
    paths = {"/thing": {"parameters": [one], "get": {"parameters": [other, third, *queries], "responses": {}}}}
    api = api_of({"openapi": "3.0.3", "paths": paths})
    assert [(parameter.name, parameter.schema) for parameter in api.operations[0].parameters] == [
        ("X-ID", {"type": "boolean"}),
        ("A", {"type": "string"}),
        ("a", {"type": "string"}),
    ]
    assert [(problem.code, problem.pointer) for problem in api.problems if problem.code == "duplicate-parameter"] == [
        ("duplicate-parameter", "/paths/~1thing/get/parameters/1")
    ]


def test_an_enum_without_values_allows_no_parameter(operation_of: Build) -> None:
    """Not even in 2.0, where the parameter itself is the schema."""
    assert parameter(operation_of, {"name": "q", "in": "query", "type": "string", "enum": []}, version="2.0").schema is False


@pytest.mark.parametrize(("count", "told"), [(20, []), (21, ["21 examples stand here; the first 20 are taken"])])
def test_examples_past_the_first_twenty_are_told(api_of: Callable[..., Api], count: int, told: list[str]) -> None:
    """They are in the order of their names."""
    examples = {f"e{number:02}": {"value": number} for number in range(count)}
    raw = {"name": "q", "in": "query", "schema": {"type": "integer"}, "examples": examples}
    api = api_of({"openapi": "3.0.3", "paths": {"/thing": {"get": {"parameters": [raw], "responses": {}}}}})
    assert api.operations[0].parameters[0].examples == list(range(20))
    assert [problem.message for problem in api.problems if problem.code == "many-examples"] == told
