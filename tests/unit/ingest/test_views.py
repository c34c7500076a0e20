"""readOnly and writeOnly: two views where it makes a difference."""

from collections.abc import Callable
from typing import Any

from pipeline.messages import Api


def api_with(api_of: Callable[..., Api], schema: Any, **schemas: Any) -> Api:
    content = {"application/json": {"schema": schema}}
    operation = {"requestBody": {"content": content}, "responses": {"200": {"content": content}}}
    return api_of({"openapi": "3.0.0", "paths": {"/p": {"post": operation}}, "components": {"schemas": schemas}})


def sides(api: Api) -> tuple[Any, Any]:
    operation = api.operations[0]
    assert operation.body is not None
    return operation.body.content[0].schema, operation.responses[0].content[0].schema


def ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


PET = {
    "required": ["id", "name", "secret"],
    "properties": {
        "id": {"type": "integer", "readOnly": True},
        "name": {"type": "string"},
        "secret": {"type": "string", "writeOnly": True},
    },
}


def test_a_required_name_is_dropped_on_the_side_that_does_not_see_it(api_of: Callable[..., Api]) -> None:
    """The annotations stay, so that a generator can leave the property out."""
    api = api_with(api_of, ref("Pet"), Pet=PET)
    request, response = sides(api)
    assert api.schemas[request["$ref"].removeprefix("#/$defs/")]["required"] == ["name", "secret"]
    assert api.schemas[response["$ref"].removeprefix("#/$defs/")]["required"] == ["id", "name"]
    assert api.schemas["Pet"]["required"] == ["id", "name", "secret"]
    assert api.schemas["Pet.request"]["properties"]["id"] == {"readOnly": True, "type": "integer"}


def test_schemas_without_a_difference_are_shared(api_of: Callable[..., Api]) -> None:
    """readOnly alone, nothing required: one schema for both sides."""
    api = api_with(api_of, ref("Pet"), Pet={"properties": {"id": {"readOnly": True}}, "required": ["name"]})
    assert list(api.schemas) == ["Pet"]
    assert sides(api) == ({"$ref": "#/$defs/Pet"}, {"$ref": "#/$defs/Pet"})


def test_the_difference_is_found_through_references_and_cycles(api_of: Callable[..., Api]) -> None:
    """A list of pets, each with friends, has a request form because a pet has one."""
    pet = {**PET, "properties": {**PET["properties"], "friends": {"items": ref("Pet")}}}
    api = api_with(api_of, ref("Pets"), Pets={"items": ref("Pet")}, Pet=pet, Other={"type": "string"})
    assert api.schemas["Pets.request"] == {"items": {"$ref": "#/$defs/Pet.request"}}
    assert api.schemas["Pet.request"]["properties"]["friends"] == {"items": {"$ref": "#/$defs/Pet.request"}}
    assert "Other.request" not in api.schemas


def test_inline_schemas_have_views_too(api_of: Callable[..., Api]) -> None:
    """No reference is needed; an emptied ``required`` goes."""
    request, response = sides(api_with(api_of, {"required": ["id"], "properties": {"id": {"readOnly": True}}}))
    assert "required" not in request
    assert response["required"] == ["id"]


def test_all_of_spreads_what_is_hidden(api_of: Callable[..., Api]) -> None:
    """The name may be required in another member than the one that hides it."""
    base = {"properties": {"id": {"readOnly": True}}}
    request, _ = sides(api_with(api_of, {"allOf": [ref("Base"), {"required": ["id", "name"]}]}, Base=base))
    assert request["allOf"][1] == {"required": ["name"]}


def test_a_property_hidden_by_its_shared_schema_counts(api_of: Callable[..., Api]) -> None:
    """readOnly may stand at the schema that the property refers to."""
    schema = {"required": ["id"], "properties": {"id": ref("Id")}}
    request, _ = sides(api_with(api_of, schema, Id={"type": "string", "readOnly": True}))
    assert "required" not in request
