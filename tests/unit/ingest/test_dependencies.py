"""Who makes what for whom."""

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
