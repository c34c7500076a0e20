"""Values of schemas: best guess, full, random, steered."""

import re
from typing import get_args

import pytest
from msgspec.msgpack import Ext

from stages.agents.core.equality import key_of, kind_of
from stages.agents.core.mode import GaveUp, Mode
from stages.agents.core.realm import Realm
from stages.agents.core.steer import Branch, Emit, Item, Length, OfKind, Only, Property

PET = {
    "type": "object",
    "required": ["name"],
    "properties": {
        "age": {"type": "integer"},
        "id": {"type": "integer", "readOnly": True},
        "kind": {"type": "string", "examples": ["cat"]},
        "name": {"type": "string"},
        "tags": {"type": "array", "items": {"type": "object", "properties": {"label": {"type": "string"}}}},
    },
}


def test_the_best_guess_has_what_is_required_and_what_has_an_example(make) -> None:
    """Optional properties without a sample stay out."""
    assert make(PET) == {"kind": "cat", "name": "sample"}


def test_full_has_every_optional_property_but_read_only_ones(make) -> None:
    """Down to three levels."""
    assert make(PET, "full") == {"age": 30, "kind": "cat", "name": "sample", "tags": [{"label": "sample"}]}


def test_an_object_of_which_nothing_is_required_gets_all_that_the_document_names(make) -> None:
    """A document without any required mostly just does not say what is needed."""
    assert make({**PET, "required": [], "properties": {k: v for k, v in PET["properties"].items() if k != "kind"}}) == {
        "age": 30,
        "name": "sample",
        "tags": [{"label": "sample"}],
    }


def test_examples_come_first_if_they_are_valid(make) -> None:
    """Then defaults, then what the name suggests; null is no example."""
    assert make({"type": "integer", "examples": ["x", None, 7], "default": 3}) == 7
    assert make({"type": "integer", "examples": ["x"], "default": 3}) == 3
    assert make({"type": "string", "format": "date", "examples": ["soon"]}) == "2024-05-17"
    assert make({"type": "string"}, name="userEmail") == "sample.user@example.com"
    assert make({"enum": ["a", "b"], "default": "b"}) == "b"


def test_names_are_varied_only_where_it_is_asked_for(make) -> None:
    """Creations of one run must not collide; examples are varied only when that is asked for."""
    schema = {"type": "object", "required": ["name", "size"], "properties": {"name": {"type": "string"}, "size": {"type": "string"}}}
    made = make(schema, vary="made")
    assert made["name"].startswith("sample")
    assert len(made["name"]) == 12
    assert made["size"] == "1"
    example = {"type": "string", "examples": ["doggie"]}
    assert make(example, name="name", vary="made") == "doggie"
    assert make(example, name="name", vary="samples") != "doggie"
    assert make(example, name="bucket", vary="all").startswith("sample")


def test_a_varied_example_stays_valid(make) -> None:
    """Where the suffix would break a pattern, the example stays; where only a length is in the way, it is shortened."""
    for pattern, same in (("^doggie$", True), ("^[a-z0-9]+$", False)):
        made = make({"type": "string", "examples": ["doggie"], "pattern": pattern, "maxLength": 8}, name="name", vary="samples")
        assert (made == "doggie") is same
        assert len(made) <= 8


@pytest.mark.parametrize(
    ("steer", "expected"),
    [
        (Emit(5), 5),
        (Property("age", Emit(-1)), {"age": -1, "kind": "cat", "name": "sample"}),
        (Property("name", Length(3)), {"kind": "cat", "name": "sam"}),
        (Property("tags", Length(2)), {"kind": "cat", "name": "sample", "tags": [{"label": "sample"}, {"label": "sample"}]}),
        (
            Property("tags", Item(1, Property("label", Emit("x")))),
            {"kind": "cat", "name": "sample", "tags": [{"label": "sample"}, {"label": "x"}]},
        ),
        (Property("new", None), {"kind": "cat", "name": "sample", "new": "sample"}),
        (Only(), {"name": "sample"}),
    ],
)
def test_steering_changes_one_thing(make, steer, expected) -> None:
    """The rest is as in the best guess."""
    assert make(PET, steer=steer) == expected


def test_steering_into_an_example_keeps_the_rest_of_it(make) -> None:
    """An example of the whole body is the ground on which one thing is tried."""
    schema = {**PET, "examples": [{"name": "rex", "extra": 1}]}
    assert make(schema) == {"name": "rex", "extra": 1}
    assert make(schema, steer=Property("age", Emit(3))) == {"name": "rex", "extra": 1, "age": 3}


def test_branches_and_kinds_can_be_chosen(make) -> None:
    """By steering, else the first."""
    schema = {"oneOf": [{"type": "string"}, {"type": ["integer", "null"]}]}
    assert make(schema) == "sample"
    assert make(schema, steer=Branch(1)) == 1
    assert make(schema, steer=Branch(1, OfKind("null"))) is None


def test_depth_is_bounded(make) -> None:
    """A cycle ends where its room ends, in every mode."""
    tree = {"type": "object", "required": ["kids"], "properties": {"kids": {"type": "array", "items": {"$ref": "#/$defs/Tree"}}}}

    def depth(value) -> int:
        return (
            1 + max(map(depth, value.values() if isinstance(value, dict) else value), default=0) if isinstance(value, (dict, list)) else 0
        )

    for mode in get_args(Mode):
        for seed in range(20):
            assert depth(make({"$ref": "#/$defs/Tree"}, mode, defs={"Tree": tree}, seed=seed)) <= 6


def test_sizes_are_bounded(make) -> None:
    """A wide and deep schema does not make a monster: optional parts end, required ones are given up."""
    wide = {"type": "object", "properties": {f"p{i}": {"$ref": "#/$defs/W"} for i in range(30)}}

    def count(value) -> int:
        return 1 + sum(map(count, value.values())) if isinstance(value, dict) else 1

    for mode in get_args(Mode):
        assert count(make({"$ref": "#/$defs/W"}, mode, defs={"W": wide})) < 1000
    with pytest.raises(GaveUp):
        make({"$ref": "#/$defs/W"}, defs={"W": {**wide, "required": list(wide["properties"])}})
    forced = {"type": "object", "required": ["a", "b"], "properties": {"a": {"$ref": "#/$defs/V0"}, "b": {"$ref": "#/$defs/V0"}}}
    levels = {f"V{i}": {"type": "array", "minItems": 8, "items": {"$ref": f"#/$defs/V{i + 1}"} if i < 5 else True} for i in range(6)}
    with pytest.raises(GaveUp, match="more than"):
        make(forced, defs=levels, room=9)


def test_counts_of_properties_are_kept(make) -> None:
    """Too few are filled up, too many are dropped."""
    schema = {"type": "object", "properties": {"a": True, "b": True, "c": True}, "required": ["c"]}
    assert make({**schema, "minProperties": 2}) == {"a": "sample", "c": "sample"}
    assert list(make({**schema, "minProperties": 5})) == ["a", "b", "c", "extra1", "extra2"]
    assert make({**schema, "maxProperties": 2}, "full") == {"a": "sample", "c": "sample"}
    assert make({"type": "object", "minProperties": 2, "additionalProperties": {"type": "null"}}) == {"extra1": None, "extra2": None}


def test_unique_items_are_unique_or_given_up(make) -> None:
    """Where the schema has too few values, the array is as long as it can be."""
    schema = {"type": "array", "uniqueItems": True, "items": {"enum": [1, 2, 3]}}
    assert sorted(make({**schema, "minItems": 3})) == [1, 2, 3]
    with pytest.raises(GaveUp):
        make({**schema, "minItems": 4})


@pytest.mark.parametrize(
    "items", [{"enum": list("abcdefgh")}, {"enum": [True, False, None]}, {"anyOf": [{"enum": [1, None]}, {"const": 2}]}]
)
def test_all_values_of_an_enum_are_never_a_matter_of_luck(make, items) -> None:
    """What chance did not find is the first of the listed values that is not there yet; what has no form in its place is none."""
    many = 8 if "h" in items.get("enum", ()) else 3
    for seed in range(60):
        made = make({"type": "array", "uniqueItems": True, "items": items}, "random", steer=Length(many), seed=seed)
        assert len({repr(item) for item in made}) == len(made) == many
    with pytest.raises(GaveUp):
        make({"type": "array", "uniqueItems": True, "items": {"enum": ["a", {}]}}, steer=Length(2), realm=Realm.PATH)


def test_lengths_win_over_formats(make) -> None:
    """A format is an annotation; a length is not."""
    assert make({"type": "string", "format": "date", "maxLength": 4}) == "samp"
    assert make({"type": "string", "format": "email", "minLength": 100}, "random").__len__() >= 100


def test_binary_is_bytes_in_forms_and_text_in_json(make) -> None:
    """A file of a multipart body has bytes; JSON has none."""
    schema = {"type": "string", "format": "binary"}
    assert make(schema, realm=Realm.FORM) == b"sample"
    assert make(schema, realm=Realm.JSON) == "sample"
    assert all(isinstance(make(schema, "random", realm=Realm.FORM, seed=seed), bytes) for seed in range(20))


def test_binary_has_an_allowed_length(make) -> None:
    """Also where none is asked for; nothing at all is a length, too."""
    schema = {"type": "string", "format": "binary"}
    assert make({**schema, "maxLength": 3}, realm=Realm.FORM) == b"sam"
    assert make({**schema, "minLength": 8}, realm=Realm.FORM) == b"samplesa"
    made = [make({**schema, "minLength": 2, "maxLength": 40}, "random", realm=Realm.FORM, seed=seed) for seed in range(80)]
    assert {2 <= len(value) <= 40 for value in made} == {True}
    assert re.fullmatch("[ab]{3}", make({**schema, "pattern": "^[ab]{3}$"}, realm=Realm.FORM))
    lengths = [len(make(schema, "random", realm=Realm.FORM, seed=seed)) for seed in range(400)]
    assert (min(lengths), max(lengths)) == (0, 63)


def test_values_that_cannot_be_sent_are_not_chosen(make) -> None:
    """An empty path segment is another path."""
    assert make({"enum": ["", ".", "x"]}, realm=Realm.PATH) == "x"
    with pytest.raises(GaveUp):
        make({"enum": ["", ".."]}, realm=Realm.PATH)


@pytest.mark.parametrize(
    ("realm", "text", "holds"),
    [
        (Realm.PATH, "", False),
        (Realm.PATH, "..", False),
        (Realm.PATH, "a\x00b", False),
        (Realm.PATH, "a/b é", True),
        (Realm.QUERY, "a\x00b", False),
        (Realm.QUERY, "a\nb", True),
        (Realm.HEADER, " a", False),
        (Realm.HEADER, "é", False),
        (Realm.HEADER, "a b", True),
        (Realm.COOKIE, "a b", False),
        (Realm.COOKIE, "a;b", False),
        (Realm.COOKIE, "a=b", True),
        (Realm.JSON, "\x00", True),
        (Realm.FORM, "\x00", False),
    ],
)
def test_realms_hold_what_arrives_as_it_was_meant(realm: Realm, text: str, holds: bool) -> None:
    """Also inside of arrays and objects."""
    assert realm.can_hold(text) is holds
    assert realm.can_hold(["x", text]) is holds
    assert realm.can_hold({"a": text}) is holds
    assert realm.can_hold([]) is (realm in (Realm.JSON, Realm.FORM, Realm.QUERY))


def test_decimals_have_no_rounding(make) -> None:
    """Multiples of a cent are multiples of a cent; 0.07, which is none for programs that divide doubles, is the plan's to try."""
    schema = {"type": "number", "multipleOf": Ext(2, b"0.01"), "minimum": Ext(2, b"0.07"), "maximum": Ext(2, b"0.09")}
    made = {bytes(make(schema, "random", seed=seed).data) for seed in range(40)}
    assert made == {b"0.08", b"0.09"}


@pytest.mark.parametrize("name", ["int8", "int32", "uint64", "unixtime", "double-int", "sf-integer"])
def test_a_number_of_a_format_of_integers_is_whole(make, name) -> None:
    """What `type: number` says beside `format: int32` (OpenAPI Format Registry)."""

    def kinds(name):
        return {kind_of(make({"type": "number", "format": name}, "random", seed=seed)) for seed in range(40)}

    assert kinds(name) == {"integer"}
    assert "number" in kinds("sf-decimal")


def test_an_item_put_into_a_sample_is_not_there_twice(make) -> None:
    """Of a list without repeats the sample is left aside where it has what is to be put in."""
    schema = {"type": "array", "items": {"enum": ["a", "b", "c"]}, "uniqueItems": True, "examples": [["a", "b"]]}
    assert make(schema, steer=Item(0, Emit("c"))) == ["c", "b"]
    assert make(schema, steer=Item(0, Emit("b"))) == ["b"]
    assert make({**schema, "uniqueItems": False}, steer=Item(0, Emit("b"))) == ["b", "b"]


@pytest.mark.parametrize(
    ("items", "number"),
    [
        ({"type": "integer", "minimum": 1, "maximum": 20}, 20),
        ({"type": "integer", "minimum": 1, "maximum": 3000}, 3000),
        ({"type": ["boolean", "null"]}, 3),
        ({"type": "integer", "minimum": 0, "maximum": 90, "not": {"multipleOf": 3}}, 60),
        ({"oneOf": [{"type": "integer", "minimum": 0, "maximum": 30, "multipleOf": 3}, {"enum": ["a", "b"]}]}, 13),
    ],
)
@pytest.mark.parametrize("mode", get_args(Mode))
def test_all_values_that_there_are_can_be_items(make, items, number, mode) -> None:
    """None is made twice once the last ones are hard to meet."""
    for seed in range(5):
        made = make({"type": "array", "uniqueItems": True, "items": items, "minItems": number}, mode, seed=seed)
        assert len(made) == number
        assert len({key_of(item) for item in made}) == number


def test_items_at_random_that_are_all_values_are_in_any_order(make) -> None:
    """Mostly not in that of the numbers."""
    schema = {"type": "array", "uniqueItems": True, "items": {"type": "integer", "minimum": 1, "maximum": 6}, "minItems": 6}
    assert len({tuple(make(schema, "random", seed=seed)) for seed in range(20)}) > 15
