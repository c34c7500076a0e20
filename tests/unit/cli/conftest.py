"""A small API as ingest would understand it."""

import pytest

from pipeline.messages import Api, Link, Operation, Output, Parameter, Problem, RequestBody, Response, SecurityScheme
from pipeline.messages import MediaType as Media


@pytest.fixture
def api() -> Api:
    """Pets, made, read, changed and removed; one operation changes something that nothing makes."""
    pet = Parameter(name="petId", location="path", required=True)
    guarded = [{"key": []}]
    return Api(
        digest="d1",
        title="Pet ${store}\x1b[31m",
        version="1.0",
        openapi="3.1.0",
        servers=["http://127.0.0.1:1", "http://other"],
        source="pets.yaml",
        problems=[Problem(pointer="/paths/~1x", message="has no responses", code="no-responses")],
        security_schemes=[
            SecurityScheme(name="key", type="apiKey", location="header", parameter="X-Key"),
            SecurityScheme(name="basic auth", type="http", scheme="basic"),
            SecurityScheme(name="token", type="http", scheme="bearer"),
            SecurityScheme(name="pw", type="oauth2", token_url="/token", flows=["password"], scopes=["a:b"]),
            SecurityScheme(name="machine", type="oauth2", token_url="https://h/token", flows=["clientCredentials"]),
            SecurityScheme(name="oidc", type="openIdConnect"),
            SecurityScheme(name="mtls", type="mutualTLS"),
            SecurityScheme(name="proof", type="http", scheme="DPoP"),
            SecurityScheme(name="Key.", type="apiKey", location="query", parameter="key"),
            SecurityScheme(name="鍵", type="http", scheme="bearer"),
            SecurityScheme(name="2", type="http", scheme="bearer"),
            SecurityScheme(name="on", type="http", scheme="bearer"),
        ],
        operations=[
            Operation(
                key="DELETE /pets/{petId}",
                method="DELETE",
                path="/pets/{petId}",
                parameters=[pet],
                level=1,
                maker="POST /pets",
                resource="/pets",
            ),
            Operation(key="GET /pets", method="GET", path="/pets", resource="/pets", security=[{}]),
            Operation(
                key="GET /pets/{petId}", method="GET", path="/pets/{petId}", parameters=[pet], level=1, maker="POST /pets", resource="/pets"
            ),
            Operation(
                key="POST /pets",
                method="POST",
                path="/pets",
                resource="/pets",
                body=RequestBody(content=[Media(media_type="application/json")], required=True),
                outputs=[Output(resource="/pets", made=True)],
                remover="DELETE /pets/{petId}",
                security=guarded,
                responses=[
                    Response(
                        status="201", links=[Link(name="read", operation="GET /pets/{petId}"), Link(name="list", operation="GET /pets")]
                    )
                ],
            ),
            Operation(key="PUT /settings", method="PUT", path="/settings", security=guarded),
        ],
    )
