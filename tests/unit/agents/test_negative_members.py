"""Objects whose members are parameters of their own: what functional-negative violates in them, and what it cannot prove."""

import pytest
from msgspec import structs

from tests.unit.agents.violations import violated

FILTER = {
    "type": "object",
    "required": ["a"],
    "properties": {"a": {"type": "integer", "minimum": 0}, "b": {"enum": ["x", "y"]}, "c": {"type": "array", "items": {"type": "integer"}}},
    "additionalProperties": False,
}


def _of_members(inputs, planned, *others, explode=True, location="query", style="form", **more):
    parameter = structs.replace(inputs.parameter("q", location, FILTER, **more), style=style, explode=explode)
    return violated(planned(inputs.operation("GET /a", parameter, *others)))


@pytest.mark.parametrize(
    ("style", "explode", "location"), [("form", True, "query"), ("form", True, "cookie"), ("deepObject", True, "query")]
)
def test_members_that_are_parameters_of_their_own_are_violated(inputs, planned, style, explode, location):
    """Each by its own schema; an array among them has a form in deepObject only."""
    found = _of_members(inputs, planned, style=style, explode=explode, location=location, required=True)
    assert {"type/string", "minimum", "minimum/far"} <= set(found[f"{location}/q/a"])
    assert {"enum/case", "enum/suffix"} <= set(found[f"{location}/q/b"])
    assert "required" in found[f"{location}/q"]
    assert (f"{location}/q/c/0" in found) == (style == "deepObject")


def test_members_among_other_parameters_are_violated_by_what_is_surely_theirs(inputs, planned):
    """A name that another parameter has proves nothing, no more does one that no schema has, nor an optional object that is not there."""
    own = _of_members(inputs, planned, required=True)
    assert "required" in own["query/q/a"]
    assert "query/q/extra1" not in own
    optional = _of_members(inputs, planned)
    assert "type/string" in optional["query/q/a"]
    assert "required" not in optional["query/q/a"]
    shared = _of_members(inputs, planned, inputs.parameter("a", "query", {"type": "string"}), required=True)
    assert "query/q/a" not in shared
    assert "required" not in shared.get("query/q", [])
    assert "enum/case" in shared["query/q/b"]
    elsewhere = _of_members(inputs, planned, inputs.parameter("a", "header", {"type": "string"}), required=True)
    assert "required" in elsewhere["query/q/a"]
    anything = inputs.parameter("r", "query", {"type": "object", "additionalProperties": {"type": "integer"}})
    open_ = _of_members(inputs, planned, anything, required=True)
    assert "required" not in open_["query/q/a"]
    assert "minimum" in open_["query/q/a"]
