"""Base URLs."""

from collections.abc import Callable
from typing import Any

import pytest

from pipeline.messages import Api

PATHS = {"/a": {"get": {"responses": {}}}}
WEB = "http://test.example:8080/docs/openapi.json"


@pytest.mark.parametrize(
    ("top", "source", "servers"),
    [
        (
            {"servers": [{"url": "https://a.example/v1/"}, {"url": "/v2"}, {"url": "v3"}]},
            WEB,
            ["https://a.example/v1", "http://test.example:8080/v2", "http://test.example:8080/docs/v3"],
        ),
        ({}, WEB, ["http://test.example:8080"]),
        ({}, "openapi.json", []),
        ({"servers": [{"url": "/v1"}]}, "openapi.json", ["/v1"]),
        ({"servers": [{"url": "//b.example/x"}]}, "openapi.json", ["https://b.example/x"]),
        (
            {
                "servers": [
                    {
                        "url": "https://{host}:{port}/{v}",
                        "variables": {
                            "host": {"default": "h.example"},
                            "port": {"enum": ["1", "2"]},
                            "v": {"default": "v1", "enum": ["v1", "v2"]},
                        },
                    }
                ]
            },
            WEB,
            ["https://h.example:1/v1"],
        ),
        (
            {
                "servers": [
                    {"url": "ftp://x.example"},
                    {"url": "http://"},
                    {"url": "https://{missing}"},
                    {"url": "http://[::1"},
                    {"url": "http://h.example:99999"},
                    "text",
                ]
            },
            "d.json",
            [],
        ),
    ],
)
def test_servers_of_3_x(api_of: Callable[..., Api], top: dict[str, Any], source: str, servers: list[str]) -> None:
    """Variables by their defaults, relative addresses against the document's, faulty ones left out."""
    assert api_of({"openapi": "3.0.0", "paths": PATHS, **top}, source).servers == servers


@pytest.mark.parametrize(
    ("top", "source", "servers"),
    [
        (
            {"host": "h.example", "basePath": "/v1/", "schemes": ["https", "http", "ws"]},
            WEB,
            ["https://h.example/v1", "http://h.example/v1"],
        ),
        ({"host": "h.example"}, WEB, ["http://h.example"]),
        ({"host": "h.example"}, "d.json", ["https://h.example"]),
        ({"basePath": "/v1"}, WEB, ["http://test.example:8080/v1"]),
        ({"basePath": "/v1"}, "d.json", ["/v1"]),
        ({"host": "http://h.example/"}, "d.json", ["http://h.example"]),
        ({}, "d.json", []),
    ],
)
def test_servers_of_2_0(api_of: Callable[..., Api], top: dict[str, Any], source: str, servers: list[str]) -> None:
    """Schemes, host and basePath; what is missing comes from the document's own address."""
    assert api_of({"swagger": "2.0", "paths": PATHS, **top}, source).servers == servers


def test_an_operation_may_have_a_server_of_its_own(api_of: Callable[..., Api]) -> None:
    """Its own before its path's."""
    paths = {
        "/a": {
            "servers": [{"url": "https://p.example"}],
            "get": {"responses": {}},
            "post": {"servers": [{"url": "https://o.example/x"}], "responses": {}},
        }
    }
    assert [each.server for each in api_of({"openapi": "3.0.0", "paths": paths}).operations] == ["https://p.example", "https://o.example/x"]
