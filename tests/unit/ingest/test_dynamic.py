"""``$dynamicRef`` where several schemas have the ``$dynamicAnchor``: it depends on the way (JSON Schema 2020-12, 8.2.3.2)."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from pipeline.messages import Api
from stages.ingest import parse_api

TREE = {"$id": "tree", "$dynamicAnchor": "node", "properties": {"data": True, "kids": {"items": {"$dynamicRef": "#node"}}}}
STRICT = {"$id": "strict", "$dynamicAnchor": "node", "$ref": "tree", "type": "object", "unevaluatedProperties": False}


def document(schemas: dict[str, Any], **paths: Any) -> dict[str, Any]:
    return {"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "paths": paths, "components": {"schemas": schemas}}


def accepts(api: Api, name: str, value: Any) -> bool:
    schema = {"$ref": f"#/$defs/{name}", "$defs": api.schemas}
    return jsonschema_rs.Draft202012Validator(schema).is_valid(value)


@pytest.mark.parametrize(
    ("value", "tree", "strict"),
    [
        ({"kids": [{"data": 1}]}, True, True),
        ({"kids": [{"more": 1}]}, True, False),
        ({"kids": [{"kids": [{"more": 1}]}]}, True, False),
        ({"kids": [True, True, 17]}, True, False),
        ({"more": 1}, True, False),
    ],
)
def test_a_schema_that_extends_a_recursive_one_extends_its_parts(api_of: Callable[..., Api], value: Any, tree: bool, strict: bool) -> None:
    """The example of the specification; the schema that is extended means itself where it is used by itself."""
    api = api_of(document({"Tree": TREE, "Strict": STRICT}))
    assert (accepts(api, "Tree", value), accepts(api, "Strict", value)) == (tree, strict)
    assert api.problems == []
    assert list(api.schemas) == ["Strict", "Tree", "Tree_2"]


def test_the_outermost_resource_counts(api_of: Callable[..., Api]) -> None:
    """Also where a third extends the second, and where it is entered in the midst of a schema or of an operation."""
    top = {"$id": "top", "$dynamicAnchor": "node", "$ref": "strict", "required": ["data"]}
    holder = {"properties": {"one": {"$id": "inner", "$defs": {"n": {"$dynamicAnchor": "node", "type": "integer"}}, "$ref": "tree"}}}
    body = {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Top"}}}}
    paths = {"/a": {"post": {"requestBody": body, "responses": {}}}}
    api = api_of(document({"Tree": TREE, "Strict": STRICT, "Top": top, "Holder": holder}, **paths))
    assert api.problems == []
    assert not accepts(api, "Top", {"data": 1, "kids": [{}]})
    assert accepts(api, "Top", {"data": 1, "kids": [{"data": 2}]})
    assert accepts(api, "Strict", {"kids": [{}]})
    assert accepts(api, "Holder", {"one": {"kids": [5]}})
    assert not accepts(api, "Holder", {"one": {"kids": [{}]}})
    assert api.operations[0].body is not None
    assert api.operations[0].body.content[0].schema == {"$ref": "#/$defs/Top"}


def test_generic_lists_hold_what_is_bound_to_them(api_of: Callable[..., Api]) -> None:
    """The other main use: one template, several fillings, each by a name of its own."""
    page = {"$id": "page", "$defs": {"item": {"$dynamicAnchor": "item", "not": {}}}, "items": {"$dynamicRef": "#item"}}

    def filled(kind: str) -> dict[str, Any]:
        return {"$id": f"page-{kind}", "$defs": {"item": {"$dynamicAnchor": "item", "type": kind}}, "$ref": "page"}

    api = api_of(document({"Page": page, "Numbers": filled("integer"), "Texts": filled("string")}))
    found = [(name, [accepts(api, name, value) for value in ([1], ["a"], [])]) for name in ("Numbers", "Texts", "Page")]
    assert found == [("Numbers", [True, False, True]), ("Texts", [False, True, True]), ("Page", [False, False, True])]


def test_an_anchor_of_another_resource_may_be_named(api_of: Callable[..., Api]) -> None:
    """``tree#node`` is an anchor of the tree to begin with."""
    user = {"$id": "user", "$dynamicAnchor": "node", "properties": {"below": {"$dynamicRef": "tree#node"}}, "required": ["below"]}
    api = api_of(document({"Tree": TREE, "User": user}))
    assert accepts(api, "User", {"below": {"below": True}})
    assert not accepts(api, "User", {"below": {}})


def test_a_plain_anchor_means_the_same_everywhere(api_of: Callable[..., Api]) -> None:
    """8.2.3.2: only where the reference leads to a ``$dynamicAnchor`` to begin with is it looked for further out."""
    user = {"$id": "user", "$defs": {"n": {"$anchor": "node", "type": "integer"}}, "items": {"$dynamicRef": "#/$defs/n"}}
    api = api_of(document({"Tree": TREE, "Strict": STRICT, "User": user}))
    assert (accepts(api, "User", [1]), accepts(api, "User", ["a"])) == (True, False)


def test_anchors_may_be_in_other_files(tmp_path: Path) -> None:
    """Each document is a resource; that it holds an anchor is only known when it is read."""
    (tmp_path / "tree.json").write_text(json.dumps({key: value for key, value in TREE.items() if key != "$id"}))
    root = tmp_path / "openapi.json"
    strict = {key: value for key, value in STRICT.items() if key != "$id"}
    root.write_text(json.dumps(document({"Strict": {**strict, "$ref": "tree.json"}})))
    api = parse_api(root.read_bytes(), str(root))
    assert [problem.code for problem in api.problems] == []
    assert not accepts(api, "Strict", {"kids": [{"more": 1}]})
    assert accepts(api, "Strict", {"kids": [{"data": 1}]})


def test_two_anchors_of_one_name_in_one_resource_are_named(api_of: Callable[..., Api]) -> None:
    """Nobody can say which is meant; it is left out."""
    one = {"$dynamicAnchor": "node", "properties": {"kids": {"items": {"$dynamicRef": "#node"}}}}
    api = api_of(document({"One": one, "Other": {"$dynamicAnchor": "node"}}))
    assert [(problem.code, problem.pointer) for problem in api.problems] == [
        ("dynamic-ref", "/components/schemas/One/properties/kids/items")
    ]
    assert "2 schemas of one resource" in api.problems[0].message


def test_ways_without_end_are_not_followed(api_of: Callable[..., Api]) -> None:
    """Each of many resources with anchors of their own may be entered from any other."""
    names = [f"N{number}" for number in range(12)]
    schemas = {
        name: {
            "$id": name,
            "$defs": {"own": {"$dynamicAnchor": f"a{index}"}, "all": {"$dynamicAnchor": "node"}},
            "properties": {other: {"$ref": f"#/components/schemas/{other}"} for other in names},
            "items": {"$dynamicRef": "#node"},
        }
        for index, name in enumerate(names)
    }
    api = api_of(document(schemas))
    assert {problem.code for problem in api.problems} == {"dynamic-ref"}
    assert len(api.schemas) < 2000
