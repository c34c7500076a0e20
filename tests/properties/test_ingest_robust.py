"""Whatever bytes come, ingest answers with an Api or with one DocumentError."""

import copy
import json
from typing import Any

import jsonschema_rs
import msgspec
from hypothesis import given
from hypothesis import strategies as st
from msgspec.msgpack import Ext

from pipeline.errors import DocumentError
from pipeline.messages import Api
from stages.ingest import parse_api
from stages.ingest.yamltext import read_yaml

REF = {"$ref": "#/components/schemas/Pet"}
V3: dict[str, Any] = {
    "openapi": "3.0.3",
    "info": {"title": "t", "version": "1"},
    "servers": [{"url": "https://{h}/v1", "variables": {"h": {"default": "a.example"}}}],
    "security": [{"key": []}],
    "paths": {
        "/pets": {
            "parameters": [{"$ref": "#/components/parameters/P"}],
            "post": {
                "operationId": "add",
                "tags": ["a"],
                "requestBody": {
                    "required": True,
                    "content": {"multipart/form-data": {"schema": REF, "encoding": {"id": {"style": "form"}}}},
                },
                "responses": {
                    "201": {
                        "headers": {"X": {"schema": {"type": "string"}}},
                        "content": {"application/json": {"schema": REF, "examples": {"a": {"value": 1}}}},
                        "links": {"l": {"operationId": "one", "parameters": {"id": "$response.body#/id"}}},
                    }
                },
            },
        },
        "/pets/{id}": {
            "get": {
                "operationId": "one",
                "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "integer"}}],
                "responses": {"default": {}},
            }
        },
    },
    "components": {
        "parameters": {
            "P": {"name": "q", "in": "query", "style": "form", "explode": False, "schema": {"type": "array", "items": {}}, "example": ["a"]}
        },
        "schemas": {
            "Pet": {
                "type": "object",
                "required": ["id"],
                "discriminator": {"propertyName": "kind", "mapping": {"c": "Cat"}},
                "properties": {
                    "id": {"type": "integer", "readOnly": True, "minimum": 1, "exclusiveMinimum": True},
                    "kind": {"type": "string"},
                },
            },
            "Cat": {"allOf": [REF, {"properties": {"friend": {"oneOf": [REF, {"type": "string", "pattern": "^a$", "enum": ["a"]}]}}}]},
        },
        "securitySchemes": {
            "key": {"type": "apiKey", "in": "header", "name": "K"},
            "o": {"type": "oauth2", "flows": {"password": {"tokenUrl": "/t", "scopes": {"s": ""}}}},
        },
    },
}
V2: dict[str, Any] = {
    "swagger": "2.0",
    "host": "a.example",
    "basePath": "/v1",
    "schemes": ["https"],
    "consumes": ["application/json"],
    "paths": {
        "/pets/{id}": {
            "put": {
                "parameters": [
                    {"name": "id", "in": "path", "required": True, "type": "string"},
                    {"name": "f", "in": "formData", "type": "file"},
                    {"name": "t", "in": "formData", "type": "array", "items": {"type": "string"}, "collectionFormat": "multi"},
                ],
                "produces": ["text/csv"],
                "responses": {
                    "200": {"schema": {"$ref": "#/definitions/Pet"}, "examples": {"text/csv": "a"}, "headers": {"X": {"type": "string"}}}
                },
                "security": [{"b": []}],
            },
            "post": {"parameters": [{"name": "b", "in": "body", "schema": {"$ref": "#/definitions/Pet"}}], "responses": {"200": {}}},
        }
    },
    "definitions": {"Pet": {"type": "object", "discriminator": "kind", "properties": {"kind": {"type": "string"}}}},
    "securityDefinitions": {"b": {"type": "basic"}},
}
ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.sampled_from([0, -1, 2**70, 1.5, "", "x", "#/", "#/components", "#", "\x00", "{", "http://[", "a b", "\U0001f600", "\ud800"]),
    st.sampled_from(
        [[], {}, [None], [{}], {"": None}, {"$ref": "#/paths"}, {"$ref": 3}, {"type": "object"}, [["a"]], {"x": {"$ref": "#"}}]
    ),
)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [found for key, child in items for found in [(*path, key), *places(child, (*path, key))]]


def plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, Ext):
        return {1: int, 2: float}.get(value.code, repr)(bytes(value.data))
    return value


def check(api: Api) -> None:
    """What any Api must be: encodable, its schemas compile, its operations are complete."""
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(api), type=Api) == api
    defs = {name: plain(schema) for name, schema in api.schemas.items()}
    validator = jsonschema_rs.Draft202012Validator({"$defs": defs, "anyOf": [{"$ref": f"#/$defs/{name}"} for name in defs] or [True]})
    for instance in ({"kind": "c"}, [], "a", None):
        validator.is_valid(instance)
    for operation in api.operations:
        assert operation.group
        assert {each.name for each in operation.parameters if each.location == "path"} == {
            slot.split("}")[0] for slot in operation.path.split("{")[1:] if "}" in slot
        } or "{" not in operation.path


def check_outcome(data: bytes) -> None:
    """An Api as it must be, or one line that names the document; any other exception fails the test."""
    try:
        outcome: Api | str = parse_api(data, "http://t.example/d")
    except DocumentError as error:
        outcome = str(error)
    if isinstance(outcome, str):
        assert outcome.startswith("http://t.example/d: ")
        assert "\n" not in outcome
    else:
        check(outcome)


@given(st.data())
def test_any_part_may_be_anything(data: st.DataObject) -> None:
    """Parts of a good document replaced at random: an Api, or a DocumentError of one line."""
    document = copy.deepcopy(data.draw(st.sampled_from([V2, V3])))
    for _ in range(data.draw(st.integers(1, 3))):
        path = data.draw(st.sampled_from(places(document)))
        holder = document
        for step in path[:-1]:
            holder = holder[step]
        holder[path[-1]] = copy.deepcopy(data.draw(ODD))
    check_outcome(json.dumps(document).encode())


@given(st.binary(max_size=200))
def test_any_bytes_are_refused_or_understood(data: bytes) -> None:
    """No bytes lead to another exception."""
    for prefix in (b"", b"{", b'{"openapi": "3.0.0", "paths": {"/a": ', b"openapi: 3.0.0\npaths:\n  /a: "):
        check_outcome(prefix + data)


@given(st.text(alphabet=st.sampled_from("ab:-[]{},&*<!|>'\"#? \n\t~1.e%@`"), max_size=60))
def test_any_text_is_read_as_yaml_without_an_exception(text: str) -> None:
    """A value or faults with places inside the text, and never both nothing."""
    document = read_yaml(text)
    assert document.complete or document.faults
    for fault in document.faults:
        assert 1 <= fault.line <= text.count("\n") + 2
        assert fault.column >= 1
