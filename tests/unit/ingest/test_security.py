"""Security schemes and requirements."""

from collections.abc import Callable
from typing import Any

import pytest

from pipeline.messages import Api, SecurityScheme


def scheme(api_of: Callable[..., Api], raw: dict[str, Any], version: str = "3.0.0") -> tuple[list[SecurityScheme], list[str]]:
    document: dict[str, Any] = {
        "openapi": version,
        "paths": {"/a": {"get": {"responses": {}}}},
        "components": {"securitySchemes": {"s": raw}},
    }
    if version == "2.0":
        document = {"swagger": version, "paths": {"/a": {"get": {"responses": {}}}}, "securityDefinitions": {"s": raw}}
    api = api_of(document)
    return api.security_schemes, [problem.code for problem in api.problems]


@pytest.mark.parametrize(
    ("raw", "version", "made"),
    [
        ({"type": "basic"}, "2.0", {"type": "http", "scheme": "basic"}),
        ({"type": "http", "scheme": "Bearer"}, "3.0.0", {"type": "http", "scheme": "bearer"}),
        ({"type": "apiKey", "in": "header", "name": "X-Key"}, "2.0", {"type": "apiKey", "location": "header", "parameter": "X-Key"}),
        ({"type": "apiKey", "in": "cookie", "name": "c"}, "3.0.0", {"type": "apiKey", "location": "cookie", "parameter": "c"}),
        ({"type": "openIdConnect", "openIdConnectUrl": "http://i.example"}, "3.0.0", {"type": "openIdConnect"}),
        ({"type": "mutualTLS"}, "3.1.0", {"type": "mutualTLS"}),
        (
            {"type": "oauth2", "flow": "application", "tokenUrl": "/token", "scopes": {"b": "", "a": ""}},
            "2.0",
            {"type": "oauth2", "flows": ["clientCredentials"], "token_url": "http://test.example/token", "scopes": ["a", "b"]},
        ),
        (
            {
                "type": "oauth2",
                "flows": {"implicit": {"scopes": {"a": ""}}, "password": {"tokenUrl": "http://t.example/t", "scopes": {"b": ""}}},
            },
            "3.0.0",
            {"type": "oauth2", "flows": ["implicit", "password"], "token_url": "http://t.example/t", "scopes": ["a", "b"]},
        ),
    ],
)
def test_schemes_of_every_version_are_of_one_kind(api_of: Callable[..., Api], raw: Any, version: str, made: dict[str, Any]) -> None:
    """What 2.0 calls basic, 3.x calls http; flows have 3.x's names."""
    assert scheme(api_of, raw, version) == ([SecurityScheme(name="s", **made)], [])


@pytest.mark.parametrize(
    ("raw", "usable", "code"),
    [
        ({"type": "bearer"}, True, "unknown-scheme-type"),
        ({"type": "magic"}, False, "unknown-scheme-type"),
        ({"type": "apiKey", "in": "body", "name": "k"}, False, "bad-scheme"),
        ({"type": "http"}, False, "bad-scheme"),
    ],
)
def test_faulty_schemes_are_named(api_of: Callable[..., Api], raw: Any, usable: bool, code: str) -> None:
    """Some are clear all the same."""
    schemes, codes = scheme(api_of, raw)
    assert bool(schemes) == usable
    assert codes == [code]


def test_requirements_are_the_operations_own_or_the_documents(api_of: Callable[..., Api]) -> None:
    """An empty list asks for nothing, ``{}`` makes it optional, an unknown scheme drops its alternative."""
    get = {"responses": {}}
    api = api_of(
        {
            "openapi": "3.0.0",
            "security": [{"k": []}],
            "paths": {
                "/a": {"get": get},
                "/b": {"get": {**get, "security": []}},
                "/c": {"get": {**get, "security": [{}, {"k": ["read"], "o": ["x"]}, {"unknown": []}]}},
            },
            "components": {"securitySchemes": {name: {"type": "http", "scheme": "basic"} for name in "ko"}},
        }
    )
    assert [operation.security for operation in api.operations] == [[{"k": []}], [], [{}, {"k": ["read"], "o": ["x"]}]]
    assert [problem.code for problem in api.problems] == ["unknown-scheme"]
