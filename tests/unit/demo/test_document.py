"""The demo's document."""

import json

from jsonschema import Draft202012Validator

from pipeline.demo import DEFECTS, create_app
from pipeline.demo.clinic import HANDLERS
from pipeline.demo.document import openapi
from tests.servers.obedience import Document

DOCUMENT = Document(openapi())


def test_every_operation_is_served_and_every_served_one_documented() -> None:
    """The document's operations are those that the clinic handles: 25 of them."""
    assert {f"{method} {path}" for method, path, _, _ in DOCUMENT.operations} == HANDLERS.keys()
    assert len(HANDLERS) == 25


def test_every_example_obeys_its_schema() -> None:
    """Examples of bodies and parameters are valid, so that refusing one is always a defect."""
    for _, _, shared, operation in DOCUMENT.operations:
        for parameter in map(DOCUMENT.resolve, [*shared, *operation.get("parameters", [])]):
            if "example" in parameter:
                assert list(DOCUMENT.validator(parameter["schema"]).iter_errors(parameter["example"])) == []
        for media in operation.get("requestBody", {}).get("content", {}).values():
            for example in media["examples"].values():
                assert list(DOCUMENT.validator(media["schema"]).iter_errors(example["value"])) == []


def test_schemas_are_schemas_and_references_lead_somewhere() -> None:
    """Every component is a JSON Schema 2020-12; every ``$ref`` of the document resolves."""
    for schema in DOCUMENT.document["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)
    text = json.dumps(DOCUMENT.document)
    for reference in {part.split('"')[0] for part in text.split('"$ref": "')[1:]}:
        assert DOCUMENT.resolve({"$ref": reference})


def test_operation_ids_and_links_agree() -> None:
    """Operation ids are unique, and links name them."""
    ids = [operation["operationId"] for *_, operation in DOCUMENT.operations]
    linked = {
        link["operationId"]
        for *_, operation in DOCUMENT.operations
        for answer in operation["responses"].values()
        for link in answer.get("links", {}).values()
    }
    assert len(set(ids)) == len(ids)
    assert linked <= set(ids)
    assert len(linked) == 4


def test_the_document_is_the_same_with_and_without_defects() -> None:
    """A defect contradicts the document; it never changes it."""
    assert create_app(5).document() == create_app(clean=True).document()
    assert len(DEFECTS) == 10
