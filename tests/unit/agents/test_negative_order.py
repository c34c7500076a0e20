"""functional-negative: in which order, what is asked besides, and what surrounds a violation."""

import re

import msgspec
import pytest
from msgspec import structs

from pipeline.messages import ApiSlice, Instance
from stages.agents.negative.agent import FunctionalNegative
from tests.unit.agents.violations import post, violated


def test_the_parts_of_a_wide_object_take_turns(inputs, cases):
    """Each is violated in all its keywords, before any is in another way; these come at random."""
    names = [f"p{index}" for index in range(200)]
    schema = {"type": "object", "properties": {name: {"type": "integer", "minimum": 5, "maximum": 9} for name in names}}
    made = cases(post(inputs, schema), count=2500)
    end = next(index for index, case in enumerate(made) if case.steps[-1].method)
    found = violated(made[:end])
    assert all(found.get(f"body/{name}") == ["type/string", "minimum", "maximum"] for name in names)
    at_random = {(case.classes[0].partition(":")[0], case.classes[0].rpartition("violates/")[2]) for case in made[end:]}
    assert len({where for where, _ in at_random}) > 190
    assert {"maximum/far", "type/boolean"} <= {label for _, label in at_random}


def test_what_an_object_says_itself_stands_before_the_second_of_any_property(inputs, planned):
    """However many properties it has: those that it requires, others that it forbids, its type."""
    names = [f"p{index}" for index in range(200)]
    text = {"type": "string", "maxLength": 20, "minLength": 2}
    whole = {"type": "object", "required": names, "additionalProperties": False, "properties": dict.fromkeys(names, text)}
    classes = [case.classes[0] for case in planned(post(inputs, whole), count=1100)]
    own = {*(f"body/{name}:violates/required" for name in names), "body:violates/type/string", "body/extra1:violates/additionalProperties"}
    assert own < set(classes[:404])
    assert {f"body/{name}:violates/{label}" for name in names for label in ("minLength", "maxLength")} < set(classes[:1030])


def test_of_too_many_parts_some_are_left_out_and_that_is_said(inputs):
    """The limit is of all values of a place together."""
    names = [f"p{index}" for index in range(3000)]
    schema = {"type": "object", "required": names, "properties": {name: {"type": "integer"} for name in names}}
    agent = FunctionalNegative(ApiSlice(digest="s", operations=[post(inputs, schema)], schemas={}))
    (told,) = agent.left_out("POST /a")
    assert re.fullmatch(r"left out: body: violations of 2[0-9]{3} parts: there are too many", told)


def test_values_of_maps_patterns_and_tuples_are_violated_in_all_they_say(inputs, planned):
    """One of each, at the pointer of its own."""
    value = {"type": "object", "required": ["a"], "properties": {"a": {"type": "integer", "minimum": 3, "maximum": 9}}}
    schema = {
        "type": "object",
        "required": ["list"],
        "properties": {
            "list": {"type": "array", "prefixItems": [{"type": "integer"}, {"type": "string", "minLength": 2}], "items": {"maximum": 3}}
        },
        "patternProperties": {"^x-": {"type": "string", "maxLength": 5}},
        "additionalProperties": value,
    }
    found = violated(planned(post(inputs, schema)))
    assert {"required", "type/string", "minimum", "maximum"} <= set(found["body/extra1/a"])
    of_patterns = {label for where, labels in found.items() if where.startswith("body/x-") for label in labels}
    assert {"type/boolean", "maxLength", "patternProperties/type/integer"} <= of_patterns
    assert {"type/integer", "minLength"} <= set(found["body/list/1"])
    assert "maximum" in found["body/list/2"]


@pytest.mark.parametrize(
    ("schema", "label", "size"),
    [
        ({"type": "string", "maxLength": 300_000}, "maxLength", 300_001),
        ({"type": "array", "items": {"type": "integer"}, "maxItems": 500}, "maxItems", 501),
        ({"type": "array", "items": {"type": "integer"}, "minItems": 300}, "minItems", 299),
        ({"type": "object", "maxProperties": 300}, "maxProperties", 301),
    ],
)
def test_large_bounds_are_violated_and_not_at_random(inputs, cases, schema, label, size):
    """Twice a place at the most, as they are long; what is smaller than the best guess as often as anything."""
    names = [f"p{index}" for index in range(4)]
    whole = {"type": "object", "properties": dict.fromkeys(names, schema)}
    made = [case for case in cases(post(inputs, whole), count=400) if case.classes[0].endswith(f":violates/{label}")]
    sizes = [len(case.steps[-1].body.value[case.classes[0].split(":")[0].removeprefix("body/")]) for case in made]
    if label == "minItems":
        assert len(sizes) > 4
        assert max(sizes) == size
    else:
        assert sizes == [size, size]


def test_a_query_of_4096_characters_is_violated(inputs, planned):
    """No longer one is."""
    for most, labels in ((4095, ["maxLength"]), (4096, None)):
        made = planned(inputs.operation("GET /a", inputs.parameter("x", "query", {"type": "string", "maxLength": most})))
        assert violated(made).get("query/x") == labels


def test_an_optional_body_is_not_missed_and_one_of_a_get_is_left_alone(inputs, cases):
    """Servers may pass over what they need not read."""
    optional = structs.replace(inputs.json_body({"type": "object"}), required=False)
    labels = violated(cases(inputs.operation("POST /a", body=optional), count=20))["body"]
    assert "required" not in labels
    assert "malformed/empty" not in labels
    assert "body" not in violated(cases(inputs.operation("GET /a", body=optional)))


def test_other_methods_are_asked_once_a_path_and_without_anything_else(inputs, cases):
    """TRACE goes without a credential: its answer repeats what it was sent. What could change or remove something comes last."""
    item = inputs.parameter("id", "path", {"type": "integer"})
    limit = inputs.parameter("limit", "query", {"type": "integer"}, required=True)
    operations = (
        inputs.operation("GET /a/{id}", item, limit),
        inputs.operation("PUT /a/{id}", item, body=inputs.json_body({"type": "integer"})),
    )
    made = [case for case in cases(*operations) if case.steps[-1].method]
    asked = [(case.steps[-1].method, case.steps[-1].mutation) for case in made]
    assert asked == [("TRACE", "absent"), ("QUERY", ""), ("SENTINEL", ""), ("POST", ""), ("PATCH", ""), ("DELETE", "")]
    assert all([argument.name for argument in case.steps[-1].arguments] == ["id"] and case.steps[-1].body is None for case in made)
    assert [case for case in cases(*operations, key="PUT /a/{id}", count=60) if case.steps[-1].method] == []


def test_a_method_of_a_path_that_the_address_may_mean_is_not_asked(inputs, cases):
    """`/a/me` is answered by `/a/{id}` too, and by nothing of other lengths or words."""
    item = inputs.parameter("id", "path", {"type": "integer"})
    others = [inputs.operation("DELETE /a/{id}", item), inputs.operation("PATCH /b/{id}", item), inputs.operation("POST /a")]
    for operation in ("GET /a/me", "GET /a/{other}"):
        made = cases(inputs.operation(operation, *([item] if "{" in operation else [])), *others)
        assert [case.steps[-1].method for case in made if case.steps[-1].method] == ["TRACE", "QUERY", "SENTINEL", "POST", "PUT", "PATCH"]


def test_where_nothing_can_be_violated_the_methods_are_all_there_is(inputs, cases):
    """And the stream ends."""
    made = cases(inputs.operation("GET /a"), inputs.operation("DELETE /a"), key="DELETE /a")
    assert [case.classes for case in made] == [["method:violates/TRACE"], ["method:violates/QUERY"], ["method:violates/SENTINEL"]]


def test_what_surrounds_the_violation_is_the_best_guess_with_what_is_known(inputs, cases):
    """Slots are filled but the violated place; the object to change is made first."""
    known = {"/pets": [Instance(fields={"id": 7}, made=True)]}
    slice_ = inputs.pets()
    made = cases(*slice_.operations, key="POST /orders", schemas=slice_.schemas, knowledge=known)
    other = next(case for case in made if case.title == "body/quantity: violates minimum")
    assert other.steps[-1].body.value == {"petId": 7, "quantity": 0}
    assert [fill.place for fill in other.fills] == ["body/petId"]
    own = next(case for case in made if case.title == "body/petId: violates type/string")
    assert (own.steps[-1].body.value["petId"], own.fills) == ("sample", [])
    change = cases(*slice_.operations, key="PUT /pets/{petId}", schemas=slice_.schemas)
    assert [step.name for step in next(case for case in change if case.title == "body/name: violates required").steps] == [
        "make",
        "attempt",
    ]


def test_a_wrong_path_of_what_is_changed_comes_last_and_alone(inputs, cases):
    """The safety rule lets it leave only where the owner says so, so no object is made for it."""
    slice_ = inputs.pets()
    made = cases(*slice_.operations, key="DELETE /pets/{petId}", schemas=slice_.schemas)
    late = [index for index, case in enumerate(made) if case.classes[0].startswith("path/")]
    assert late == list(range(late[0], len(made)))
    assert all(len(made[index].steps) == 1 for index in late)


def test_random_violations_are_proved_too_and_differ(inputs, cases):
    """A word for a number is another word each time."""
    made = cases(inputs.operation("GET /a", inputs.parameter("q", "query", {"type": "integer", "minimum": 0})), start=1000, count=50)
    assert {case.intent for case in made} == {"invalid"}
    assert len({str(case.steps[-1].arguments[0].value) for case in made}) == 50


def _sent(made):
    return [msgspec.msgpack.encode([case.steps[-1].arguments, case.steps[-1].body]) for case in made]


@pytest.mark.parametrize(
    ("operation", "most"),
    [
        (("GET /a/{id}", ("id", "path", {"type": "string", "format": "uuid"}), ("q", "query", {"type": "string"})), 0.3),
        (("GET /a/{id}", ("id", "path", {"type": "string", "format": "uuid"}), ("q", "query", {"type": "integer"})), 0.15),
        (("GET /a/{id}", ("id", "path", {"type": "integer"}), ("q", "query", {"type": "boolean"})), 0.15),
    ],
)
def test_random_cases_seldom_repeat(inputs, cases, operation, most):
    """None is like a planned one where all that is optional makes it different; few are like each other."""
    key, *parameters = operation
    made = cases(inputs.operation(key, *(inputs.parameter(*one) for one in parameters)), count=340)
    end = 1 + max(index for index, case in enumerate(made) if case.steps[-1].method)
    planned, at_random = set(_sent(made[:end])), _sent(made[end:])
    assert len(at_random) > 300
    assert not planned.intersection(at_random)
    assert len(set(at_random)) >= (1 - most) * len(at_random)


def test_where_few_requests_have_a_violation_the_stream_ends(inputs, cases):
    """One of a wrong type in the path, with nothing else that differs, is no other at random."""
    few = {"type": "integer", "minimum": 1, "maximum": 8}
    path, query = inputs.parameter("id", "path", {"enum": ["a", "b"]}), inputs.parameter("q", "query", few, required=True)
    made = cases(inputs.operation("GET /a/{id}", path), count=400)
    assert made[-1].steps[-1].method  # nothing at random
    made = cases(inputs.operation("GET /a/{id}", path, query), count=4000)
    end = 1 + max(index for index, case in enumerate(made) if case.steps[-1].method)
    found = violated(made[end:])
    assert set(found) == {"path/id", "query/q"}
    wrong = [label for label in found["path/id"] if label.startswith("enum/")]
    assert all(wrong.count(label) == 2 for label in set(wrong))  # a fourth of eight requests
