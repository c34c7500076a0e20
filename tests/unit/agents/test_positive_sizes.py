"""functional-positive: how many items and properties the values have that it tries."""

import pytest

from tests.unit.agents.steps import attempt, values

WORDS = {"type": "object", "additionalProperties": {"type": "integer"}}


def sizes(made, place="body"):
    """How many parts the value has in each case that tries it, by label."""
    found = {}
    for case in made:
        at, _, label = case.title.partition(": ")
        if at == place:
            found[label] = len(attempt(case).body.value if place == "body" else values(case)[place.partition("/")[2]])
    return found


def test_arrays_have_as_many_items_as_allowed_and_one_beside(inputs, positives) -> None:
    """The best guess has the fewest."""
    schema = {"type": "array", "items": {"type": "integer"}, "minItems": 3, "maxItems": 9}
    made = positives(inputs.operation("POST /a", body=inputs.json_body(schema)))
    assert len(attempt(made[0]).body.value) == 3
    assert sizes(made) == {"above-minItems": 4, "maxItems": 9, "below-maxItems": 8}


@pytest.mark.parametrize(
    ("items", "unique", "many"),
    [
        ({"enum": ["a", "b", "c"]}, True, 3),
        ({"enum": ["a", "b", "c"]}, False, 20),
        ({"type": "boolean"}, True, 2),
        ({"type": "string"}, True, 20),
    ],
)
def test_many_items_are_no_more_than_there_are_values(*, inputs, positives, items, unique, many) -> None:
    """Where they must differ: twenty of three cannot be made, and all three are worth trying."""
    made = positives(inputs.operation("POST /a", body=inputs.json_body({"type": "array", "items": items, "uniqueItems": unique})))
    assert sizes(made)["many-items"] == many


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ({**WORDS, "minProperties": 2, "maxProperties": 9}, {"above-minProperties": 3, "maxProperties": 9, "below-maxProperties": 8}),
        ({**WORDS, "maxProperties": 1}, {"additional": 1}),
        (WORDS, {"additional": 1, "several-properties": 3}),
        ({**WORDS, "maxProperties": 0}, {}),
        (
            {"type": "object", "properties": {name: {"type": "boolean"} for name in "abcd"}, "minProperties": 1, "maxProperties": 3},
            {"bare": 1, "above-minProperties": 2},
        ),
        (
            {"type": "object", "required": ["a"], "properties": {"a": {"const": 1}, "b": {"const": 1}}, "additionalProperties": False}
            | {"maxProperties": 5},
            {},
        ),
        (
            {"type": "object", "patternProperties": {"^x-[a-z]{4}$": {"const": 1}}, "additionalProperties": False, "minProperties": 1},
            {"above-minProperties": 2, "several-properties": 3},
        ),
    ],
)
def test_objects_have_as_many_properties_as_allowed_and_one_beside(inputs, positives, schema, expected) -> None:
    """Only sizes that there are; what the best guess has anyway is not made again."""
    made = positives(inputs.operation("POST /a", body=inputs.json_body(schema)))
    found = {label: size for label, size in sizes(made).items() if not label.startswith("named")}
    assert found == expected
    assert all(case.intent == "valid" for case in made)


def test_a_map_in_a_header_is_not_empty(inputs, positives) -> None:
    """Nothing would arrive."""
    made = positives(inputs.operation("GET /a", inputs.parameter("m", "header", {**WORDS, "maxProperties": 2}, required=True)))
    assert all(values(case)["m"] for case in made)


def test_random_maps_have_up_to_three_members_more_than_need_be(inputs, positives) -> None:
    """They had one at most, or none but the needed. The empty one is in the plan already."""
    for low in (0, 2):
        made = positives(inputs.operation("POST /a", body=inputs.json_body({**WORDS, "minProperties": low})), count=200)
        assert {len(attempt(case).body.value) for case in made if case.title == "random values"} == set(range(max(low, 1), low + 4))
