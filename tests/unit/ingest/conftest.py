"""Small documents and what ingest makes of them."""

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from pipeline.messages import Api, Operation
from stages.ingest import parse_api

Document = dict[str, Any]


@pytest.fixture
def api_of() -> Callable[..., Api]:
    """Normalises a document given as a dict; ``source`` is where it is said to come from."""

    def build(document: Document, source: str = "http://test.example/docs/openapi.json") -> Api:
        return parse_api(msgspec.json.encode(document), source)

    return build


@pytest.fixture
def operation_of(api_of: Callable[..., Api]) -> Callable[..., Operation]:
    """The one operation of a document that has only it: ``GET /thing`` of OpenAPI 3.0 unless said otherwise."""

    def build(operation: Document, *, version: str = "3.0.3", path: str = "/thing", method: str = "get", **top: Any) -> Operation:
        key = "swagger" if version == "2.0" else "openapi"
        document = {key: version, "paths": {path: {method: {"responses": {}, **operation}}}, **top}
        return api_of(document).operations[0]

    return build


@pytest.fixture
def schema_of(api_of: Callable[..., Api]) -> Callable[..., Any]:
    """The translation of one schema ``S``, beside others, of OpenAPI 3.0 unless said otherwise."""

    def build(schema: Any, *, version: str = "3.0.3", **others: Any) -> Any:
        schemas = {"S": schema, **others}
        document = {"openapi": version, "paths": {"/s": {"get": {"responses": {}}}}, "components": {"schemas": schemas}}
        if version == "2.0":
            document = {"swagger": "2.0", "paths": {"/s": {"get": {"responses": {}}}}, "definitions": schemas}
        return api_of(document).schemas["S"]

    return build
