"""Documents of several files."""

import json
import pathlib

import pytest

from pipeline.errors import DocumentError
from stages.ingest import IngestConfig, parse_api
from stages.ingest.parse import parse

ROOT = """
openapi: 3.0.0
paths:
  /pets: {$ref: paths/pets.yaml}
  /other: {get: {responses: {'200': {content: {application/json: {schema: {$ref: 'schemas.json#/Pet'}}}}}}}
"""
PETS = """
get:
  parameters: [{$ref: '../shared.yaml#/limit'}]
  responses: {'200': {content: {application/json: {schema: {items: {$ref: '../schemas.json#/Pet'}}}}}}
"""


@pytest.fixture
def root(tmp_path: pathlib.Path) -> pathlib.Path:
    """A document in four files."""
    (tmp_path / "paths").mkdir()
    (tmp_path / "paths" / "pets.yaml").write_text(PETS)
    (tmp_path / "shared.yaml").write_text("limit: {name: limit, in: query, schema: {type: integer}}\n")
    (tmp_path / "schemas.json").write_text('{"Pet": {"properties": {"owner": {"$ref": "#/Owner"}}}, "Owner": {"type": "string"}}')
    file = tmp_path / "openapi.yaml"
    file.write_text(ROOT)
    return file


def test_references_to_files_are_followed_from_where_they_stand(root: pathlib.Path) -> None:
    """Relative to the file that has them; a schema met from two files is one schema."""
    api = parse_api(root.read_bytes(), str(root))
    assert api.problems == []
    assert [each.key for each in api.operations] == ["GET /other", "GET /pets"]
    assert api.operations[1].parameters[0].name == "limit"
    assert sorted(api.schemas) == ["Owner", "Pet"]
    assert api.operations[1].responses[0].content[0].schema == {"items": {"$ref": "#/$defs/Pet"}}


@pytest.mark.parametrize(
    ("content", "said"),
    [(None, "No such file"), (b"{", "not valid JSON"), (b"[1]", "leads nowhere"), (b" " * 5000, "larger than 3000 bytes")],
)
def test_an_unusable_file_is_a_problem_where_it_is_referred_to(root: pathlib.Path, content: bytes | None, said: str) -> None:
    """The rest of the document is as good as before."""
    file = root.parent / "schemas.json"
    file.unlink() if content is None else file.write_bytes(content)
    api = parse_api(root.read_bytes(), str(root), IngestConfig(document_cap_bytes=3000))
    assert len(api.operations) == 2
    assert {problem.code for problem in api.problems} == {"unresolved-ref"}
    assert any(said in problem.message for problem in api.problems)
    assert any(problem.pointer.startswith("paths/pets.yaml#/get/") for problem in api.problems)


def test_a_document_from_the_web_does_not_read_files(tmp_path: pathlib.Path) -> None:
    """Whoever serves a document must not learn what is on this disk."""
    secret = tmp_path / "secret.json"
    secret.write_text('{"type": "string"}')
    schemas = {"S": {"$ref": secret.as_uri()}}
    document = {"openapi": "3.0.0", "paths": {"/a": {"get": {"responses": {}}}}, "components": {"schemas": schemas}}
    api = parse_api(json.dumps(document).encode(), "http://test.example/openapi.json")
    assert api.schemas["S"] is True
    assert [problem.code for problem in api.problems] == ["unresolved-ref"]


def test_remote_references_are_wanted_and_then_followed() -> None:
    """The pure half names what it lacks; with the bytes at hand it goes on."""
    document = b'{"openapi": "3.0.0", "paths": {"/a": {"$ref": "http://other.example/p.json"}, "/b": {"get": {"responses": {}}}}}'
    config = IngestConfig()
    first = parse(document, "http://test.example/openapi.json", config, {})
    assert first.wanted == ["http://other.example/p.json"]
    assert "allow_remote_refs" in first.api.problems[0].message
    second = parse(document, "http://test.example/openapi.json", config, {first.wanted[0]: b'{"get": {"responses": {}}}'})
    assert [each.key for each in second.api.operations] == ["GET /a", "GET /b"]


def test_the_number_of_files_is_bounded(tmp_path: pathlib.Path) -> None:
    """A document cannot make us read a whole disk."""
    for number in range(5):
        (tmp_path / f"p{number}.json").write_text('{"get": {"responses": {}}}')
    paths = ", ".join(f'"/p{number}": {{"$ref": "p{number}.json"}}' for number in range(5))
    file = tmp_path / "openapi.json"
    file.write_text(f'{{"openapi": "3.0.0", "paths": {{{paths}}}}}')
    api = parse_api(file.read_bytes(), str(file), IngestConfig(referenced_files=3))
    assert len(api.operations) == 3
    assert len(api.problems) == 2


def test_files_that_refer_to_each_other_come_to_an_end(tmp_path: pathlib.Path) -> None:
    """A circle of files is a circle of schemas, no more."""
    (tmp_path / "a.json").write_text('{"properties": {"b": {"$ref": "b.json"}}}')
    (tmp_path / "b.json").write_text('{"properties": {"a": {"$ref": "a.json"}}}')
    file = tmp_path / "openapi.json"
    file.write_text(
        '{"openapi": "3.0.0", "paths": {"/x": {"get": {"responses": {}}}}, "components": {"schemas": {"S": {"$ref": "a.json"}}}}'
    )
    assert sorted(parse_api(file.read_bytes(), str(file)).schemas) == ["S", "a", "b"]


def test_errors_name_the_document_not_a_path_of_ours() -> None:
    """The source is shown as it was given."""
    with pytest.raises(DocumentError, match=r"^spec/openapi\.yaml: the document is empty"):
        parse_api(b"", "spec/openapi.yaml")


def test_what_leads_nowhere_from_the_document_is_looked_for_from_the_id_around_it(api_of) -> None:
    """JSON Schema 2020-12, 8.2: an $id makes its schema a resource of its own, with its own "#" and its own neighbours."""
    tree = {
        "$id": "https://example.com/schemas/tree",
        "$defs": {"leaf": {"const": 3}},
        "properties": {
            "leaf": {"$ref": "#/$defs/leaf"},
            "branch": {"$ref": "#"},
            "stone": {"$ref": "stone"},
            "grain": {"$ref": "stone#/$defs/grain"},
            "other": {"$ref": "#/components/schemas/Plain"},
        },
    }
    schemas = {
        "Plain": {"$ref": "https://example.com/schemas/tree"},
        "Stone": {"$id": "https://example.com/schemas/stone", "type": "string", "$defs": {"grain": {"type": "integer"}}},
        "Tree": tree,
    }
    api = api_of({"openapi": "3.1.0", "paths": {}, "components": {"schemas": schemas}})
    assert api.problems == []
    assert {name: each["$ref"] for name, each in api.schemas["Tree"]["properties"].items()} == {
        "branch": "#/$defs/Tree",
        "grain": "#/$defs/Stone._defs.grain",
        "leaf": "#/$defs/Tree._defs.leaf",
        "other": "#/$defs/Plain",
        "stone": "#/$defs/Stone",
    }
    assert api.schemas["Plain"] == {"$ref": "#/$defs/Tree"}


def test_a_fault_in_another_file_names_it_as_seen_from_the_root_document(root: pathlib.Path) -> None:
    """Split documents have many files of one name; the name alone would not tell where to look."""
    (root.parent / "paths" / "pets.yaml").write_text("get: {responses: {teapot: {}}}\n")
    api = parse_api(root.read_bytes(), str(root))
    assert [problem.pointer for problem in api.problems] == ["paths/pets.yaml#/get/responses/teapot"]
