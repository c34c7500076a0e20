"""Bodies and parts of bytes: the lengths that the document says of them."""

import pytest

from pipeline.messages import MediaType, RequestBody
from tests.unit.agents.violations import violated

FILE = {"type": "string", "format": "binary"}


def post(inputs, media_type, schema):
    return inputs.operation("POST /a", body=RequestBody(content=[MediaType(media_type=media_type, schema=schema)], required=True))


def octets(value):
    return len(value if isinstance(value, bytes) else value.encode())


@pytest.mark.parametrize("media_type", ["application/octet-stream", "image/*", "application/pdf; x=y", "font/ttf"])
@pytest.mark.parametrize(
    ("schema", "bounds"),
    [
        (FILE | {"maxLength": 3}, (0, 3)),
        (FILE | {"minLength": 8, "maxLength": 11}, (8, 11)),
        ({"allOf": [{"$ref": "#/$defs/Short"}], "minLength": 2}, (2, 4)),
        ({"type": ["string", "null"], "maxLength": 2}, (0, 2)),
        ({"type": "object", "maxLength": 2}, (0, 5000)),
        (True, (0, 5000)),
    ],
)
def test_bytes_have_a_documented_length(inputs, positives, media_type, schema, bounds):
    """An octet is a character there; what is no string says nothing of bytes."""
    made = positives(post(inputs, media_type, schema), count=60, schemas={"Short": {"type": "string", "maxLength": 4}})
    found = {octets(case.steps[-1].body.value) for case in made}
    assert {case.intent for case in made} == {"valid"}
    assert (min(found), max(found)) == bounds


def test_texts_in_files_are_measured_in_octets(inputs, positives):
    """``Zoë`` is four of them; as text it has three characters."""
    schema = {"type": "object", "required": ["file"], "properties": {"file": FILE | {"maxLength": 3}}}
    found = [case.steps[-1].body.value["file"] for case in positives(post(inputs, "multipart/form-data", schema), count=40)]
    assert {octets(value) for value in found} == {0, 1, 2, 3}
    assert "Zoë" not in found
    as_text = schema | {"properties": {"file": {"type": "string", "maxLength": 3}}}
    assert "Zoë" in [case.steps[-1].body.value["file"] for case in positives(post(inputs, "multipart/form-data", as_text), count=40)]


@pytest.mark.parametrize(
    ("media_type", "schema", "where"),
    [
        ("image/png", FILE | {"minLength": 2, "maxLength": 9}, "body"),
        (
            "multipart/form-data",
            {"type": "object", "properties": {"f": FILE | {"minLength": 2, "maxLength": 9}}, "required": ["f"]},
            "body/f",
        ),
    ],
)
def test_bytes_of_other_lengths_are_tried_but_not_claimed(inputs, planned, media_type, schema, where):
    """No validator counts bytes: whether the document forbids them is not certain."""
    made = planned(post(inputs, media_type, schema))
    tried = violated(made, intent="unspecified")[where]
    assert [label for label in tried if label.endswith("Length")] == ["minLength", "maxLength"]
    assert "maxLength" not in violated(made).get(where, [])
    bodies = [case.steps[-1].body.value for case in made if case.classes[0].endswith("Length")]
    assert [len(body if isinstance(body, bytes) else body["f"]) for body in bodies] == [1, 10]
