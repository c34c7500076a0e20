"""From JSON Schema to the normalised model."""

import functools
import itertools
import time

import pytest
from msgspec.msgpack import Ext

from stages.agents.core.compiler import Compiler
from stages.agents.core.exact import Exact
from stages.agents.core.schema import MAX_ROOM


def node(schema, **defs):
    return Compiler(defs).node(schema)


def only(schema, **defs):
    [flat] = node(schema, **defs).alternatives
    return flat


def test_all_of_is_merged_to_the_narrowest() -> None:
    """Bounds tighten, required adds up, properties of the same name must satisfy both."""
    flat = only(
        {
            "allOf": [{"type": "object", "required": ["a"], "properties": {"a": {"minimum": 1, "maximum": 9}}}, {"$ref": "#/$defs/B"}],
            "maxProperties": 7,
        },
        B={"required": ["b", "a"], "properties": {"a": {"type": "integer", "exclusiveMinimum": 1, "maximum": 12}}, "maxProperties": 5},
    )
    assert flat.kinds == ("object",)
    assert flat.required == ("a", "b")
    assert flat.max_properties == 5
    [child] = flat.properties["a"].alternatives
    assert (child.bounds.low, child.bounds.low_open, child.bounds.high) == (Exact(1), True, Exact(9))
    assert child.kinds == ("integer",)


def test_branches_become_alternatives_in_document_order() -> None:
    """Choices multiply, nested ones too, each labelled by the way taken."""
    made = node({"oneOf": [{"type": "string"}, {"anyOf": [{"type": "integer"}, {"type": "null"}]}], "anyOf": [True, {"enum": [1]}]})
    assert [flat.label for flat in made.alternatives] == [
        "oneOf/0+anyOf/0",
        "oneOf/1+anyOf/0+anyOf/0",
        "oneOf/1+anyOf/0+anyOf/1",
        "oneOf/1+anyOf/1+anyOf/0",
    ]


def test_a_branch_that_contradicts_the_rest_is_left_out() -> None:
    """And where all do, the schema is proved empty."""
    assert [flat.label for flat in node({"type": "string", "anyOf": [{"type": "integer"}, {"minLength": 2}]}).alternatives] == ["anyOf/1"]
    empty = node({"type": "string", "anyOf": [{"type": "integer"}, False]})
    assert empty.alternatives == []
    assert empty.why_not().told().startswith("proved empty")


@pytest.mark.parametrize(
    "schema",
    [
        False,
        {"allOf": [{"type": "string"}, {"type": "integer"}]},
        {"type": "integer", "minimum": 3, "maximum": 2},
        {"type": "string", "minLength": 3, "maxLength": 2},
        {"type": "string", "enum": [1, 2]},
        {"enum": []},
        {"const": 1, "enum": [2]},
        {"type": "object", "required": ["a", "b"], "maxProperties": 1},
        {"type": "array", "minItems": 2, "maxItems": 1},
        {"type": "integer", "exclusiveMinimum": 1, "exclusiveMaximum": 2},
        {"type": "integer", "multipleOf": 7, "minimum": 1, "maximum": 6},
        {"not-a-type": True, "type": "thing"},
    ],
)
def test_contradictions_are_proved_empty(schema) -> None:
    """Nothing has to be drawn to know that nothing satisfies them."""
    assert node(schema).alternatives == []


def test_required_parts_that_are_empty_make_the_whole_impossible_and_are_named() -> None:
    """The reason points to the part of the value."""
    made = node(
        {"type": "object", "required": ["a"], "properties": {"a": {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/No"}}}},
        No=False,
    )
    assert made.least_room() is None
    assert made.why_not().told() == "proved empty at /a/0: a schema that is false"


def test_cycles_are_finite() -> None:
    """A schema that refers to itself is compiled on demand; how deep its smallest value is, is known."""
    tree = {"type": "object", "required": ["kids"], "properties": {"kids": {"type": "array", "items": {"$ref": "#/$defs/Tree"}}}}
    assert node({"$ref": "#/$defs/Tree"}, Tree=tree).least_room() == 1
    loop = {"type": "object", "required": ["next"], "properties": {"next": {"$ref": "#/$defs/Loop"}}}
    assert node({"$ref": "#/$defs/Loop"}, Loop=loop).least_room() is None
    chain = {"anyOf": [{"$ref": "#/$defs/Loop"}, {"type": "null"}]}
    deep = {"type": "object", "required": ["next"], "properties": {"next": chain}}
    assert node({"$ref": "#/$defs/Loop"}, Loop=deep).least_room() == 1


def needing(**parts: object) -> dict[str, object]:
    """Objects that must have these properties."""
    return {"type": "object", "required": list(parts), "properties": parts}


THIS, OTHER = {"$ref": "#/$defs/This"}, {"$ref": "#/$defs/Other"}
ODD = {"type": "string", "pattern": r"\p{Print}"}
UNENDING = "proved empty at its root: a value would hold another one, and so on without end"
BEYOND = "gave up at its root: nothing fits within 24 levels"


@pytest.mark.parametrize(
    ("this", "other", "word"),
    [
        (needing(next=THIS), True, UNENDING),
        (needing(other=OTHER), needing(this=THIS), UNENDING),
        ({"type": "array", "minItems": 1, "items": THIS}, True, UNENDING),
        ({"oneOf": [needing(a=THIS), {"type": "array", "minItems": 2, "items": OTHER}]}, needing(this=THIS), UNENDING),
        (needing(a=THIS, b={"type": "string", "maxLength": 3}), True, UNENDING),
        ({"anyOf": [needing(a=THIS), {"allOf": [{"type": "string"}, {"type": "integer"}]}]}, True, UNENDING),
        (functools.reduce(lambda inner, _: needing(a=inner), range(30), {"type": "string"}), True, BEYOND),
        ({"anyOf": [needing(a=THIS), ODD]}, True, "gave up"),
        (needing(a=OTHER, b=needing(a=OTHER)), {"anyOf": [needing(b=needing(a=OTHER)), ODD]}, "gave up"),
        ({"type": "array", "minItems": 1, "contains": THIS}, True, UNENDING),
    ],
)
def test_what_would_never_end_is_proved_empty(this: object, other: object, word: str) -> None:
    """Values are finite; where one part may have a value that is only not made, nothing is proved."""
    made = node(THIS, This=this, Other=other)
    assert made.least_room() is None
    assert made.why_not().told().startswith(word)


def test_references_in_place_end() -> None:
    """A child that extends a base that lists the child is a conjunction of both; a branch that is only the way back is none."""
    base = {"type": "object", "oneOf": [{"$ref": "#/$defs/Cat"}]}
    cat = {"allOf": [{"$ref": "#/$defs/Base"}, {"required": ["lives"]}]}
    assert only({"$ref": "#/$defs/Base"}, Base=base, Cat=cat).required == ("lives",)
    itself = {"anyOf": [{"$ref": "#/$defs/It"}, {"type": "string"}]}
    assert [flat.kinds for flat in node({"$ref": "#/$defs/It"}, It=itself).alternatives] == [("string",)]


def test_a_reference_to_itself_alone_is_not_denied_for_certain() -> None:
    """What must not hold says nothing, so a validator has to look."""
    assert [
        flat.risky for flat in node({"if": {"$ref": "#/$defs/A"}, "then": {"type": "integer"}}, A={"$ref": "#/$defs/A"}).alternatives
    ] == [
        "",
        "$ref",
    ]


def test_what_denies_what_it_refers_to_is_given_up() -> None:
    """There is no value, but a schema that is about itself proves nothing."""
    liar = {"allOf": [{}], "not": {"$ref": "#/$defs/A"}}
    for schema in ({"if": {"$ref": "#/$defs/A"}, "then": {"type": "integer"}}, {"allOf": [{"$ref": "#/$defs/A"}]}):
        assert node(schema, A=liar).why_not().told() == "gave up at its root: a schema that is false"


def test_alternatives_are_bounded() -> None:
    """Many choices of many branches do not multiply without end: behind 32 only few more are made."""
    choice = {"anyOf": [{"minimum": i} for i in range(10)]}
    labels = [
        f.label
        for f in node({"type": "integer", "allOf": [choice] * 2 + [{"anyOf": choice["anyOf"]}, {**choice, "title": "x"}]}).alternatives
    ]
    assert len(labels) == 32 + 4 * 9
    assert labels[31:34] == ["anyOf/0+anyOf/0+anyOf/3+anyOf/1", "anyOf/1+anyOf/0+anyOf/0+anyOf/0", "anyOf/2+anyOf/0+anyOf/0+anyOf/0"]


def by_kind(count):
    return [{"type": "object", "required": ["kind"], "properties": {"kind": {"const": n}}} for n in range(count)]


@pytest.mark.parametrize("count", [33, 100, 256])
def test_every_branch_of_one_choice_is_made(count) -> None:
    """Told apart by their constants, so that none has to be looked at again."""
    made = node({"oneOf": by_kind(count)}).alternatives
    assert [flat.label for flat in made] == [f"oneOf/{n}" for n in range(count)]
    assert not any(flat.risky for flat in made)


def test_many_branches_are_not_told_apart() -> None:
    """The pairs of 2,000 branches are not looked at: 256 are made as they are, for a validator to look at, and in bounded time."""
    started = time.process_time()
    made = node({"oneOf": by_kind(2000)}).alternatives
    assert time.process_time() - started < 2
    assert len(made) == 256
    assert all(flat.risky for flat in made)


@pytest.mark.parametrize("keyword", ["oneOf", "anyOf"])
def test_a_branch_behind_many_that_contradict_the_rest_is_found(keyword) -> None:
    """What is required and cannot be, whatever part says so, makes a branch impossible."""
    made = node({"properties": {"kind": {"const": 97}}, keyword: by_kind(100)})
    assert [flat.label for flat in made.alternatives] == [f"{keyword}/97"]
    items = node({"items": {"const": 1}, "anyOf": [{"type": "array", "minItems": 1, "prefixItems": [{"const": n}]} for n in range(3)]})
    assert [flat.label for flat in items.alternatives] == ["anyOf/1"]


def conditions(count, *, listed=True, in_if=True, needed=True):
    """An object of which each kind has a property of its own, said by conditions."""
    kind = {"enum": [f"k{n}" for n in range(count)]} if listed else {"type": "string"}
    own = [
        {
            "if": {"properties": {"kind": {"const": f"k{n}"}}, **({"required": ["kind"]} if in_if else {})},
            "then": {"required": [f"only{n}"]},
        }
        for n in range(count)
    ]
    return {"type": "object", "properties": {"kind": kind}, "allOf": own, **({"required": ["kind"]} if needed else {})}


@pytest.mark.parametrize("count", [6, 7, 20, 60])
@pytest.mark.parametrize(("listed", "in_if", "needed"), [*itertools.product([True, False], repeat=3)])
def test_every_kind_of_a_chain_of_conditions_is_made(count, listed, in_if, needed) -> None:
    """A condition that the ones taken before exclude is no choice, so that the chain gives as many alternatives as it has kinds."""
    made = node(conditions(count, listed=listed, in_if=in_if, needed=needed)).alternatives
    kinds = {
        flat.properties["kind"].alternatives[0].values[0]: [name for name in flat.required if name != "kind"]
        for flat in made
        if flat.properties["kind"].alternatives and flat.properties["kind"].alternatives[0].values
    }
    assert kinds.items() >= {f"k{n}": [f"only{n}"] for n in range(count)}.items()
    assert len(made) <= count + 2


def test_conditions_that_contradict_each_other_are_proved_empty_at_their_part() -> None:
    """All of them: there is a proof, and it names the part."""
    wrong = {**conditions(8), "properties": {"kind": {"enum": [f"k{n}" for n in range(8)]}, **{f"only{n}": False for n in range(8)}}}
    assert node(wrong).why_not().told() == "proved empty at its root: property only0 is required and must not be there"
    part = {"type": "object", "required": ["a"], "properties": {"a": {"const": 1}}}
    assert node({**part, "anyOf": [{"properties": {"a": {"const": n}}} for n in (2, 3)]}).why_not().told() == (
        "proved empty at /a: no value of the enum satisfies the rest"
    )


def test_a_search_that_ended_at_a_limit_is_no_proof() -> None:
    """Behind 512 branches that contradict the rest there may be one that does not."""
    assert node({"properties": {"kind": {"const": 597}}, "anyOf": by_kind(600)}).why_not().told() == (
        "gave up at its root: nothing among the first 513 ways to choose"
    )
    assert node({"properties": {"kind": {"const": 600}}, "anyOf": by_kind(500)}).why_not().told().startswith("proved empty at /kind: ")


def test_one_alternative_that_is_empty_proves_nothing_of_the_others() -> None:
    """What is beyond the generator in one of them counts."""
    empty = {"type": "object", "required": ["a"], "properties": {"a": {"type": "string", "minLength": 2, "maxLength": 1}}}
    beyond = {"type": "object", "required": ["b"], "properties": {"b": {"type": "string", "pattern": "\\p{Print}"}}}
    assert node({"anyOf": [empty, beyond]}).why_not().told().startswith("gave up at /b: pattern with ")
    assert node({"anyOf": [empty, {**empty, "title": "again"}]}).why_not().told() == "proved empty at /a: bounds that exclude each other"
    kinds = {"type": ["array", "string"], "minItems": 1, "items": False, "pattern": "\\p{Print}"}
    assert node(kinds).why_not().told().startswith("gave up at its root: pattern with ")


def test_conjunctions_with_what_is_false_are_bounded() -> None:
    """Choices before one that cannot be made are not tried in every combination; that there is no value is then no proof."""
    wide = [{"type": "object", "required": [f"{letter}{n}" for n in range(10)]} for letter in "abcdefgh"]
    for schema in ({"not": {"anyOf": [*wide, {"allOf": [{}, {}]}]}}, {"oneOf": [{"anyOf": wide}, {"allOf": [{}, {}]}]}):
        made = node(schema)
        assert len(made.alternatives) <= 256
    assert node({"not": {"anyOf": [*wide, {"allOf": [{}, {}]}]}}).why_not().told().startswith("gave up")


def test_a_single_alternative_is_the_first_way_that_goes() -> None:
    """Its choices are tried one by one, and what contradicts the rest is not multiplied out."""
    branches = [{"type": "object", "required": ["kind"], "properties": {"kind": {"const": n}}} for n in range(16)]
    [flat] = Compiler({}).single({"type": ["object", "null"]}, {"type": "object"}, *({"not": branch} for branch in branches)).alternatives
    assert (flat.kinds, flat.label, flat.forbidden) == (("object",), "", {"kind"})


def test_integers_that_must_not_be_are_no_kind() -> None:
    """As under the negation of `integer`, and only where every one is a multiple."""
    assert node({"type": "integer", "not": {"type": "number", "multipleOf": 0.5}}).alternatives == []
    assert only({"type": "integer", "not": {"multipleOf": 2}}).kinds == ("integer",)


@pytest.mark.parametrize(
    ("schema", "kinds"),
    [
        ({"properties": {}}, ("object",)),
        ({"items": True}, ("array",)),
        ({"pattern": "a"}, ("string",)),
        ({"format": "date"}, ("string",)),
        ({"maximum": 3, "format": "double"}, ("number",)),
        ({"minLength": 1, "minimum": 1}, ("string", "number")),
        ({"type": ["null", "integer", "number"]}, ("number", "null")),
        ({}, ("string", "number", "boolean", "object", "array", "null")),
    ],
)
def test_kinds_are_declared_or_implied(schema, kinds) -> None:
    """Documents often leave the type out; the keywords tell."""
    assert only(schema).kinds == kinds
    assert only(schema).said is bool(schema)


def test_enum_values_must_satisfy_what_stands_beside_them() -> None:
    """Type, bounds, lengths and patterns; equal values count once, whatever the order of their keys."""
    assert only({"type": "string", "maxLength": 2, "pattern": "^a", "enum": ["ab", "abc", "b", "a", "a"]}).values == ["ab", "a"]
    assert only({"enum": [1, 2, Ext(2, b"2.5"), 3], "multipleOf": 1, "exclusiveMaximum": 3}).values == [1, 2]
    assert only({"enum": [{"a": 1, "b": 2}, {"b": 2, "a": 1}]}).values == [{"a": 1, "b": 2}]
    assert only({"allOf": [{"enum": [1, 2, 3]}, {"enum": [3, 2]}]}).values == [2, 3]


def test_texts_of_an_enum_beside_a_format_are_not_certain() -> None:
    """Whether they have the format, a validator knows."""
    assert only({"const": "a", "format": "date"}).risky == "format"
    assert only({"enum": [1, 2], "format": "int32"}).risky == ""


def test_a_text_that_is_too_much_to_match_is_no_proof() -> None:
    """Nothing is known of a value of the enum that the matcher gave up on."""
    texts = {"enum": ["a" * 40_000], "pattern": "^(a|b)*$"}
    assert node(texts).why_not().told() == "gave up at its root: no value of the enum satisfies the rest, as far as is known"
    assert node({"enum": ["a", "ac"], "pattern": "^(d|b)*$"}).why_not().told().startswith("proved empty")


def test_a_closed_object_that_must_have_more_than_it_may_is_proved_empty() -> None:
    """At its own place; what must not be there does not count."""
    closed = {"type": "object", "properties": {"a": True, "b": False}, "additionalProperties": False, "minProperties": 2}
    outer = {"type": "object", "required": ["o"], "properties": {"o": closed}}
    assert node(outer).why_not().told() == "proved empty at /o: minProperties above the number of properties that may be there"
    assert only({**closed, "minProperties": 1}).kinds == ("object",)
    assert only({**closed, "patternProperties": {"^c": True}}).kinds == ("object",)


def test_samples_count_once_where_they_first_stand() -> None:
    """A default that repeats an example does not move it behind the others."""
    assert only({"allOf": [{"default": 5}], "example": 4, "examples": [5, 6, 4]}).samples == [4, 5, 6]


def test_a_property_unknown_to_a_closed_part_is_impossible() -> None:
    """additionalProperties false of one part of allOf forbids the names of the others."""
    flat = only({"allOf": [{"properties": {"a": True}, "additionalProperties": False}, {"properties": {"b": True}}]})
    assert flat.properties["b"].alternatives == []
    assert not flat.open


def test_items_of_all_parts_hold_together() -> None:
    """Prefix items of one part meet the items of another."""
    flat = only({"allOf": [{"prefixItems": [{"type": "integer"}]}, {"items": {"minimum": 4}}], "minItems": 1})
    [first] = flat.item(0).alternatives
    assert first.kinds == ("integer",)
    assert first.bounds.low == Exact(4)


def test_room_is_bounded() -> None:
    """What needs more levels than the generators go is given up."""
    schema = {"type": "integer"}
    for _ in range(MAX_ROOM + 1):
        schema = {"type": "array", "minItems": 1, "items": schema}
    assert node(schema).least_room() is None
    assert node(schema["items"]).least_room() == MAX_ROOM


def test_references_by_escaped_and_unknown_names() -> None:
    """A name with a slash is found by its pointer form; one that is not there says nothing, and is risky."""
    assert only({"$ref": "#/$defs/a~1b"}, **{"a/b": {"type": "null"}}).kinds == ("null",)
    assert only({"$ref": "#/$defs/nowhere"}).risky
