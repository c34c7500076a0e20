"""functional-negative: what else a value may be read as, location by location, and so proves nothing."""

import pytest
from msgspec.structs import replace

from tests.unit.agents.violations import violated

TEXT = {"type": "string"}
PAIR = {"type": "object", "required": ["a", "b"], "properties": {"a": {"type": "integer"}, "b": {"type": "integer"}}}
NUMBERS = {"type": "array", "items": {"type": "integer"}, "minItems": 2}


@pytest.fixture
def labels(inputs, planned):
    """What is proved of the only parameter, which is required unless said otherwise, as ``POINTER:LABEL``."""

    def of(schema, location="query", **more):
        key = "GET /a/{q}" if location == "path" else "GET /a"
        parameter = replace(inputs.parameter("q", location, schema, required=True), **more)
        made = planned(inputs.operation(key, parameter))
        found = violated(made)
        return {f"{place.removeprefix(f'{location}/q')}:{label}" for place, some in found.items() if place != "method" for label in some}

    return of


@pytest.mark.parametrize(("location", "style"), [("path", "simple"), ("header", "simple"), ("query", "form")])
def test_an_object_in_one_text_is_that_text_too(labels, location, style):
    """What is "a,1" is a string, and a list of two; beside an integer it can only be an object."""
    said = {"style": style, "explode": False}
    assert "/b:required" in labels(PAIR, location, **said)
    assert "/b:required" in labels({"oneOf": [PAIR, {"type": "integer"}]}, location, **said)
    for other in (TEXT, {"type": "array"}):
        assert not any(label.startswith("/") for label in labels({"oneOf": [PAIR, other]}, location, **said))


def test_a_text_with_an_equals_sign_may_be_an_object(labels):
    """a=1x has one member in a header that explodes."""
    for value, is_proved in (("a-1", True), ("a=1", False)):
        assert (":enum/suffix" in labels({"anyOf": [{"enum": [value]}, {"type": "object"}]}, "header", explode=True)) == is_proved


def test_a_deep_object_is_no_text_of_its_name(labels):
    """q[a]=1 says nothing of a parameter q."""
    assert "/b:required" in labels({"oneOf": [PAIR, {"type": "string", "maxLength": 3}]}, style="deepObject", explode=True)


@pytest.mark.parametrize(("name", "is_proved"), [("a", True), ("a1", True), ("0", False), ("", False), ("a]", False), ("a][b", False)])
def test_a_name_in_brackets_may_be_one_of_a_list_or_deeper(labels, name, is_proved):
    """q[0]=1 and q[]=1 are lists to many servers, q[a][b]=1 is an object in an object."""
    deep = {"type": "object", "required": [name], "properties": {name: {"type": "integer", "minimum": 3}, "z": {"type": "integer"}}}
    assert (f"/{name}:minimum" in labels(deep, style="deepObject", explode=True)) == is_proved


@pytest.mark.parametrize("explode", [True, False])
def test_a_list_is_one_text_too_and_of_two_a_pair(labels, explode):
    """q=1,2 (or both, joined by the server) has three characters, and may be the object {"1": 2}."""
    three = {"type": "array", "minItems": 3, "items": {"type": "integer"}}
    assert "/:minItems" not in labels(three)
    assert ":minItems" in labels(three, explode=explode)
    assert ":minItems" in labels({"anyOf": [three, {"type": "string", "pattern": "^-$"}]}, explode=explode)
    assert ":minItems" not in labels({"anyOf": [three, {"type": "string", "pattern": "^[0-9]+[,|][0-9]+$"}]}, explode=explode)
    assert ":minItems" not in labels({"anyOf": [three, {"type": "object"}]}, explode=explode)


def test_what_routes_a_path_otherwise_is_not_proved_there(labels):
    """A server that decodes before it routes takes 2020/01/01 for three segments, which another operation may have."""
    dates = {"enum": ["2020/01", "b"]}
    assert ":enum/prefix" in labels(dates)
    assert ":enum/prefix" not in labels(dates, "path")
    for char in "\\;":
        assert ":enum/suffix" not in labels({"enum": [f"a{char}b"]}, "path")
    assert ":enum/suffix" in labels({"enum": ["a.b"]}, "path")
    assert ":enum/suffix" not in labels({"enum": ["a.b"]}, "path", style="label")


def test_a_number_with_a_point_is_two_in_a_path_of_labels(labels):
    """The text .1.5 is the list of 1 and 5 there."""
    whole = {"type": "array", "items": {"type": "integer"}}
    assert "/0:type/number" in labels(whole, "path", style="simple")
    assert "/0:type/number" not in labels(whole, "path", style="label", explode=True)


@pytest.mark.parametrize(("location", "more"), [("cookie", {}), ("query", {"allow_reserved": True})])
def test_a_percent_sign_may_be_decoded_or_not(labels, location, more):
    """Some servers decode cookies; what has allowReserved is sent as it is, encoded or not."""
    assert ":enum/suffix" in labels({"enum": ["ab"]}, location, **more)
    assert ":enum/suffix" not in labels({"enum": ["a%20b"]}, location, **more)
    assert ":enum/suffix" in labels({"enum": ["a%20b"]})
