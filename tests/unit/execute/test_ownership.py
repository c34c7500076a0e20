"""What answers tell of making and removing."""

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from pipeline.messages import Api, Argument, Body, Made, Operation, Parameter, Reply, Request, Step
from stages.execute.experiment import Call
from stages.execute.outgoing import Outgoing
from stages.execute.ownership import Ownership, was_removed

BASE = "http://127.0.0.1:8000/v1"
Answering = Callable[..., Reply]


class Asked:
    """Asks what an answered request has made."""

    def __init__(self, api: Api) -> None:
        self.ownership = Ownership(api, BASE)
        self.operations = {operation.key: operation for operation in api.operations}

    def __call__(
        self, key: str, target: str, reply: Reply, *, body: Any = None, arguments: list[Argument] | None = None, was_vacant: bool = False
    ) -> Made | None:
        method = key.split(" ", maxsplit=1)[0]
        sent = Body(media_type="application/json", value=body) if body is not None else None
        call = Call(Step(name="s", operation=key), arguments or [], sent)
        request = Outgoing(method, "http://127.0.0.1:8000", f"/v1{target}", [], None, Request(method=method, url=""))
        return self.ownership.made(self.operations[key], request, call, reply, was_vacant=was_vacant)


@pytest.fixture
def made(pets: Api) -> Asked:
    return Asked(pets)


def pet(identifier: Any) -> Made:
    argument = Argument(location="path", name="petId", value=identifier)
    return Made(path=f"/pets/{identifier}", operation="POST /pets", remover="DELETE /pets/{petId}", arguments=[argument])


@pytest.mark.parametrize("location", ["/v1/pets/7", "http://127.0.0.1:8000/v1/pets/7", "pets/7", "/v1/pets/7/", "/v1/pets/%37?x=1"])
def test_a_location_names_what_201_made(made: Asked, reply: Answering, location: str) -> None:
    """The Location of a 201, absolute or relative, is the object; its remover and arguments come from the matching path."""
    assert made("POST /pets", "/pets", reply(201, Location=location)) == pet("7")


@pytest.mark.parametrize(
    "location",
    ["/", "/v1", "/v1/pets", "http://elsewhere/v1/pets/7", "/v1/login", "/v1/pets/../x", "//elsewhere/v1/pets/7", "http://[", "/v2/pets/7"],
)
def test_a_location_must_be_a_new_object_of_the_target(made: Asked, reply: Answering, location: str) -> None:
    """The collection, what is above it, another origin and paths that the document does not know make nothing."""
    assert made("POST /pets", "/pets", reply(201, Location=location)) is None


def test_a_location_elsewhere_must_be_what_the_remover_removes(made: Asked, reply: Answering) -> None:
    """Below the collection a Location counts as it is; elsewhere only at the path that the document's remover takes."""
    assert made("POST /login", "/login", reply(201, Location="/v1/pets/7")) is None
    assert made("POST /pets/{petId}/photos", "/pets/5/photos", reply(201, Location="/v1/pets/7")) is None
    assert made("POST /pets", "/pets/import", reply(201, Location="/v1/pets/7")) == pet("7")
    assert made("POST /login", "/login", reply(201, Location="/v1/login/3")) == Made(path="/login/3", operation="POST /login")


def test_the_body_names_what_was_made(made: Asked, reply: Answering) -> None:
    """Without a Location the id of the answered object is taken, by the fields that the item's slot names."""
    assert made("POST /pets", "/pets", reply(201, b'{"id": 7, "name": "x"}')) == pet(7)
    assert made("POST /pets", "/pets", reply(200, b'{"petId": "a b", "id": 7}')) == pet("a b")
    assert made("POST /pets", "/pets", reply(202, b'{"id": "7"}')) == pet("7")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"no json",
        b"[]",
        b"null",
        b'{"name": 1}',
        b'{"id": null}',
        b'{"id": ""}',
        b'{"id": {}}',
        b'{"id": ".."}',
        b'{"id": "a/b"}',
        b'{"id": true}',
    ],
)
def test_an_answer_without_a_usable_id_makes_nothing(made: Asked, reply: Answering, body: bytes) -> None:
    """No id, or one that would not name one object below the collection."""
    assert made("POST /pets", "/pets", reply(201, body)) is None


def test_an_id_from_the_request_is_no_proof(made: Asked, reply: Answering) -> None:
    """A 200 that repeats the id sent may show what was there before; a 201 says that it was not."""
    answer = b'{"id": 7}'
    assert made("POST /pets", "/pets", reply(200, answer), body={"data": [{"id": 7}]}) is None
    assert made("POST /pets", "/pets", reply(201, answer), body={"id": 7}) == pet(7)
    assert made("POST /pets", "/pets", reply(200, answer), body={"id": 8}) == pet(7)


@pytest.fixture
def shelf_made(pets: Api) -> Asked:
    """POST /shelves, GET and DELETE /shelves/{name}, where names are plain texts."""
    name = Parameter(name="name", location="path", required=True, schema={"type": "string"})
    shelves = [Operation(key="POST /shelves", method="POST", path="/shelves", remover="DELETE /shelves/{name}")]
    shelves += [
        Operation(key=f"{method} /shelves/{{name}}", method=method, path="/shelves/{name}", parameters=[name])
        for method in ("GET", "DELETE")
    ]
    return Asked(msgspec.structs.replace(pets, operations=[*pets.operations, *shelves]))


def test_what_201_does_not_name_the_request_has_named(shelf_made: Asked, made: Asked, reply: Answering) -> None:
    """By a plain text of the path parameter's name, where nothing in the answer could be another name of it."""

    def named(body: Any, answer: Reply) -> str:
        found = shelf_made("POST /shelves", "/shelves", answer, body=body)
        return found.path if found else ""

    assert named({"name": "oak"}, reply(201)) == named({"name": "oak"}, reply(201, b'{"data": {}}')) == "/shelves/oak"
    for body in ({"name": 7}, {"name": "7"}, {"title": "oak"}, ["oak"]):  # a number may be somebody else's
        assert named(body, reply(201)) == ""
    for answer in (reply(200), reply(201, b'{"slug": "oak-1"}'), reply(201, b"made"), reply(201, Location="http://elsewhere/1")):
        assert named({"name": "oak"}, answer) == ""
    assert made("POST /pets", "/pets", reply(201), body={"id": "rex"}) is None  # the path takes an integer


def test_only_makers_make(made: Asked, reply: Answering) -> None:
    """A 200 of an operation that the document does not know to make anything makes nothing; nor do errors and other methods."""
    assert made("POST /login", "/login", reply(200, b'{"id": 7}')) is None
    assert made("POST /pets", "/pets", reply(409, b'{"id": 7}', Location="/v1/pets/7")) is None
    assert made("PATCH /pets/{petId}", "/pets/7", reply(200, b'{"id": 7}')) is None


def test_put_makes_its_own_path(made: Asked, reply: Answering, pet_id: Callable[[Any], list[Argument]]) -> None:
    """Answered 201, or with success where the case had seen nothing; an update makes nothing."""
    expected = Made(path="/pets/9", operation="PUT /pets/{petId}", remover="DELETE /pets/{petId}", arguments=pet_id("9"))
    assert made("PUT /pets/{petId}", "/pets/9", reply(201)) == expected
    assert made("PUT /pets/{petId}", "/pets/9", reply(200), was_vacant=True) == expected
    assert made("PUT /pets/{petId}", "/pets/9", reply(200)) is None


def test_parents_fill_their_places(made: Asked, reply: Answering, pet_id: Callable[[Any], list[Argument]]) -> None:
    """What is made below an object keeps the parent's argument beside its own."""
    photo = made("POST /pets/{petId}/photos", "/pets/5/photos", reply(201, b'{"id": 3}'), arguments=pet_id(5))
    assert photo == Made(
        path="/pets/5/photos/3",
        operation="POST /pets/{petId}/photos",
        remover="DELETE /pets/{petId}/photos/{photoId}",
        arguments=[*pet_id(5), Argument(location="path", name="photoId", value=3)],
    )


def test_a_label_stands_behind_a_dot(pets: Api, reply: Answering) -> None:
    """Where the document writes ids in style "label", what was made is known by the path that requests to it have."""
    styled = [
        msgspec.structs.replace(one, parameters=[msgspec.structs.replace(each, style="label") for each in one.parameters])
        for one in pets.operations
    ]
    made = Asked(msgspec.structs.replace(pets, operations=styled))
    by_body = made("POST /pets", "/pets", reply(201, b'{"id": 7}'))
    by_location = made("POST /pets", "/pets", reply(201, Location="/v1/pets/.7"))
    assert by_body is not None
    assert by_location is not None
    assert by_body.path == by_location.path == "/pets/.7"
    assert [by_body.arguments[0].value, by_location.arguments[0].value] == [7, "7"]


def test_paths_are_below_the_base(made: Asked) -> None:
    """What is recorded has the base path neither twice nor missing."""
    assert made.ownership.below_base(("v1", "pets", "5")) == "/pets/5"
    assert made.ownership.below_base(("v2", "pets", "5")) == ""
    assert made.ownership.whole(pet(5)) == ("http://127.0.0.1:8000", ("v1", "pets", "5"))


def test_what_is_removed() -> None:
    """A DELETE answered 200, 204, 404 or 410 leaves nothing there; 202 only promises it; other methods remove nothing."""
    statuses = (200, 202, 204, 400, 404, 409, 410, 500)
    assert [status for status in statuses if was_removed("DELETE", status, as_maker=True)] == [200, 204, 404, 410]
    assert [status for status in statuses if was_removed("DELETE", status, as_maker=False)] == [200, 204]
    assert not was_removed("POST", 204, as_maker=True)
