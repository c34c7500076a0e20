"""Whatever the schema: what functional-negative calls invalid is so for two validators, however the request is read; no two are equal."""

import json
from itertools import product
from urllib.parse import parse_qsl

import jsonschema_rs
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs
from msgspec.msgpack import Ext

from pipeline.messages import EXT_RAW, ApiSlice, Case, Job, Location, MediaType, Operation, Parameter, RequestBody, Span
from stages.agents.generate import answers
from stages.agents.wire import encode_answer
from stages.execute.serialise.style import in_query
from tests.properties.test_generation import INTEGERS, NUMBERS, SCALARS, SCHEMAS, STRINGS, agrees, nested, plain, validators

CLOSED = st.dictionaries(st.sampled_from(["a", "b"]), SCALARS, max_size=2).map(
    lambda properties: {"type": "object", "properties": properties, "additionalProperties": False}
)
LISTS = st.tuples(SCALARS, st.integers(1, 3), st.booleans()).map(
    lambda parts: {"type": "array", "items": parts[0], "minItems": parts[1], "uniqueItems": parts[2]}
)
CONTAINING = st.tuples(SCALARS, SCALARS, st.integers(0, 2), st.integers(1, 3)).map(
    lambda parts: {"type": "array", "items": parts[0], "contains": parts[1], "minContains": parts[2], "maxContains": parts[3]}
)
TUPLES = st.tuples(SCALARS, SCALARS, st.sampled_from(["items", "unevaluatedItems"]), st.just(False) | SCALARS).map(
    lambda parts: {"type": "array", "prefixItems": [parts[0], parts[1]], parts[2]: parts[3]}
)
MAPS = st.tuples(SCALARS, st.sampled_from(["^x-", "[0-9]$", "^[a-z]{2,4}$"]), st.just(False) | SCALARS, st.booleans()).map(
    lambda parts: {
        "type": "object",
        "patternProperties": {parts[1]: parts[0]},
        "unevaluatedProperties" if parts[3] else "additionalProperties": parts[2],
        **({"propertyNames": {"maxLength": 4}} if parts[3] else {}),
    }
)
NEEDS = st.tuples(SCALARS, st.sampled_from(["a", "b"]), st.sampled_from(["dependentRequired", "dependentSchemas", "then"])).map(
    lambda parts: {
        "type": "object",
        "properties": {"a": parts[0], "b": {"type": "integer"}},
        "required": [parts[1]],
        **{
            "dependentRequired": {"dependentRequired": {"a": ["b", "c"]}},
            "dependentSchemas": {"dependentSchemas": {"a": {"required": ["c"], "properties": {"c": parts[0]}}}},
            "then": {"if": {"required": ["a"]}, "then": {"required": ["c"]}, "else": {"required": ["d"]}},
        }[parts[2]],
    }
)
WHOLES = CONTAINING | TUPLES | MAPS | NEEDS
REFUSED = st.sampled_from(["a", "b"]).map(lambda text: {"type": "string", "minLength": 1, "not": {"enum": [text, "sample"]}})
FULL = st.tuples(SCALARS, st.integers(1, 3)).map(
    lambda parts: {"type": "object", "properties": dict.fromkeys("abc", parts[0]), "minProperties": parts[1]}
)
ANY = SCHEMAS | CLOSED | LISTS | FULL | WHOLES | REFUSED
DEFS = st.fixed_dictionaries({"A": SCHEMAS, "B": SCHEMAS})


def cases_of(operation: Operation, defs: dict[str, object], seed: int, *spans: tuple[int, int]) -> list[Case]:
    asked = [Span(operation=operation.key, start=start, count=count) for start, count in spans]
    job = Job(id=1, agent="functional-negative", slice="s", seed=seed, spans=asked)
    made = list(answers(ApiSlice(digest="s", operations=[operation], schemas=defs), job))
    assert all(isinstance(case, Case) for case in made)
    return [case for case in made if isinstance(case, Case)]


def query_of(schema: object, *, explode: bool = True, location: Location = "query") -> Operation:
    parameter = Parameter(name="q", location=location, style="form", explode=explode, schema=schema, required=True)
    return Operation(key="GET /a", method="GET", path="/a", parameters=[parameter])


@settings(max_examples=100)
@given(schema=ANY, defs=DEFS, seed=st.integers(0, 1 << 32))
def test_a_broken_body_is_refused_by_two_validators(schema: object, defs: dict[str, object], seed: int) -> None:
    """Planned and random ones. The second judge does not know formats: it has a word on all that is wrong without them too."""
    body = RequestBody(content=[MediaType(media_type="application/json", schema=schema)], required=True)
    rust, python = validators(schema, defs)
    loose = jsonschema_rs.Draft202012Validator({"$defs": plain(defs), "allOf": [plain(schema)]}, validate_formats=False)
    for case in cases_of(Operation(key="POST /a", method="POST", path="/a", body=body), defs, seed, (0, 150), (10_000, 10)):
        sent = case.steps[-1].body
        if case.intent != "invalid" or sent is None or (isinstance(sent.value, Ext) and sent.value.code == EXT_RAW):
            continue
        instance = plain(sent.value)
        assert not rust.is_valid(instance), case
        if not loose.is_valid(instance):
            assert not python.is_valid(instance) or not agrees(python, instance, schema, defs), case


def scalars(text: str) -> list[object]:
    """What a text can be read as."""
    try:
        number = json.loads(text)
    except ValueError:
        return [text]
    return [text] if isinstance(number, (list, dict)) else [text, number]


@settings(max_examples=100)
@given(schema=SCALARS, defs=DEFS, seed=st.integers(0, 1 << 32))
def test_a_broken_query_has_no_reading_that_is_right(schema: object, defs: dict[str, object], seed: int) -> None:
    """Neither as text nor as the JSON scalar that it also is, alone or as the only item of an array."""
    rust, _ = validators(schema, defs)
    operation = query_of(schema)
    for case in cases_of(operation, defs, seed, (0, 60), (10_000, 10)):
        step = case.steps[-1]
        if case.intent != "invalid" or step.method or not step.arguments:
            continue
        pairs = parse_qsl("&".join(in_query(operation.parameters[0], step.arguments[0].value)), keep_blank_values=True)
        if isinstance(step.arguments[0].value, dict):
            continue
        for _, text in pairs[:1] + pairs[-1:]:
            for read in scalars(text):
                assert not rust.is_valid(read), case
                assert len(pairs) > 1 or not rust.is_valid([read]), case


OBJECTS = st.tuples(SCALARS, SCALARS, st.sampled_from([["a"], ["b"], ["a", "b"], []])).map(
    lambda parts: {"type": "object", "properties": {"a": parts[0], "b": parts[1]}, "required": parts[2]}
)


@settings(max_examples=100)
@given(schema=OBJECTS, defs=DEFS, seed=st.integers(0, 1 << 32), required=st.booleans())
def test_broken_members_have_no_reading_that_is_right(schema: object, defs: dict[str, object], seed: int, required: bool) -> None:
    """However each member is read, where each is a parameter of its own; nothing at all is right where nothing must be there."""
    rust, _ = validators(schema, defs)
    operation = query_of(schema)
    operation = structs.replace(operation, parameters=[structs.replace(operation.parameters[0], required=required)])
    for case in cases_of(operation, defs, seed, (0, 60), (10_000, 10)):
        step = case.steps[-1]
        if case.intent != "invalid" or step.method or not step.arguments or not isinstance(step.arguments[0].value, dict):
            continue
        members = dict(parse_qsl("&".join(in_query(operation.parameters[0], step.arguments[0].value)), keep_blank_values=True))
        assert members or required, case
        for read in product(*(scalars(text) for text in members.values())):
            assert not rust.is_valid(dict(zip(members, read, strict=True))), case


@settings(max_examples=60)
@given(schema=SCHEMAS, defs=DEFS, location=st.sampled_from(["query", "header", "cookie"]), explode=st.booleans())
def test_no_two_planned_cases_are_equal(schema: object, defs: dict[str, object], location: Location, explode: bool) -> None:
    """Apart from ordinal, title and class: what is sent is always another request. The methods stand behind all that is planned."""
    made = cases_of(query_of(schema, explode=explode, location=location), defs, 1, (0, 1000))
    end = max((index for index, case in enumerate(made) if case.steps[-1].method), default=-1) + 1
    assert end > 5 or not made, "nothing is violated only where nothing can be made of what is required"
    sent = [encode_answer(Case(operation="", ordinal=0, title="", steps=case.steps)) for case in made[:end]]
    assert len(set(sent)) == len(sent)


def test_the_strategy_reaches_what_it_is_meant_to_reach() -> None:
    """Many keywords are violated, so that the properties above mean something."""
    wanted = {
        "type",
        "enum",
        "required",
        "minLength",
        "maxLength",
        "pattern",
        "format",
        "minItems",
        "uniqueItems",
        "multipleOf",
    }
    wanted |= {"minimum", "exclusiveMinimum", "additionalProperties", "minProperties", "maxProperties", "malformed", "media-type", "not"}
    wanted |= {"contains", "minContains", "maxContains", "items", "unevaluatedItems", "patternProperties", "unevaluatedProperties"}
    wanted |= {"propertyNames", "dependentRequired", "dependentSchemas", "then", "else"}
    found: set[str] = set()

    def collect(schema: object, defs: dict[str, object]) -> None:
        if wanted <= found:
            return
        body = RequestBody(content=[MediaType(media_type="application/json", schema=schema)], required=True)
        for case in cases_of(Operation(key="POST /a", method="POST", path="/a", body=body), defs, 1, (0, 150)):
            found.add(case.classes[0].rpartition(":violates/")[2].partition("/")[0])

    for strategy in (st.one_of(STRINGS, NUMBERS, INTEGERS, nested(SCALARS), SCHEMAS, CLOSED, LISTS), WHOLES, FULL, REFUSED):
        settings(max_examples=400, derandomize=True, database=None)(given(schema=strategy, defs=DEFS)(collect))()
    assert wanted - found == set()
