"""Parts that all cases of an operation are without: each is named, with the reason."""

import pytest

from pipeline.messages import ApiSlice, MediaType, Parameter, RequestBody
from stages.agents.generate import Generator
from stages.agents.wire import OF_NO_ORDINAL

ODD = {"type": "string", "pattern": r"\p{Print}"}
EMPTY = {"type": "string", "minLength": 5, "maxLength": 4}
WHY_ODD = r"gave up at its root: pattern with the property \p{Print}"
WHY_EMPTY = "proved empty at its root: bounds that exclude each other"


def told(inputs, operation, agent=None, start=0):
    slice_ = ApiSlice(digest="s", operations=[operation])
    gave_up = []
    made = list(Generator(slice_).answers(inputs.job(slice_, 1, (start, 5), agent=agent or inputs.POSITIVE), gave_up))
    assert made
    assert {ordinal for _, ordinal, _ in gave_up} <= {OF_NO_ORDINAL}
    return [reason for _, _, reason in gave_up]


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ({"properties": {"a": ODD, "b": {"type": "integer"}}}, [f"left out: body/a: {WHY_ODD}"]),
        ({"properties": {"a/b": EMPTY}}, [f"left out: body/a~1b: {WHY_EMPTY}"]),
        ({"properties": {"a": {"properties": {"b": EMPTY}}}}, [f"left out: body/a/b: {WHY_EMPTY}"]),
        ({"type": "array", "items": EMPTY}, [f"left out: body/0: {WHY_EMPTY}"]),
        (
            {"properties": {"a": {"type": "object", "required": ["b"], "properties": {"b": EMPTY}}}},
            [f"left out: body/a: {WHY_EMPTY.replace('its root', '/b')}"],
        ),
        (
            {"properties": {"a": {"required": ["b"], "properties": {"b": EMPTY}}}},
            [f"left out: body/a: {WHY_EMPTY.replace('its root', '/b').replace('proved empty', 'gave up')}"],
        ),
        ({"properties": {"a": False, "b": {"type": "integer"}}}, []),
        ({"oneOf": [{"type": "integer"}, EMPTY, False]}, [f"left out: body oneOf/1: {WHY_EMPTY}"]),
        ({"properties": {"a": {"anyOf": [ODD, {"type": "integer"}]}}}, [f"left out: body/a anyOf/0: {WHY_ODD}"]),
        (
            {"type": "object", "properties": {"a": {"type": "integer"}}, "oneOf": [{"required": ["a"]}, {"type": "string"}]},
            ["left out: body oneOf/1: proved empty at its root: types that exclude each other"],
        ),
        ({"oneOf": [{"type": "integer"}, {"type": "string"}], "anyOf": [{"type": "string"}, True]}, []),
    ],
)
def test_optional_parts_and_branches_of_a_body_are_named(inputs, schema, expected):
    """By the pointer of the part, and the branch; one that the schema itself forbids is none."""
    assert told(inputs, inputs.operation("POST /a", body=inputs.json_body(schema))) == expected


def test_optional_parameters_and_bodies_are_named(inputs):
    """What a request must have is not: without it there is no case, which is told of each."""
    query = Parameter(name="q", location="query", schema=ODD)
    xml = MediaType(media_type="application/xml", schema=EMPTY)
    body = RequestBody(content=[*inputs.json_body({"type": "integer"}).content, xml], required=True)
    found = told(inputs, inputs.operation("POST /a", query, body=body))
    assert found == [f"left out: query/q: {WHY_ODD}", f"left out: body: {WHY_EMPTY}"]


def test_it_is_said_once(inputs):
    """Where the operation begins, and by one agent."""
    operation = inputs.operation("POST /a", body=inputs.json_body({"properties": {"a": ODD, "b": {"type": "integer"}}}))
    assert told(inputs, operation, start=5) == []
    assert told(inputs, operation, agent=inputs.NEGATIVE) == []


@pytest.mark.parametrize(
    ("location", "schema", "expected"),
    [
        ("path", {"enum": ["a", "", ".."]}, ["enum/1", "enum/2"]),
        ("path", {"anyOf": [{"enum": ["a", ""]}, {"enum": ["", "b"]}]}, ["enum/1", "enum/0"]),
        ("header", {"type": "string", "examples": ["a", "\u00e9"]}, ["example/1"]),
        ("cookie", {"type": "string", "examples": [";"]}, ["example/0"]),
        ("header", {"type": "string", "examples": [5], "default": "a"}, []),
        ("query", {"enum": ["", "\0"]}, ["enum/1"]),
    ],
)
def test_values_without_a_form_in_their_place_are_named(inputs, location, schema, expected):
    """A value of an enum, and an example that is right, which no request can have there."""
    found = told(inputs, inputs.operation("GET /a/{q}" if location == "path" else "GET /a", inputs.parameter("q", location, schema)))
    assert found == [f"left out: {location}/q {name}: no form in its place" for name in expected]
    body = inputs.json_body({"properties": {"q": schema}})
    assert told(inputs, inputs.operation("POST /a", body=body)) == []
