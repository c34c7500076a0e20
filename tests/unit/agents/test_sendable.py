"""What has no form in its place is not made, and where OpenAPI does not say how a value is written it is not claimed to be valid."""

import pytest
from msgspec import structs

from pipeline.messages import Encoding, MediaType, RequestBody
from tests.bench.sendable import Sendable
from tests.golden.sending import sending

NUMBER = {"type": "integer"}
INSIDE = {"type": "object", "properties": {"n": NUMBER, "a": {"type": "array", "items": NUMBER}}, "required": ["n"]}
URLENCODED, MULTIPART = "application/x-www-form-urlencoded", "multipart/form-data"


def form(schema, *encoding, media_type=URLENCODED):
    return RequestBody(content=[MediaType(media_type=media_type, schema=schema, encoding=list(encoding))], required=True)


@pytest.mark.parametrize("agent", ["cases", "positives"])
def test_what_is_claimed_can_be_sent(request, agent):
    """Whatever is in a parameter or a form: a case that says "valid" or "invalid" has a request."""
    make = request.getfixturevalue(agent)
    slice_, _ = sending()["sending"]
    for operation in slice_.operations:
        sendable = Sendable(operation, slice_.schemas)
        for case in make(operation, count=8):
            assert case.intent == "unspecified" or not sendable.why_not(case), (operation.key, case.title)


@pytest.mark.parametrize(("required", "intents"), [(["n"], {"valid", "unspecified"}), (["n", "a"], {"unspecified"})])
def test_a_list_in_an_object_of_a_parameter_is_not_claimed_valid(inputs, positives, required, intents):
    """Nor are the other cases, where the object must have it; it is sent all the same."""
    parameter = inputs.parameter("p", "query", INSIDE | {"required": required}, required=True)
    made = positives(inputs.operation("GET /a", parameter))
    assert {case.intent for case in made} == intents
    assert {"a" in case.steps[-1].arguments[0].value for case in made if case.intent == "valid"} <= {False}
    assert any("a" in case.steps[-1].arguments[0].value for case in made)


def test_an_object_without_a_list_is_found_where_one_may_be(inputs, positives):
    """A case of other things that happens to have every part is made again, until it is valid."""
    parameters = inputs.parameter("p", "query", INSIDE, required=True), inputs.parameter("q", "query", NUMBER)
    assert (
        next(case for case in positives(inputs.operation("GET /a", *parameters)) if case.title == "with every optional part").intent
        == "valid"
    )


@pytest.mark.parametrize(
    ("style", "schema", "intent"),
    [
        ("deepObject", INSIDE | {"required": ["a"]}, "valid"),
        ("deepObject", {"type": "object", "properties": {"o": INSIDE}, "required": ["o"]}, "valid"),
        (
            "deepObject",
            {"type": "object", "properties": {"o": {"type": "array", "items": INSIDE, "minItems": 1}}, "required": ["o"]},
            "unspecified",
        ),
        ("deepObject", {"type": "object", "properties": {"o": {"const": {}}}, "required": ["o"]}, "unspecified"),
        ("form", {"type": "object", "properties": {"o": {"type": "null"}}, "required": ["o"]}, "unspecified"),
        ("form", {"type": "array", "items": NUMBER, "minItems": 2}, "valid"),
    ],
)
def test_what_is_written_and_how_decides(inputs, positives, style, schema, intent):
    """Objects in objects have a form in deepObject, nulls and what is empty inside have none."""
    parameter = structs.replace(inputs.parameter("p", "query", schema, required=True), style=style, explode=True)
    assert positives(inputs.operation("GET /a", parameter), count=1)[0].intent == intent


@pytest.mark.parametrize(
    ("encoding", "intent"),
    [
        ([], "valid"),
        ([Encoding(name="p")], "unspecified"),
        ([Encoding(name="other")], "valid"),
        ([Encoding(name="p", content_type="application/json")], "valid"),
        ([Encoding(name="p", style="deepObject")], "valid"),
    ],
)
def test_a_part_of_a_form_is_written_as_its_encoding_says(inputs, positives, encoding, intent):
    body = form({"type": "object", "properties": {"p": INSIDE | {"required": ["a"]}}, "required": ["p"]}, *encoding)
    assert positives(inputs.operation("POST /a", body=body), count=1)[0].intent == intent


@pytest.mark.parametrize(
    ("media_type", "schema", "expected"),
    [
        (URLENCODED, {"type": "string"}, []),
        (MULTIPART, {"type": "string", "format": "binary"}, []),
        (URLENCODED, {"type": ["integer", "object"]}, [{}]),
        (URLENCODED, True, [{}]),
        (MULTIPART, {}, [{}]),
        ("text/plain", {"type": "string", "const": "x"}, ["x"]),
    ],
)
def test_a_form_is_an_object(inputs, positives, media_type, schema, expected):
    """Nothing is made of one that is none."""
    made = positives(inputs.operation("POST /a", body=form(schema, media_type=media_type)), count=1)
    assert [case.steps[-1].body.value for case in made] == expected


@pytest.mark.parametrize(("required", "expected"), [(True, [5]), (False, [None])])
def test_a_required_parameter_is_not_null(inputs, positives, required, expected):
    """Which has no form; an optional one is left out."""
    parameter = inputs.parameter("p", "query", {"enum": [None, 5]}, required=required)
    made = positives(inputs.operation("GET /a", parameter), start=0 if required else 1, count=1)
    assert [case.steps[-1].arguments[0].value for case in made] == expected
    assert {case.intent for case in made} == {"valid"}
