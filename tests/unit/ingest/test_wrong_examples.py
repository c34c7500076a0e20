"""Examples that violate their own schema are problems of the document."""

import json

from stages.ingest import parse_api, wrong_examples


def problems(parameter=None, body=None, schemas=None, answer=None):
    operation = {"responses": {"200": {"description": "fine", "content": answer or {}}}}
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


def test_a_default() -> None:
    """Named where it stands, also by reference; a right one is no problem, nor one beside a wrong example."""
    [(code, pointer, message)] = problems({"schema": {"type": "integer", "minimum": 5, "default": 2}})
    assert (code, pointer) == ("wrong-default", "/paths/~1a/post/parameters/0/schema")
    assert message.startswith("the default is not allowed by its own schema: 2 is less than the minimum of 5")
    size = {"type": "object", "properties": {"n": {"enum": ["a", "b"], "default": "c"}}}
    [(code, pointer, _)] = problems(body={"schema": {"$ref": "#/components/schemas/Size"}}, schemas={"Size": size})
    assert (code, pointer) == ("wrong-default", "/components/schemas/Size/properties/n")
    assert problems({"schema": {"type": "integer", "minimum": 5, "default": 5}}) == []
    [(code, _, _)] = problems({"schema": {"type": "integer", "minimum": 5, "default": 7, "examples": [2]}})
    assert code == "wrong-example"


def test_values_of_an_enum():
    """One problem for all of them, with the first fault; what only one side lacks is none, nor what the rest allows."""
    size = {"type": "string", "enum": ["s", 5, None, "medium"], "maxLength": 3}
    [(code, pointer, message)] = problems(body={"schema": {"$ref": "#/components/schemas/Size"}}, schemas={"Size": size})
    assert (code, pointer) == ("wrong-enum", "/components/schemas/Size")
    assert message == '3 of 4 values of its enum are not allowed by the rest of the schema: 5 is not of type "string"'
    [(code, _, message)] = problems({"schema": {"const": 3, "minimum": 4}})
    assert (code, message) == ("wrong-enum", "its const is not allowed by the rest of the schema: 3 is less than the minimum of 4")
    for schema in (
        {"enum": [1, "a", None]},
        {"type": ["string", "null"], "enum": ["a", None]},
        {"type": "number", "enum": [1, 1.5, 10**30]},
    ):
        assert problems({"schema": schema}) == []
    assert problems({"schema": {"type": "object", "enum": [{"a": 1}], "properties": {"a": {"type": "integer"}}}}) == []


def test_null_among_the_values_of_a_nullable_enum_is_right():
    """In OpenAPI 3.0 ``nullable`` lets null in; without it the value is none of its type."""

    def codes(**more):
        parameter = {"name": "q", "in": "query", "schema": {"type": "string", "enum": ["a", None], **more}}
        document = {"openapi": "3.0.3", "info": {"title": "t", "version": "1"}}
        document["paths"] = {"/a": {"get": {"parameters": [parameter], "responses": {"200": {"description": "fine"}}}}}
        return [problem.code for problem in parse_api(json.dumps(document).encode(), "api.json").problems]

    assert codes() == ["wrong-enum"]
    assert codes(nullable=True) == []


def test_what_requests_do_not_see_is_not_missed() -> None:
    """A required read-only property may be absent from the example of a request."""
    pet = {"type": "object", "required": ["id"], "properties": {"id": {"type": "integer", "readOnly": True}}}
    assert problems(body={"schema": {"$ref": "#/components/schemas/Pet"}, "example": {}}, schemas={"Pet": pet}) == []


def test_an_answer() -> None:
    """Answers are judged as they must be: what only requests have is not missed. Text stands for itself where it is not JSON."""
    pet = {"type": "object", "required": ["id", "key"], "properties": {"id": {"type": "integer"}, "key": {"writeOnly": True}}}
    content = {"schema": {"$ref": "#/components/schemas/Pet"}, "examples": {"a": {"value": {"id": 1}}, "b": {"value": {"id": "1"}}}}
    [(code, pointer, message)] = problems(answer={"application/json": content}, schemas={"Pet": pet})
    assert (code, pointer) == ("wrong-example", "/paths/~1a/post/responses/200/content/application~1json")
    assert "at id" in message
    assert problems(answer={"application/xml": {"schema": pet, "example": "<pet><id>1</id></pet>"}}) == []


def test_schemas() -> None:
    """Told where they stand, once, however many lead there; what one side need not have is not missed."""
    properties = {
        "id": {"type": "integer", "readOnly": True, "example": "7"},
        "size": {"type": "string", "enum": ["small", "large"], "example": "huge"},
        "name": {"type": "string", "example": "a"},
    }
    pet = {"type": "object", "required": ["id", "size"], "properties": properties, "example": {"size": "small"}}
    reference = {"schema": {"$ref": "#/components/schemas/Pet"}}
    found = problems(body=reference, answer={"application/json": reference}, schemas={"Pet": pet})
    at = "/components/schemas/Pet/properties/"
    assert [(code, pointer) for code, pointer, _ in found] == [("wrong-example", f"{at}id"), ("wrong-example", f"{at}size")]
    [(_, pointer, _)] = problems({"schema": {"type": "array", "items": {"type": "integer", "maximum": 3, "example": 4}}})
    assert pointer == "/paths/~1a/post/parameters/0/schema/items"


def test_the_work_has_a_bound(monkeypatch) -> None:
    """A document may have any number of examples that lead to any number of schemas; what is not looked at is counted."""
    monkeypatch.setattr(wrong_examples, "MAX_WORK", 10)
    schemas = {f"S{i:02}": {"type": "integer", "maximum": 3, "example": 4} for i in range(40)}
    found = problems(schemas=schemas)
    assert 0 < len(found) < 20
    [(pointer, message)] = [(pointer, message) for code, pointer, message in found if code == "unread-examples"]
    assert (pointer, message.split()[6]) == ("", str(40 - (len(found) - 1)))
    listed = {f"S{i:02}": {"maximum": 3, "enum": [4]} for i in range(40)}
    assert [code for code, _, _ in problems(schemas=listed)].count("unread-examples") == 1


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
