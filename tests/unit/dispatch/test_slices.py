"""Slices: what an agent gets of an Api."""

from msgspec.structs import replace

from pipeline.messages import Api, MediaType, Operation, RequestBody, Response
from stages.dispatch.slices import slice_group


def ref(name):
    return {"$ref": f"#/$defs/{name}"}


def body(schema):
    return RequestBody(content=[MediaType(media_type="application/json", schema=schema)])


API = Api(
    digest="d",
    operations=[
        Operation(key="GET /a", method="GET", path="/a", group="a", maker="POST /b", responses=[
            Response(status="200", content=[MediaType(media_type="application/json", schema=ref("Answer"))])]),
        Operation(key="POST /a", method="POST", path="/a", group="a", body=body({"properties": {"x": ref("Tree")}})),
        Operation(key="POST /b", method="POST", path="/b", group="b", body=body({"$ref": "#/$defs/a~1b~0c"})),
        Operation(key="PUT /c", method="PUT", path="/c", group="c", body=body(ref("Lonely"))),
    ],
    schemas={"Answer": {}, "Tree": {"items": ref("Tree")}, "a/b~c": {"anyOf": [ref("Leaf")]}, "Leaf": True, "Lonely": {}},
)  # fmt: skip


def test_a_slice_has_its_group_and_the_makers_from_elsewhere():
    """Operations of the group, then what makes the objects they take."""
    assert [op.key for op in slice_group(API, "a").operations] == ["GET /a", "POST /a", "POST /b"]


def test_a_slice_has_the_schemas_its_requests_reach_and_no_others():
    """References are followed through cycles and escaped names; what only answers use stays out."""
    api = replace(API, schemas=API.schemas | {"a/b~c": {"anyOf": [ref("Leaf")]}})
    assert list(slice_group(api, "a").schemas) == ["Leaf", "Tree", "a/b~c"]


def test_the_digest_tells_slices_apart_and_equal_ones_together():
    """Equal content, equal digest; another schema, another digest."""
    changed = replace(API, schemas=API.schemas | {"Tree": {"items": ref("Leaf")}})
    assert slice_group(API, "a").digest == slice_group(API, "a").digest
    assert slice_group(API, "a").digest != slice_group(changed, "a").digest
    assert slice_group(API, "c").digest == slice_group(changed, "c").digest
