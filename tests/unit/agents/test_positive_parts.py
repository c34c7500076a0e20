"""functional-positive: which parts of a value have their own values tried."""

import pytest

from tests.unit.agents.steps import attempt

RANGE = {"type": "integer", "minimum": 3, "maximum": 9}


def tried(made, pointer):
    """What is tried at a part of the body: the part's value by label."""
    found = {}
    for case in made:
        place, _, label = case.title.partition(": ")
        if place == f"body{pointer}":
            value = attempt(case).body.value
            for step in pointer.split("/")[1:]:
                value = value[int(step)] if isinstance(value, list) else value[step]
            found[label] = value
    return found


def test_a_value_of_a_map_has_every_branch_bound_and_value_of_an_enum(inputs, positives) -> None:
    """In the property that is added where none is declared."""
    either = {"oneOf": [{"type": "integer", "minimum": 1, "maximum": 5}, {"enum": ["a", "b"]}]}
    made = positives(inputs.operation("POST /a", body=inputs.json_body({"type": "object", "additionalProperties": either})))
    assert tried(made, "/extra1") == {"oneOf/1": "a", "maximum": 5, "above-minimum": 2, "below-maximum": 4, "enum/1": "b"}


def test_a_property_of_every_pattern_of_names_has_its_bounds_tried(inputs, positives) -> None:
    """Under a name that matches."""
    patterns = {"^a[a-z]{3}$": RANGE, "^b[a-z]{3}$": {"enum": ["x", "y"]}}
    schema = {"type": "object", "patternProperties": patterns, "additionalProperties": False}
    made = positives(inputs.operation("POST /a", body=inputs.json_body(schema)))
    names = {case.title.partition(": ")[0].removeprefix("body/") for case in made if case.title.startswith("body/")}
    first, second = sorted(names)
    assert (first[0], second[0]) == ("a", "b")
    assert tried(made, f"/{first}") == {"minimum": 3, "maximum": 9, "above-minimum": 4, "below-maximum": 8}
    assert tried(made, f"/{second}") == {"enum/0": "x", "enum/1": "y"}


def test_a_required_property_that_is_not_declared_has_its_bounds_tried(inputs, positives) -> None:
    """It has the schema of all that nothing names, so that no other property need be tried for it."""
    schema = {"type": "object", "required": ["q", "r"], "additionalProperties": RANGE}
    made = positives(inputs.operation("POST /a", body=inputs.json_body(schema)))
    assert tried(made, "/q") == {"maximum": 9, "above-minimum": 4, "below-maximum": 8}
    assert not tried(made, "/r")
    assert not tried(made, "/extra1")


def test_every_item_of_a_tuple_and_the_first_behind_it_has_its_values_tried(inputs, positives) -> None:
    """Each in an array that is long enough; that an optional item is there at all is tried first."""
    schema = {"type": "array", "prefixItems": [{"enum": ["a", "b"]}, {"enum": ["c", "d", "e"]}], "items": {"enum": [7, 8, 9]}}
    made = positives(inputs.operation("POST /a", body=inputs.json_body(schema)))
    assert tried(made, "/0") == {"enum/1": "b"}
    assert tried(made, "/1") == {"enum/0": "c", "enum/1": "d", "enum/2": "e"}
    assert tried(made, "/2") == {"enum/0": 7, "enum/1": 8, "enum/2": 9}
    assert [attempt(case).body.value for case in made if case.title == "body/2: enum/1"] == [["a", "c", 8]]


@pytest.mark.parametrize(
    ("limits", "expected"),
    [({"maxItems": 2}, {"/0", "/1"}), ({"items": False}, {"/0", "/1"}), ({"items": {"enum": ["e", "f"]}}, {"/0", "/1", "/2"})],
)
def test_no_item_is_tried_that_there_may_not_be(*, inputs, positives, limits, expected) -> None:
    """Beyond maxItems, or behind a closed tuple."""
    schema = {"type": "array", "prefixItems": [{"enum": ["a", "b"]}, {"enum": ["c", "d"]}], "items": {"enum": [7, 8]}, **limits}
    made = positives(inputs.operation("POST /a", body=inputs.json_body(schema)))
    assert {case.title.partition(": ")[0].removeprefix("body") for case in made if case.title.startswith("body/")} == expected


def test_an_optional_item_of_which_nothing_is_to_be_tried_is_there_once(inputs, positives) -> None:
    """As an optional property is."""
    schema = {"type": "array", "prefixItems": [{"type": "boolean"}, {"const": "x"}], "maxItems": 2}
    made = positives(inputs.operation("POST /a", body=inputs.json_body(schema)))
    assert [attempt(case).body.value for case in made if case.title == "body/1: present"] == [[True, "x"]]


def test_equal_items_are_tried_once(inputs, positives) -> None:
    """All places that are kept for what an array contains have one schema."""
    schema = {"type": "array", "contains": RANGE, "minContains": 30, "items": {"type": "integer"}}
    made = positives(inputs.operation("POST /a", body=inputs.json_body(schema)), count=200)
    assert {case.title.partition(": ")[0] for case in made if case.title.startswith("body/")} == {"body/0", "body/30"}
