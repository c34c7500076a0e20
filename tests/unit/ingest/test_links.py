"""Documented links: what of an answer fills which place of another operation."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from pipeline.messages import Api, Slot

ID = {"type": "string"}


def test_a_documented_link_is_an_edge(api_of: Callable[..., Api]) -> None:
    """It says more than names could: which field of which objects goes where, and that one comes before the other."""
    answer = {"content": {"application/json": {"schema": {"properties": {"data": {"properties": {"code": ID}}}}}}}
    links = {"l": {"operationId": "look", "parameters": {"query.of": "$response.body#/data/code", "x": "$url", "y": "$response.body#/n"}}}
    query = [{"name": name, "in": "query", "schema": ID} for name in ("of", "x", "y")]
    api = api_of(
        {
            "openapi": "3.0.0",
            "paths": {
                "/parts": {"post": {"responses": {"201": {**answer, "links": links}}}},
                "/parts/{id}": {"get": {"responses": {"200": answer}}},
                "/looks": {"get": {"operationId": "look", "parameters": query, "responses": {}}},
            },
        }
    )
    look = next(operation for operation in api.operations if operation.operation_id == "look")
    assert look.slots == [Slot(place="query/of", resource="/parts", fields=["code"])]
    assert look.level == 1


MAKE, LOOK = "POST /shops/{shopId}/goods", "POST /looks/{lookId}"
SHOP = {"properties": {"id": ID, "name": ID, "owner": {"properties": {"id": ID}}}}


@pytest.fixture
def linked(api_of: Callable[..., Api]) -> Callable[..., tuple[dict[str, Slot], list[tuple[str, str]]]]:
    """The slots of an operation to which a link leads, by place, and the problems: (pointer below the link, message)."""

    def build(link: dict[str, Any], status: str = "201") -> tuple[dict[str, Slot], list[tuple[str, str]]]:
        answer = {"content": {"application/json": {"schema": SHOP}}, "links": {"l": {"operationId": "look", **link}}}
        query = [{"name": name, "in": "query", "schema": ID} for name in ("a", "b")]
        wanted = {"properties": {"name": ID, "x": ID, "inner": {"properties": {"y": ID}}, "list": {"items": {"properties": {"z": ID}}}}}
        make = {
            "parameters": [{"name": "shopId", "in": "path", "required": True, "schema": ID}, {"name": "name", "in": "query", "schema": ID}],
            "requestBody": {"content": {"application/json": {"schema": {"properties": {"name": ID, "shop_id": ID, "secret": ID}}}}},
            "responses": {status: answer},
        }
        look = {
            "operationId": "look",
            "parameters": [{"name": "lookId", "in": "path", "required": True, "schema": ID}, *query],
            "requestBody": {"content": {"application/json": {"schema": wanted}}},
            "responses": {"200": {}},
        }
        item = {"parameters": [{"name": name, "in": "path", "required": True, "schema": ID} for name in ("shopId", "goodId")]}
        paths = {
            "/shops": {"post": {"responses": {"201": {"content": {"application/json": {"schema": SHOP}}}}}},
            "/shops/{shopId}": {"get": {"parameters": make["parameters"][:1], "responses": {"200": {}}}},
            "/shops/{shopId}/goods": {"post": make},
            "/shops/{shopId}/goods/{goodId}": {"get": {**item, "responses": {"200": {}}}},
            "/looks/{lookId}": {"post": look},
        }
        api = api_of({"openapi": "3.1.0", "paths": paths})
        slots = next(operation for operation in api.operations if operation.key == LOOK).slots
        place = f"/paths/~1shops~1{{shopId}}~1goods/post/responses/{status}/links/l"
        assert all(problem.code == "unused-link" and problem.pointer.startswith(place) for problem in api.problems)
        return {slot.place: slot for slot in slots}, [(one.pointer.removeprefix(place), one.message) for one in api.problems]

    return build


Linked = Callable[..., tuple[dict[str, Slot], list[tuple[str, str]]]]


GOODS = "/shops/{}/goods"


@pytest.mark.parametrize(
    ("expression", "resource", "field"),
    [
        ("$response.body#/id", GOODS, "id"),
        ("{$response.body#/name}", GOODS, "name"),
        ("$response.header.Location", GOODS, "{}"),
        ("$response.header.location", GOODS, "{}"),
        ("$request.path.shopId", "/shops", "{}"),
        ("$request.body#/shop_id", "/shops", "{}"),
        ("$request.query.name", GOODS, "name"),
        ("$request.body#/name", GOODS, "name"),
    ],
)
def test_a_link_is_followed_where_it_names_what_is_kept_of_an_object(linked: Linked, expression: str, resource: str, field: str) -> None:
    """In parameters, and in places of a body."""
    slots, problems = linked({"parameters": {"lookId": expression, "query.a": expression}, "requestBody": {"x": expression}})
    assert problems == []
    for place in ("path/lookId", "query/a", "body/x"):
        assert (slots[place].resource, slots[place].fields[0]) == (resource, field)


def test_a_body_that_a_link_says_is_filled_place_by_place(linked: Linked) -> None:
    """Objects and lists are looked into; where one body is to be sent on whole, the properties of the same name are."""
    name = "$response.body#/name"
    slots, problems = linked({"requestBody": {"inner": {"y": name}, "list": [{"z": name}], "x": name}})
    assert problems == []
    assert {place for place, slot in slots.items() if slot.fields == ["name"]} == {"body/inner/y", "body/list/0/z", "body/x"}
    for whole in ("$response.body", "$request.body"):
        slots, problems = linked({"requestBody": whole})
        assert problems == []
        assert slots["body/name"] == Slot(place="body/name", resource=GOODS, fields=["name"])
        assert "body/x" not in slots


@pytest.mark.parametrize(
    ("link", "pointer", "why"),
    [
        ({"parameters": {"a": "$url"}}, "/parameters/a", r"\$url is not kept"),
        ({"parameters": {"a": "$statusCode"}}, "/parameters/a", "not kept"),
        ({"parameters": {"a": "$response.header.X-Id"}}, "/parameters/a", "not kept"),
        ({"parameters": {"a": "$response.body"}}, "/parameters/a", "no field"),
        ({"parameters": {"a": "$response.body#/owner/id"}}, "/parameters/a", "no field"),
        ({"parameters": {"a": "$request.body#/secret"}}, "/parameters/a", "neither names an object"),
        ({"parameters": {"a": "$request.query.gone"}}, "/parameters/a", "neither names an object"),
        ({"parameters": {"a": "x-{$response.body#/id}"}}, "/parameters/a", "fixed value"),
        ({"parameters": {"a": 5}}, "/parameters/a", "fixed value"),
        ({"parameters": {"c/d": "$response.body#/id"}}, "/parameters/c~1d", "no parameter 'c/d'"),
        ({"parameters": {"body": "$response.body#/id"}}, "/parameters/body", "no parameter 'body'"),
        ({"requestBody": "$response.body#/id"}, "/requestBody", "property by property"),
        ({"requestBody": {"x": True}}, "/requestBody/x", "fixed value"),
        ({"requestBody": {"no": {"where": "$response.body#/id"}}}, "/requestBody/no/where", "nothing at /no/where"),
    ],
)
def test_what_a_link_says_beyond_that_is_a_problem(linked: Linked, link: dict[str, Any], pointer: str, why: str) -> None:
    """With its place in the document; it is never dropped in silence."""
    slots, problems = linked(link)
    assert slots == linked({})[0]
    ((at, message),) = problems
    assert at == pointer
    assert re.search(why, message)


def test_links_that_fill_one_place_from_different_objects_are_a_problem(api_of: Callable[..., Api]) -> None:
    """The first in the order of the operations is followed; fields of one resource add up."""
    content = {"content": {"application/json": {"schema": {"properties": {"id": ID, "code": ID}}}}}

    def made(field: str) -> dict[str, Any]:
        links = {"l": {"operationId": "look", "parameters": {"q": f"$response.body#/{field}"}}}
        return {"responses": {"200": {**content, "links": links}}}

    item = {"parameters": [{"name": "id", "in": "path", "required": True, "schema": ID}]}
    look = {"operationId": "look", "parameters": [{"name": "q", "in": "query", "schema": ID}], "responses": {"200": {}}}
    paths = {
        "/a": {"post": made("id")},
        "/a/{id}": {"get": {**item, **made("code")}},
        "/b": {"post": made("id")},
        "/b/{id}": {"get": {**item, "responses": {"200": content}}},
        "/looks": {"get": look},
    }
    api = api_of({"openapi": "3.1.0", "paths": paths})
    found = next(operation for operation in api.operations if operation.operation_id == "look")
    assert found.slots == [Slot(place="query/q", resource="/a", fields=["id", "code"])]
    assert [problem.pointer for problem in api.problems] == ["/paths/~1b/post/responses/200/links/l/parameters/q"]


def test_a_link_of_an_answer_that_is_no_success_is_a_problem(linked: Linked) -> None:
    """Such an answer shows no objects."""
    slots, problems = linked({"parameters": {"a": "$response.body#/id"}}, status="404")
    assert "query/a" not in slots
    assert [at for at, _ in problems] == [""]
