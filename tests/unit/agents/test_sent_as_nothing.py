"""Values of which nothing, or nothing certain, stands on the wire: what is said of them holds of what is sent."""

import pytest
from msgspec import structs

from pipeline.messages import MediaType, RequestBody
from tests.unit.agents.violations import violated

OBJECT = {"type": "object", "additionalProperties": False}
EMPTY = {"type": "array", "items": {"type": "string", "minLength": 1}, "maxItems": 1}


def body(media_type, schema):
    return RequestBody(content=[MediaType(media_type=media_type, schema=schema)], required=True)


@pytest.mark.parametrize(
    ("media_type", "expected"),
    [("application/x-www-form-urlencoded", "unspecified"), ("multipart/form-data", "unspecified"), ("application/json", "valid")],
)
@pytest.mark.parametrize("nothing", [[], None, [None]])
def test_a_form_without_a_required_member_is_not_claimed_valid(inputs, positives, media_type, expected, nothing):
    """An empty list and null have no form there; JSON has one."""
    schema = {"type": "object", "required": ["a"], "properties": {"a": {"enum": [nothing]}}, "additionalProperties": False}
    made = positives(inputs.operation("POST /a", body=body(media_type, schema)), count=1)
    assert [(case.intent, case.steps[-1].body.value) for case in made] == [(expected, {"a": nothing})]


@pytest.mark.parametrize("around", [lambda one: one, lambda one: OBJECT | {"required": ["a"], "properties": {"a": one}}])
@pytest.mark.parametrize("listed", [False, True])
def test_xml_without_a_required_list_is_not_claimed_valid(inputs, positives, around, listed):
    """An empty list has no element, unless it is wrapped: at the top, in an object, in an item."""
    schema = OBJECT | {"required": ["a"], "properties": {"a": {"enum": [[]]}}}
    schema = around(
        OBJECT | {"required": ["b"], "properties": {"b": {"type": "array", "items": schema, "minItems": 1}}} if listed else schema
    )
    assert [case.intent for case in positives(inputs.operation("POST /a", body=body("text/xml", schema)), count=1)] == ["unspecified"]


@pytest.mark.parametrize(("needed", "is_proved"), [({}, False), ({"required": ["a"]}, True)])
def test_an_empty_text_may_be_an_object_without_members(inputs, planned, needed, is_proved):
    """``?p=`` proves nothing against one, unless a member must be there."""
    schema = {"type": "object", "properties": {"a": {"type": "integer"}}, **needed}
    parameter = structs.replace(inputs.parameter("p", "query", schema, required=True), explode=False)
    assert ("empty-value" in violated(planned(inputs.operation("GET /a", parameter))).get("query/p", [])) is is_proved


def test_a_form_without_a_member_that_nobody_asks_for_is_valid(inputs, positives):
    """The empty list is left out there."""
    schema = {"type": "object", "properties": {"a": {"enum": [[]]}, "b": {"const": "x"}}, "required": ["b"]}
    made = positives(inputs.operation("POST /a", body=body("application/x-www-form-urlencoded", schema)))
    assert {case.intent for case in made} == {"valid"}
    assert {"a": [], "b": "x"} in [case.steps[-1].body.value for case in made]


def test_an_empty_text_may_be_an_empty_list(inputs, planned):
    """``?p=`` is how a required list without items is sent: nothing proves that it is one of an empty text."""
    made = planned(inputs.operation("GET /a", inputs.parameter("p", "query", EMPTY, required=True)))
    assert "minLength" not in violated(made).get("query/p/0", [])
    assert "empty-value" not in violated(made)["query/p"]
    assert "empty-value" in violated(made, intent="unspecified")["query/p"]


def test_an_empty_text_is_wrong_where_the_list_has_items(inputs, planned):
    made = planned(inputs.operation("GET /a", inputs.parameter("p", "query", {**EMPTY, "minItems": 1}, required=True)))
    assert "minLength" in violated(made)["query/p/0"]


@pytest.mark.parametrize(("kind", "is_proved"), [({}, False), ({"type": "object"}, True)])
def test_an_object_sent_as_text_is_wrong_where_no_text_is_right(inputs, planned, kind, is_proved):
    """JSON under a media type of text is a text as well."""
    schema = {"required": ["a"], "properties": {"a": {"type": "integer"}}, **kind}
    made = planned(inputs.operation("POST /a", body=body("text/csv", schema)))
    assert ("body/a" in violated(made)) is is_proved
