"""Patterns that are searched for: further characters before and behind them, and the lengths that come of it."""

import jsonschema_rs
import pytest

from stages.agents.core.compiler import Compiler
from stages.agents.core.interesting import variations
from stages.agents.core.realm import Realm
from stages.agents.core.steer import Length
from tests.unit.agents.steps import attempt

OPEN = [
    "^https?://",
    "^[a-z]",
    r"\d",
    r"\.json$",
    r"\bfoo\b",
    r"^\bfoo",
    "^a|b$|c",
    "(^a|b$)x?",
    "^(?:ab)+",
    "(a)\\1",
    "x{0,3}y{2}|z*?",
    "^(?!0)[0-9]",
    "(?<![0-9])7",
    "(?=[a-z]{2})",
    "",
]


def planned_lengths(schema, realm=Realm.JSON):
    """The lengths that are tried of a string, by label."""
    compiler = Compiler({})
    found = variations(compiler, compiler.node({"type": "string", **schema}), realm, 5)
    return {variation.label: variation.steer.length for variation in found if isinstance(variation.steer, Length)}


@pytest.mark.parametrize("source", OPEN)
def test_texts_at_random_are_many_and_match(source, make) -> None:
    """By another engine."""
    schema = {"type": "string", "pattern": source}
    validator = jsonschema_rs.Draft202012Validator(schema)
    made = [make(schema, "random", seed=seed) for seed in range(200)]
    assert all(map(validator.is_valid, made))
    assert len(set(made)) > 30
    assert len({len(text) for text in made}) > 5


@pytest.mark.parametrize("source", ["^a$", "^$|^[A-Z]$", "(?m:^b$)", "^(a|b)$"])
def test_closed_ends_have_no_room(source, make) -> None:
    """Neither at anchors of all alternatives, nor where a line begins or ends."""
    assert all(len(make({"type": "string", "pattern": source}, "random", seed=seed)) <= 1 for seed in range(50))


def test_room_is_only_where_an_alternative_has_it(make) -> None:
    """In front of a `b` at the end, behind an `a` at the beginning, on both sides of a `c`."""
    made = {make({"type": "string", "pattern": "^a|b$|c"}, "random", seed=seed) for seed in range(200)}
    assert any(text.startswith("a") and text[-1] not in "bc" for text in made if len(text) > 1)
    assert any(text.endswith("b") and text[0] != "a" for text in made if len(text) > 1)
    assert any("c" in text[1:-1] for text in made)


@pytest.mark.parametrize(
    ("schema", "best"),
    [
        ({"pattern": "^https://"}, "https://sample"),
        ({"pattern": r"\.json$"}, "sample.json"),
        ({"pattern": "^https://", "maxLength": 10}, "https://sa"),
        ({"pattern": "^https://", "minLength": 17}, "https://samplesam"),
        ({"pattern": "^https://", "maxLength": 8}, "https://"),
        ({"pattern": "B"}, "B"),
    ],
)
def test_the_best_guess_goes_on_with_a_plausible_text(schema, best, make) -> None:
    """At the one end that is open; a pattern without anchors mostly means the whole."""
    assert make({"type": "string", **schema}) == best


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ({"pattern": "^https?://", "maxLength": 2048}, (7, 8, 2047, 2048)),
        ({"pattern": "^[a-z]{3,9}$"}, (3, 4, 8, 9)),
        ({"pattern": "^[a-z]{3,9}$", "minLength": 4, "maxLength": 6}, (4, 5, None, 6)),
        ({"pattern": "^[a-z]+$"}, (1, 2, 1023, 1024)),
        ({"pattern": "^[a-z]+$", "minLength": 5000}, (5000, None, None, None)),
        ({"pattern": "^(ab)+$", "minLength": 3, "maxLength": 11}, (4, 6, 8, 10)),
        ({"pattern": "^(a|bcd)$"}, (1, None, None, 3)),
        ({"pattern": "^[0-9a-f]{36}(,[0-9a-f]{36})*$"}, (36, 73, 961, 998)),
        ({"pattern": r"\bfoo\b"}, (3, 4, 127, 128)),
        ({"pattern": "^(?=.*\\d)[a-z0-9]{4,9}$"}, (4, 5, 8, 9)),
    ],
)
def test_lengths_at_the_bounds_and_beside_them_are_tried(schema, expected, make) -> None:
    """Those that the pattern can have, or the nearest to them; a text of each is made, and valid."""
    labels = ("shortest", "above-shortest", "below-longest", "longest")
    planned = planned_lengths(schema)
    assert planned == {label: length for label, length in zip(labels, expected, strict=True) if length is not None}
    validator = jsonschema_rs.Draft202012Validator({"type": "string", **schema})
    for length in planned.values():
        made = make({"type": "string", **schema}, steer=Length(length))
        assert len(made) == length
        assert validator.is_valid(made)


def test_the_shortest_text_of_a_plain_realm_is_not_empty() -> None:
    """Nothing cannot be sent in a path."""
    assert planned_lengths({"pattern": "^[a-z]*$", "maxLength": 5}, Realm.PATH) == {
        "shortest": 1,
        "longest": 5,
        "above-shortest": 2,
        "below-longest": 4,
    }


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "object", "patternProperties": {"^x-": {"type": "integer"}}, "additionalProperties": False, "minProperties": 2},
        {"type": "object", "propertyNames": {"pattern": "^x-"}, "minProperties": 20},
        {"type": "array", "uniqueItems": True, "minItems": 20, "items": {"type": "string", "pattern": "^x-"}},
        {"type": "string", "allOf": [{"pattern": "^[a-z]"}, {"pattern": "[0-9]$"}]},
        {"type": "string", "pattern": "^[a-z]+$", "minLength": 5000},
        {"type": "string", "pattern": "^(?:ab)+", "minLength": 5, "maxLength": 5},
    ],
)
def test_what_needs_more_than_the_pattern_itself_is_made(schema, make) -> None:
    """Names, items and texts that the pattern as it is does not give."""
    assert jsonschema_rs.Draft202012Validator(schema).is_valid(make(schema))


def test_a_stream_of_an_open_pattern_does_not_end(inputs, positives) -> None:
    """There are many such texts, and random cases are mostly others; of the pattern alone there would be two."""
    schema = {"type": "string", "pattern": "^https?://", "maxLength": 40}
    made = positives(inputs.operation("POST /a", body=inputs.json_body(schema)), start=1000, count=40)
    assert len({attempt(case).body.value for case in made}) > 20


@pytest.mark.parametrize(("maximum", "number"), [(7, 1), (8, 66)])
def test_a_stream_ends_where_the_lengths_leave_few(maximum, number, inputs, positives) -> None:
    """`http://` alone; or that, and with one character more: the `s`, or one of 64 behind it."""
    schema = {"type": "string", "pattern": "^https?://", "maxLength": maximum}
    made = positives(inputs.operation("POST /a", body=inputs.json_body(schema)), count=1000)
    assert number // 3 < len(made) <= number
