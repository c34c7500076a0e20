"""Whatever the schema: what is generated is valid, what is proved empty has no value, and equal jobs have equal answers."""

from decimal import Decimal
from typing import get_args

import jsonschema
import jsonschema_rs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.msgpack import Ext

from pipeline.messages import ApiSlice, Instance, Job, MediaType, Operation, Parameter, RequestBody, Slot, Span
from stages.agents.core.compiler import Compiler
from stages.agents.core.draws import Draws
from stages.agents.core.interesting import variations
from stages.agents.core.mode import GaveUp, Mode
from stages.agents.core.places import ROOM, Place, fill
from stages.agents.core.realm import Realm
from stages.agents.generate import answers
from stages.agents.wire import encode_answer

NAMES = st.sampled_from(["id", "name", "email", "tags", "x", "a/b", "é"])
FORMATS = ["date", "date-time", "email", "uuid", "ipv4", "ipv6", "uri", "hostname", "time", "duration", "byte", "password", "unheard-of"]
PATTERNS = ["^[a-z]+$", "^[A-Z]{2,4}-\\d*$", "abc", "^(a|bb|ccc)*$", "^[^x]?$", "\\d", "^(?!b)[a-c]+$", "^(?i:a[k-s]?)$", "(?m:^)b(?s:.)"]
COUNT = st.integers(0, 4)
REFERENCE = st.sampled_from([{"$ref": "#/$defs/A"}, {"$ref": "#/$defs/B"}])


def decimals() -> st.SearchStrategy[object]:
    return st.builds(lambda mantissa, scale: decimal(Decimal(mantissa).scaleb(-scale)), st.integers(-500, 500), st.integers(0, 3))


def decimal(number: Decimal) -> object:
    """A number as ingest gives it: an int where it is whole, else ext 2 in its shortest form."""
    return int(number) if number == int(number) else Ext(2, f"{number.normalize():f}".encode())


def some(**keywords: st.SearchStrategy[object]) -> st.SearchStrategy[dict[str, object]]:
    return st.fixed_dictionaries({}, optional=keywords)


def with_type(name: str, keywords: st.SearchStrategy[dict[str, object]]) -> st.SearchStrategy[dict[str, object]]:
    types = st.sampled_from([name, [name, "null"]])
    return st.one_of(st.builds(lambda rest, kind: {"type": kind, **rest}, keywords, types), keywords)


INTEGERS = with_type(
    "integer",
    some(
        minimum=st.integers(-20, 20),
        exclusiveMaximum=st.integers(-5, 40),
        multipleOf=st.sampled_from([1, 2, 7, decimal(Decimal("1.5"))]),
        format=st.sampled_from(["int32", "int64", "uint8"]),
    ),
)
NUMBERS = with_type(
    "number",
    some(exclusiveMinimum=decimals(), maximum=decimals(), multipleOf=st.sampled_from([decimal(Decimal(x)) for x in ("0.01", "0.25", "3")])),
)
STRINGS = with_type(
    "string", some(minLength=COUNT, maxLength=st.integers(2, 30), format=st.sampled_from(FORMATS), pattern=st.sampled_from(PATTERNS))
)
LITERALS = st.sampled_from([None, True, 0, 1, "a", "abc", [1], {"a": 1}, Ext(2, b"0.5")])
VALUES = st.one_of(
    st.lists(LITERALS, min_size=1, max_size=4).map(lambda values: {"enum": values}), LITERALS.map(lambda value: {"const": value})
)
SCALARS = st.one_of(INTEGERS, NUMBERS, STRINGS, VALUES, st.booleans(), st.just({}), REFERENCE)


def nested(inner: st.SearchStrategy[object]) -> st.SearchStrategy[object]:
    arrays = some(
        items=inner,
        prefixItems=st.lists(inner, min_size=1, max_size=2),
        minItems=st.integers(0, 3),
        maxItems=COUNT,
        uniqueItems=st.booleans(),
        contains=inner,
        minContains=st.integers(0, 2),
        maxContains=st.integers(0, 3),
        unevaluatedItems=inner,
    )
    objects = some(
        properties=st.dictionaries(NAMES, inner, max_size=4),
        required=st.lists(NAMES, max_size=3, unique=True),
        additionalProperties=inner,
        minProperties=st.integers(0, 3),
        maxProperties=COUNT,
        patternProperties=st.dictionaries(st.sampled_from(["^[a-z]+$", "\\d$", "^x-", "a"]), inner, max_size=2),
        propertyNames=st.sampled_from([{"maxLength": 2}, {"pattern": "^[a-z]+$"}, {"enum": ["id", "x", "zz"]}, {"not": {"const": "id"}}]),
        dependentRequired=st.dictionaries(NAMES, st.lists(NAMES, max_size=2, unique=True), max_size=2),
        dependentSchemas=st.dictionaries(NAMES, inner, max_size=2),
        unevaluatedProperties=inner,
    )
    few = st.lists(inner, min_size=1, max_size=3)
    joined = some(allOf=few, anyOf=few, oneOf=few)
    rare = st.builds(lambda schema, other: {"allOf": [schema], "not": other}, inner, inner)
    conditions = st.builds(
        lambda condition, rest: {"if": condition, **rest}, inner, st.fixed_dictionaries({"then": inner}, optional={"else": inner})
    )
    return st.one_of(with_type("array", arrays), with_type("object", objects), joined, joined, rare, conditions)


SCHEMAS = st.recursive(SCALARS, nested, max_leaves=8)


def plain(value: object) -> object:
    """The value with exact numbers as Python has them."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, Ext):
        return int(bytes(value.data)) if value.code == 1 else Decimal(bytes(value.data).decode())
    return value


def validators(schema: object, defs: dict[str, object]):
    whole = {"$defs": plain(defs), "allOf": [plain(schema)]}
    rust = jsonschema_rs.Draft202012Validator(whole, validate_formats=True)
    return rust, jsonschema.Draft202012Validator(whole)


def agrees(python: jsonschema.Draft202012Validator, instance: object, schema: object, defs: object) -> bool:
    """The second judge's word. It asserts no formats, so that ``not`` turns them around, and comes to no end where a schema contains itself
    in place; there the first judge is enough."""
    if "'not'" in repr([schema, defs]) and "'format'" in repr([schema, defs]):
        return True
    try:
        return bool(python.is_valid(instance))
    except RecursionError:
        return True


def place_of(compiler: Compiler, schema: object, realm: Realm = Realm.JSON) -> Place:
    node = compiler.node(schema)
    least = node.least_room()
    return Place("body", "body", node, realm, -1 if least is None else max(least, ROOM), required=True)


CANDIDATES = [
    None,
    True,
    False,
    0,
    1,
    -1,
    7,
    10**6,
    Decimal("0.5"),
    "",
    "a",
    "abc",
    "AB-1",
    [],
    [1],
    ["a", "b"],
    {},
    {"a": 1},
    {"id": 1, "name": "a"},
]


@settings(max_examples=100)
@given(schema=SCHEMAS, defs=st.fixed_dictionaries({"A": SCHEMAS, "B": SCHEMAS}), seed=st.integers(0, (1 << 64) - 1))
def test_what_is_generated_is_valid(schema: object, defs: dict[str, object], seed: int) -> None:
    """Best guess, full and random values, and every variation, satisfy two validators, unless they are said to be uncertain."""
    compiler = Compiler(defs)
    place = place_of(compiler, schema)
    rust, python = validators(schema, defs)
    if not place.node.alternatives and place.node.existence.proved:
        assert [value for value in CANDIDATES if rust.is_valid(value)] == []
        return
    made = []
    for mode in (*Mode, "random", "random"):
        try:
            made.append(fill(compiler, place, Draws(seed), mode, vary="made"))
        except GaveUp:
            continue
    tried = variations(compiler, place.node, Realm.JSON, place.room)[:40] if place.room >= 0 else []
    for variation in tried:
        try:
            made.append(fill(compiler, place, Draws(seed), "best", steer=variation.steer))
        except GaveUp:
            continue
    for value, certain in made:
        if certain:
            instance = plain(value)
            assert rust.is_valid(instance), (value, [error.message for error in rust.iter_errors(instance)])
            assert agrees(python, instance, schema, defs), value


@settings(max_examples=100)
@given(schema=STRINGS, realm=st.sampled_from(list(Realm)), seed=st.integers(0, 1 << 32))
def test_what_is_generated_can_be_sent_where_it_stands(schema: object, realm: Realm, seed: int) -> None:
    """Values of parameters arrive as they were meant, in every place."""
    compiler = Compiler({})
    place = place_of(compiler, schema, realm)
    for mode in get_args(Mode):
        try:
            value, _ = fill(compiler, place, Draws(seed), mode)
        except GaveUp:
            continue
        assert realm.can_hold(value)


def slice_of(schema: object, defs: dict[str, object]) -> ApiSlice:
    item = Operation(
        key="PUT /a/{id}",
        method="PUT",
        path="/a/{id}",
        parameters=[
            Parameter(name="id", location="path", required=True, schema={"type": "string"}),
            Parameter(name="q", location="query", style="form", explode=True, schema=schema),
        ],
        body=RequestBody(content=[MediaType(media_type="application/json", schema=schema)]),
        slots=[Slot(place="path/id", resource="/a", fields=["id"])],
    )
    return ApiSlice(digest="s", operations=[item], schemas=defs)


@settings(max_examples=40)
@given(
    schema=SCHEMAS, defs=st.fixed_dictionaries({"A": SCHEMAS, "B": SCHEMAS}), seed=st.integers(-(1 << 63), (1 << 63) - 1), data=st.data()
)
def test_an_answer_depends_on_its_ordinal_alone(schema: object, defs: dict[str, object], seed: int, data: st.DataObject) -> None:
    """However the ordinals are asked for, in one job or in many, of a fresh slice or a used one, the bytes are the same."""
    slice_ = slice_of(schema, defs)
    knowledge = data.draw(st.sampled_from([{}, {"/a": [Instance(fields={"id": "k"}, made=True)]}]))

    def ask(*spans: tuple[int, int], number: int = 1) -> dict[int, bytes]:
        asked = [Span(operation="PUT /a/{id}", start=start, count=count) for start, count in spans]
        job = Job(id=number, agent="functional-positive", slice="s", seed=seed, spans=asked, knowledge=knowledge)
        return {case.ordinal: encode_answer(case) for case in answers(slice_, job)}

    whole = ask((0, 30))
    cut = data.draw(st.integers(0, 30))
    assert ask((cut, 30 - cut), (0, cut), number=2) == whole


def test_the_strategy_reaches_what_it_is_meant_to_reach() -> None:
    """Most schemas can be made, so that the properties above mean something."""
    made = {"values": 0, "empty": 0}

    @settings(max_examples=100, derandomize=True, database=None)
    @given(schema=SCHEMAS, defs=st.fixed_dictionaries({"A": SCHEMAS, "B": SCHEMAS}))
    def count(schema: object, defs: dict[str, object]) -> None:
        compiler = Compiler(defs)
        place = place_of(compiler, schema)
        try:
            fill(compiler, place, Draws(1), "best")
            made["values"] += 1
        except GaveUp:
            made["empty"] += 1

    count()
    assert made["values"] > made["empty"]
    assert made["empty"] > 0


@pytest.mark.parametrize("schema", [{"$ref": "#/$defs/A"}, {"type": "array", "items": {"$ref": "#/$defs/A"}, "minItems": 1}])
def test_recursion_without_end_is_given_up(schema: object) -> None:
    """A required property of its own kind has no finite value."""
    compiler = Compiler({"A": {"type": "object", "required": ["id"], "properties": {"id": {"$ref": "#/$defs/A"}}}})
    with pytest.raises(GaveUp):
        fill(compiler, place_of(compiler, schema), Draws(1), "best")
