"""An API of pets and what stands around it, for the tests of execute."""

from collections.abc import Callable
from typing import Any

import pytest

from pipeline.messages import Api, Argument, Case, MediaType, Operation, Output, Parameter, Reply, RequestBody, Response, Slot, Step, Trial

ID = Parameter(name="petId", location="path", required=True)


def _operation(key: str, **more: Any) -> Operation:
    method, path = key.split(" ", 1)
    return Operation(key=key, method=method, path=path, **more)


@pytest.fixture
def pets() -> Api:
    """A collection, its objects, and what lies below them."""
    json = MediaType(media_type="application/json")
    slot = Slot(place="path/petId", resource="/pets", fields=["petId", "id"])
    return Api(
        digest="0",
        operations=[
            _operation("GET /pets", parameters=[Parameter(name="limit", location="query", style="form", explode=True)]),
            _operation(
                "POST /pets",
                body=RequestBody(content=[json]),
                outputs=[Output(resource="/pets", made=True)],
                remover="DELETE /pets/{petId}",
                responses=[
                    Response(status="201", content=[json]),
                    Response(status="default", content=[MediaType(media_type="text/plain")]),
                ],
            ),
            _operation("GET /pets/{petId}", parameters=[ID], slots=[slot]),
            _operation("PUT /pets/{petId}", parameters=[ID], slots=[slot], body=RequestBody(content=[json])),
            _operation("PATCH /pets/{petId}", parameters=[ID], slots=[slot]),
            _operation("DELETE /pets/{petId}", parameters=[ID], slots=[slot]),
            _operation("POST /pets/{petId}/photos", parameters=[ID]),
            _operation("DELETE /pets/{petId}/photos/{photoId}", parameters=[ID, Parameter(name="photoId", location="path", required=True)]),
            _operation("POST /login"),
        ],
    )


@pytest.fixture
def trial() -> Callable[..., Trial]:
    """Makes a trial of steps; keywords are the trial's own fields."""

    def make(*steps: Step, **more: Any) -> Trial:
        case = Case(operation=steps[-1].operation, ordinal=0, title="", steps=list(steps))
        return Trial(**{"ordinal": 0, "agent": "a", "digest": "0", "case": case} | more)

    return make


@pytest.fixture
def reply() -> Callable[..., Reply]:
    """Makes an answer; keywords are headers."""

    def make(status: int, body: bytes = b"", **headers: str) -> Reply:
        return Reply(status=status, body=body, headers=[(name.replace("_", "-"), value) for name, value in headers.items()])

    return make


@pytest.fixture
def pet_id() -> Callable[[Any], list[Argument]]:
    return lambda value: [Argument(location="path", name="petId", value=value)]
