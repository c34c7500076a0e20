"""Who makes what for whom."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from pipeline.messages import Api, Operation, Output, Slot

ID = {"type": "string"}


def ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


@pytest.fixture
def operations(api_of: Callable[..., Api]) -> Callable[..., dict[str, Operation]]:
    """Operations by key. A value is the schema of the 200 answer, or (that, the schema of the body, more of the operation)."""

    def build(*, schemas: dict[str, Any] | None = None, **by_key: Any) -> dict[str, Operation]:
        paths: dict[str, Any] = {}
        for key, given in by_key.items():
            method, path = key.split(" ")
            answer, body, more = given if isinstance(given, tuple) else (given, None, {})
            names = [part[1:-1] for part in path.split("/") if part.startswith("{")]
            operation: dict[str, Any] = {"parameters": [{"name": name, "in": "path", "required": True, "schema": ID} for name in names]}
            operation["responses"] = {"200": {"content": {"application/json": {"schema": answer}}} if answer is not None else {}}
            if body is not None:
                operation["requestBody"] = {"content": {"application/json": {"schema": body}}}
            paths.setdefault(path, {})[method.lower()] = {**operation, **more}
        api = api_of({"openapi": "3.1.0", "paths": paths, "components": {"schemas": schemas or {}}})
        return {operation.key: operation for operation in api.operations}

    return build


Build = Callable[..., dict[str, Operation]]
FLOW = {"properties": {"id": ID, "name": ID}}


def test_a_plain_resource_has_its_maker_remover_and_order(operations: Build) -> None:
    """Makers before takers, lists and reads after the maker, removals last."""
    keys = ["GET /pets", "POST /pets", "GET /pets/{petId}", "PUT /pets/{petId}", "DELETE /pets/{petId}"]
    found = operations(**dict.fromkeys(keys))
    assert {operation.resource for operation in found.values()} == {"/pets"}
    assert [found[key].maker for key in keys] == ["", "", "POST /pets", "POST /pets", "POST /pets"]
    assert found["POST /pets"].remover == "DELETE /pets/{petId}"
    assert [found[key].level for key in keys] == [1, 0, 1, 1, 2]
    assert found["POST /pets"].outputs == [Output(resource="/pets", made=True)]


def test_nested_resources_are_made_from_outside_in_and_removed_from_inside_out(operations: Build) -> None:
    """Without any schema, as in Kinto's document: paths alone tell."""
    found = operations(
        **dict.fromkeys(
            [
                *("GET /buckets", "POST /buckets", "DELETE /buckets", "PUT /buckets/{id}", "DELETE /buckets/{id}"),
                *("POST /buckets/{bucket_id}/collections", "GET /buckets/{bucket_id}/collections/{id}"),
                "DELETE /buckets/{bucket_id}/collections/{id}",
            ]
        )
    )
    read = found["GET /buckets/{bucket_id}/collections/{id}"]
    assert read.resource == "/buckets/{}/collections"
    assert [(slot.place, slot.resource, slot.fields[:2]) for slot in read.slots] == [
        ("path/bucket_id", "/buckets", ["{}", "bucket_id"]),
        ("path/id", "/buckets/{}/collections", ["{}", "id"]),
    ]
    assert read.maker == "POST /buckets/{bucket_id}/collections"
    making = [found[key].level for key in ("POST /buckets", "POST /buckets/{bucket_id}/collections", read.key)]
    assert making == [0, 1, 2]
    removing = ["DELETE /buckets/{bucket_id}/collections/{id}", "DELETE /buckets/{id}", "DELETE /buckets"]
    assert [found[key].level for key in removing] == [3, 4, 5]


def test_an_object_that_only_put_makes_has_put_as_maker(operations: Build) -> None:
    """PUT on the item path creates where nothing else does, and is not its own maker."""
    found = operations(**dict.fromkeys(["PUT /things/{id}", "GET /things/{id}", "PUT /saved/", "GET /saved/{id}"]))
    assert found["GET /things/{id}"].maker == "PUT /things/{id}"
    assert found["PUT /things/{id}"].maker == ""
    assert found["GET /saved/{id}"].maker == "PUT /saved/"


@pytest.mark.parametrize(
    ("schema", "pointer"),
    [
        ({"type": "array", "items": FLOW}, "/*"),
        ({"properties": {"data": {"items": FLOW}, "total": ID}}, "/data/*"),
        ({"properties": {"results": {"items": ref("Flow")}, "tags": {"items": ID}}}, "/results/*"),
        ({"properties": {"flows": {"items": FLOW}, "errors": {"items": ID}}}, "/flows/*"),
        ({"properties": {"page": {"properties": {"list": {"items": ref("Flow")}}}}}, "/page/list/*"),
        (True, ""),
    ],
)
def test_lists_are_found_in_their_envelopes(operations: Build, schema: Any, pointer: str) -> None:
    """By the schema's name where it has one, by the usual forms where not."""
    found = operations(**{"GET /flows": schema, "GET /flows/{id}": ref("Flow")}, schemas={"Flow": FLOW})
    assert found["GET /flows"].outputs[0] == Output(resource="/flows", pointer=pointer)


@pytest.mark.parametrize(
    ("schema", "pointer"),
    [
        (FLOW, ""),
        ({"properties": {"data": FLOW}}, "/data"),
        ({"properties": {"flow": FLOW}}, "/flow"),
        ({"properties": {"id": ID, "result": FLOW}}, ""),
    ],
)
def test_single_objects_are_found_in_their_envelopes(operations: Build, schema: Any, pointer: str) -> None:
    """What has an id itself is no envelope."""
    found = operations(**{"POST /flows": schema, "GET /flows/{id}": schema})
    assert found["POST /flows"].outputs == [Output(resource="/flows", pointer=pointer, made=True)]


def test_a_list_by_post_is_no_maker(operations: Build) -> None:
    """``POST /flows/filter`` shows flows, ``POST /flows/`` makes one."""
    flows = {"items": ref("Flow")}
    found = operations(
        **{
            "POST /flows/": ref("Flow"),
            "POST /flows/filter": flows,
            "GET /flows/{id}": ref("Flow"),
            "POST /flows/count": {"type": "integer"},
        },
        schemas={"Flow": FLOW},
    )
    assert found["POST /flows/filter"].outputs == [Output(resource="/flows", pointer="/*")]
    assert found["POST /flows/filter"].resource == "/flows"
    assert found["POST /flows/count"].outputs == []
    assert found["GET /flows/{id}"].maker == "POST /flows/"
    assert found["POST /flows/filter"].level == 1


def test_a_lookup_by_name_is_the_same_resource(operations: Build) -> None:
    """``/flows/name/{name}`` takes the name of a flow, not its id."""
    found = operations(
        **{"POST /flows/": ref("Flow"), "GET /flows/{id}": ref("Flow"), "GET /flows/name/{name}": ref("Flow"), "DELETE /flows/{id}": None},
        schemas={"Flow": FLOW},
    )
    lookup = found["GET /flows/name/{name}"]
    assert (lookup.resource, lookup.maker) == ("/flows", "POST /flows/")
    assert lookup.slots == [Slot(place="path/name", resource="/flows", fields=["name"])]


def test_names_within_a_lookup_speak_of_their_own_resources(operations: Build) -> None:
    """``/deployments/name/{flow_name}/{deployment_name}`` takes names of two resources."""
    found = operations(
        **{
            "GET /flows/{id}": ref("Flow"),
            "GET /deployments/{id}": ref("Deployment"),
            "GET /deployments/name/{flow_name}/{deployment_name}": ref("Deployment"),
        },
        schemas={"Flow": FLOW, "Deployment": FLOW},
    )
    slots = found["GET /deployments/name/{flow_name}/{deployment_name}"].slots
    assert [(slot.resource, slot.fields) for slot in slots] == [("/flows", ["name"]), ("/deployments", ["name"])]


def test_an_action_that_creates_makes_what_it_shows(operations: Build) -> None:
    """``POST /deployments/{id}/create_flow_run`` makes flow runs; ``POST /flow_runs/`` is their first maker all the same."""
    found = operations(
        **{
            "POST /deployments/": ref("Deployment"),
            "GET /deployments/{id}": ref("Deployment"),
            "POST /deployments/{id}/create_flow_run": ref("Run"),
            "POST /deployments/{id}/pause": ref("Run"),
            "GET /flow_runs/{id}": ref("Run"),
        },
        schemas={"Deployment": {"properties": {"id": ID, "path": ID}}, "Run": FLOW},
    )
    assert found["POST /deployments/{id}/create_flow_run"].outputs == [Output(resource="/flow_runs", made=True)]
    assert found["POST /deployments/{id}/pause"].outputs == [Output(resource="/flow_runs")]
    assert found["GET /flow_runs/{id}"].maker == "POST /deployments/{id}/create_flow_run"


def test_bodies_and_queries_that_name_a_resource_have_slots(operations: Build) -> None:
    """By name: ``flow_id``, ``parentFlowId``, ``owner.id``, a UUID ``flow``, first items; not what the server sets, nor closed sets."""
    body = {
        "required": ["flow_id"],
        "properties": {
            "flow_id": ID,
            "parentFlowId": ID,
            "flow": {"anyOf": [{"type": "string", "format": "uuid"}, {"type": "null"}]},
            "owner": {"properties": {"id": ID, "flow_id": ID, "deeper": {"properties": {"flow_id": ID}}}},
            "id": ID,
            "flow_ids": {"items": ID},
            "flows": {"items": {"properties": {"id": ID, "owner": {"properties": {"id": ID}}}}},
            "flow_keys": {"items": {"enum": ["a"]}},
            "flow_tables": {"items": {"items": ID}},
            "flow_key": {"enum": ["a"]},
            "old_flow_id": {**ID, "readOnly": True},
            "some_id": ID,
        },
    }
    query = [{"name": "flow-id", "in": "query", "schema": ID}]
    found = operations(
        **{
            "POST /flows": ref("Flow"),
            "GET /flows/{id}": ref("Flow"),
            "GET /owners/{id}": FLOW,
            "POST /runs": (None, body, {"parameters": query}),
        },
        schemas={"Flow": FLOW},
    )
    assert [(slot.place, slot.resource, slot.fields[:2]) for slot in found["POST /runs"].slots] == [
        ("query/flow-id", "/flows", ["{}", "id"]),
        ("body/flow", "/flows", ["{}", "id"]),
        ("body/flow_id", "/flows", ["{}", "id"]),
        ("body/flow_ids/0", "/flows", ["{}", "id"]),
        ("body/flows/0/id", "/flows", ["{}", "id"]),
        ("body/owner/id", "/owners", ["{}", "id"]),
        ("body/owner/flow_id", "/flows", ["{}", "id"]),
        ("body/parentFlowId", "/flows", ["{}", "id"]),
    ]
    assert found["POST /runs"].level == 1, "a required flow_id waits for a flow"


@pytest.mark.parametrize(
    ("body", "level"),
    [
        (ref("Run"), 1),
        ({"allOf": [ref("Run"), {"properties": {"more": ID}}]}, 1),
        ({"anyOf": [ref("Run"), {"properties": {"more": ID}}]}, 0),
        ({"required": ["runs"], "properties": {"runs": {"type": "array", "minItems": 1, "items": ref("Run")}}}, 1),
        ({"required": ["runs"], "properties": {"runs": {"type": "array", "items": ref("Run")}}}, 0),
        ({"properties": {"runs": {"type": "array", "minItems": 1, "items": ref("Run")}}}, 0),
        ({"required": ["run"], "properties": {"run": ref("Run")}}, 1),
        ({"required": ["run"], "properties": {"run": ref("Loop")}}, 0),
    ],
)
def test_what_a_valid_body_names_is_made_before(operations: Build, body: dict[str, Any], level: int) -> None:
    """Also where a shared schema, or the first item of a list that must have one, names it."""
    run = {"required": ["flow_id"], "properties": {"flow_id": ID}}
    loop = {"allOf": [ref("Loop")], "properties": {"flow_id": ID}}
    paths = {"POST /flows": ref("Flow"), "GET /flows/{id}": ref("Flow"), "POST /batches": (None, body, {})}
    assert operations(**paths, schemas={"Flow": FLOW, "Run": run, "Loop": loop})["POST /batches"].level == level


@pytest.mark.parametrize(
    ("name", "properties", "fields"),
    [
        ("petId", ["id", "name"], ["{}", "id", "name"]),
        ("pet_uuid", ["uuid", "petUuid"], ["{}", "petUuid", "uuid"]),
        ("username", ["id", "username"], ["{}", "username", "id"]),
        ("id_or_name", ["name", "id"], ["{}", "id", "name"]),
        ("pet", ["colour"], ["{}", "pet", "id", "uuid", "key", "slug", "login", "name"]),
    ],
)
def test_fields_are_what_objects_show_best_first(operations: Build, name: str, properties: list[str], fields: list[str]) -> None:
    """The parameter's own name, then without the resource's prefix, then the usual ones; all of them where none is shown."""
    schema = {"properties": dict.fromkeys(properties, ID)}
    found = operations(**{"POST /pets": schema, f"GET /pets/{{{name}}}": schema})
    assert found[f"GET /pets/{{{name}}}"].slots[0].fields == fields


def test_a_number_does_not_go_where_a_name_does(api_of: Callable[..., Api]) -> None:
    """The type of the parameter decides among the fields."""
    schema = {"properties": {"id": {"type": "integer", "nullable": True}, "name": {"type": "string", "nullable": True}}}
    parameters = [{"name": "repo", "in": "path", "required": True, "schema": ID}]
    item = {"get": {"parameters": parameters, "responses": {"200": {"content": {"application/json": {"schema": schema}}}}}}
    assert api_of({"openapi": "3.0.0", "paths": {"/repos/{repo}": item}}).operations[0].slots[0].fields == ["{}", "name", "id"]


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


SHOP = {"properties": {"id": ID, "name": ID, "owner": {"properties": {"id": ID}}}}
MAKE, LOOK = "POST /shops/{shopId}/goods", "POST /looks/{lookId}"


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


def test_circles_of_needs_have_levels(operations: Build) -> None:
    """Each needs the other's id: somewhere one begins."""
    found = operations(
        **{
            "POST /a": (None, {"required": ["b_id"], "properties": {"b_id": ID}}, {}),
            "POST /b": (None, {"required": ["a_id"], "properties": {"a_id": ID}}, {}),
            **dict.fromkeys(["GET /a/{id}", "GET /b/{id}"]),
        }
    )
    assert sorted((found["POST /a"].level, found["POST /b"].level)) == [0, 1]


def test_actions_that_take_away_come_last(operations: Build) -> None:
    """``POST /flows/bulk_delete`` is a removal by another name."""
    found = operations(**dict.fromkeys(["POST /flows", "GET /flows/{id}", "POST /flows/bulk_delete", "POST /logout"]))
    assert found["POST /flows/bulk_delete"].level > found["GET /flows/{id}"].level
    assert found["POST /logout"].level > found["GET /flows/{id}"].level


def test_groups_are_resources_of_bounded_size(operations: Build) -> None:
    """A resource stays whole, minor things share a group, nothing has much more than 25 operations."""
    keys = [
        f"{method} /{name}{item}"
        for name in ("dogs", "cats", "owners")
        for item in ("", "/{id}", "/{id}/toys", "/{id}/toys/{toy}")
        for method in ("GET", "PUT", "POST")
    ]
    keys += [f"POST /do_{number}" for number in range(40)]
    found = operations(**dict.fromkeys(keys))
    groups: dict[str, list[str]] = {}
    for operation in found.values():
        groups.setdefault(operation.group, []).append(operation.key)
    assert sorted(groups) == ["/", "/ 2", "/cats", "/dogs", "/owners"]
    assert max(map(len, groups.values())) <= 25
    assert all(len(groups[name]) == 12 for name in ("/cats", "/dogs", "/owners"))


def test_a_small_api_is_one_group(operations: Build) -> None:
    """Makers are always at hand then."""
    assert {each.group for each in operations(**dict.fromkeys(["GET /a", "POST /b/{c}", "GET /d"])).values()} == {"/"}
