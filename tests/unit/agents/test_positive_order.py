"""functional-positive: no case is like one before."""

import msgspec
import pytest

from stages.agents.core.compiler import Compiler
from stages.agents.core.places import ROOM, Place, Request
from stages.agents.core.realm import Realm
from stages.agents.core.variety import FEW, MANY, variety
from tests.unit.agents.steps import attempt

TEXT = {"type": "string"}
PLANNED = {
    "patterns": {"type": "string", "pattern": "^(?:(?=a)a[bc]|[de]{1,2})$"},
    "denied": {"type": "integer", "minimum": 1, "maximum": 9, "not": {"enum": [1, 2]}},
    "optional parts": {"type": "object", "properties": {name: {"type": "boolean"} for name in "abcd"}},
    "with examples": {
        "type": "object",
        "properties": {"a": {**TEXT, "example": "x"}, "b": {**TEXT, "example": "y"}, "c": {"type": "integer"}, "d": {"enum": [1, 2]}},
    },
    "a map": {"type": "object", "additionalProperties": {"enum": [1, 2]}, "minProperties": 1, "maxProperties": 3},
    "items": {"type": "array", "items": {"type": "string", "pattern": "^[ab]$"}, "minItems": 1, "maxItems": 3},
    "drawn": {"anyOf": [{"type": "string", "pattern": "^[01]$"}, {"type": "string", "pattern": "^[12]$"}]},
}
REPEATING = {
    "a pattern": {"type": "string", "pattern": "^(cat|dog|bird)s?-[0-9]{2}$"},
    "a bound": {"type": "integer", "maximum": 10},
    "none": {"type": "integer"},
    "two flags and a number": {
        "type": "object",
        "required": ["a", "b", "n"],
        "properties": {"a": {"type": "boolean"}, "b": {"type": "boolean"}, "n": {"type": "integer", "minimum": 0, "maximum": 100}},
        "additionalProperties": False,
    },
}


def bodies(made, *, planned):
    """What is sent in the cases of the plan, or in those behind it."""
    chosen = [case for case in made if (case.title != "random values") is planned and attempt(case).mutation == ""]
    return [msgspec.msgpack.encode(attempt(case).body.value, order="sorted") for case in chosen]


@pytest.mark.parametrize("name", PLANNED)
@pytest.mark.parametrize("seed", range(1, 9))
def test_no_two_planned_cases_are_the_same_whatever_is_drawn(inputs, positives, name, seed) -> None:
    """Combinations of optional parts and values that are drawn may come out like a case before; they are left out."""
    made = positives(inputs.operation("POST /a", body=inputs.json_body(PLANNED[name])), count=300, seed=seed)
    sent = bodies(made, planned=True)
    assert sent
    assert len(sent) == len(set(sent))


@pytest.mark.parametrize(("pattern", "number"), [("^(cat|dog|bird)s?$", 6), ("^a{1,3}$", 3), ("^[0-2]{2}$", 9), (r"^(?<x>a|b)\k<x>$", 2)])
def test_of_a_pattern_with_few_texts_each_is_sent_once(inputs, positives, pattern, number) -> None:
    """Then the stream ends: 54 of 60 were repeats."""
    made = positives(inputs.operation("POST /a", body=inputs.json_body({"type": "string", "pattern": pattern})), count=300)
    sent = [attempt(case).body.value for case in made]
    assert len(sent) == len(set(sent)) == number


@pytest.mark.parametrize("name", REPEATING)
@pytest.mark.parametrize("block", [0, 195])
def test_random_cases_that_repeat_one_are_replaced(inputs, positives, name, block) -> None:
    """Within a block, those of the plan included, and for ever: a new one takes the place of what was there."""
    operation = inputs.operation("POST /a", body=inputs.json_body(REPEATING[name]))
    planned = bodies(positives(operation), planned=True)
    first = len(planned) + 512 * block
    made = positives(operation, start=first, count=80)
    sent = [*planned, *bodies(made, planned=False)]
    assert len(sent) == len(set(sent)) == len(planned) + 80
    assert positives(operation, start=first + 70, count=10) == made[70:]


def _queries(inputs, **schemas):
    return [inputs.parameter(name, "query", schema) for name, schema in schemas.items()]


@pytest.mark.parametrize("schemas", [{"q": TEXT}, {"a": TEXT, "b": TEXT, "c": TEXT}, {"e": {"enum": ["x", "y"]}, "q": TEXT}])
def test_of_many_requests_no_two_in_a_row_of_hundreds_are_the_same(inputs, positives, schemas) -> None:
    """Half of what is drawn is without an optional part, and a word is drawn often: of 300 for one parameter 105 were different."""
    operation = inputs.operation("GET /a", *_queries(inputs, **schemas))
    made = positives(operation, count=500)
    sent = [msgspec.msgpack.encode(attempt(case).arguments) for case in made]
    assert len(sent) == len(set(sent)) == 500
    assert positives(operation, start=430, count=70) == made[430:]


@pytest.mark.parametrize("schema", [REPEATING["a bound"], {"type": "string", "format": "uuid"}])
def test_credentials_are_left_out_among_others(inputs, positives, schema) -> None:
    """In the place of the 16th random case."""
    operation = inputs.operation("POST /a", security=[{"key": []}], body=inputs.json_body(schema))
    made = positives(operation, count=80)
    first = next(case.ordinal for case in made if case.title == "random values")
    assert [case.ordinal for case in made if attempt(case).mutation == "absent"] == [1, first + 15]


@pytest.mark.parametrize(
    ("schema", "low", "high"),
    [
        ({"type": "string", "pattern": "^[a-c]{2}$"}, 9, 9),
        ({"type": "string", "pattern": "^(a|b)*$", "maxLength": 3}, 15, 15),
        ({"type": "string", "pattern": "^(?:)*$"}, 1, FEW + 1),
        ({"type": "string", "pattern": "^[a-z]{4}$"}, MANY, MANY),
        ({"type": "string", "pattern": "^[a-z]+$"}, MANY, MANY),
        ({"type": "string", "pattern": "x", "minLength": 3}, MANY, MANY),
        ({"type": "string", "format": "uuid"}, MANY, MANY),
        ({"type": "string", "maxLength": 2}, FEW, MANY - 1),
        ({"type": "integer"}, FEW, MANY - 1),
        ({"type": "object", "additionalProperties": {"type": "boolean"}}, MANY, MANY),
    ],
)
def test_how_many_values_there_are(inputs, schema, low, high) -> None:
    """Where that is not many."""
    compiler = Compiler({})
    place = Place("body", "body", compiler.node(schema), Realm.JSON, ROOM, required=True)
    request = Request(inputs.operation("POST /a"), (), (), (place,), body_required=True, complete=True)
    assert low <= variety(request) <= high
