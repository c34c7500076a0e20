"""Examples that violate their own schema are problems of the document."""

import json

from stages.ingest import parse_api


def problems(parameter=None, body=None, schemas=None):
    operation = {"responses": {"200": {"description": "fine"}}}
    if parameter:
        operation["parameters"] = [{"name": "q", "in": "query", **parameter}]
    if body:
        operation["requestBody"] = {"content": {"application/json": body}}
    document = {
        "openapi": "3.1.0",
        "info": {"title": "t", "version": "1"},
        "paths": {"/a": {"post": operation}},
        "components": {"schemas": schemas or {}},
    }
    return [(problem.code, problem.pointer, problem.message) for problem in parse_api(json.dumps(document).encode(), "api.json").problems]


def test_a_parameter() -> None:
    """The place is where the example stands; valid ones are no problem."""
    [(code, pointer, message)] = problems(
        {"schema": {"type": "integer", "minimum": 3}, "examples": {"one": {"value": 1}, "five": {"value": 5}}}
    )
    assert code == "wrong-example"
    assert pointer == "/paths/~1a/post/parameters/0"
    assert "1 is less than the minimum of 3" in message


def test_a_body_by_reference() -> None:
    """Shared schemas are followed, and the fault inside of the value is named."""
    pet = {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}, "next": {"$ref": "#/components/schemas/Pet"}}}
    body = {"schema": {"$ref": "#/components/schemas/Pet"}, "example": {"name": "a", "next": {"name": 7}}}
    [(code, _, message)] = problems(body=body, schemas={"Pet": pet})
    assert code == "wrong-example"
    assert "at next/name" in message
    assert problems(body={**body, "example": {"name": "a", "next": {"name": "b"}}}, schemas={"Pet": pet}) == []


def test_what_requests_do_not_see_is_not_missed() -> None:
    """A required read-only property may be absent from the example of a request."""
    pet = {"type": "object", "required": ["id"], "properties": {"id": {"type": "integer", "readOnly": True}}}
    assert problems(body={"schema": {"$ref": "#/components/schemas/Pet"}, "example": {}}, schemas={"Pet": pet}) == []


def test_the_example_is_kept() -> None:
    """It is told, not dropped."""
    parameter = {"name": "q", "in": "query", "schema": {"type": "integer"}, "example": "x"}
    document = {
        "openapi": "3.1.0",
        "info": {"title": "t", "version": "1"},
        "paths": {"/a": {"get": {"parameters": [parameter], "responses": {}}}},
    }
    api = parse_api(json.dumps(document).encode(), "api.json")
    assert api.operations[0].parameters[0].examples == ["x"]
    assert "wrong-example" in [problem.code for problem in api.problems]
