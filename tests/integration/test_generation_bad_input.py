"""Schemas that nobody should write: both implementations answer alike, in bounded time, and say in one word what became of each."""

import re
import time

import jsonschema
import msgspec
import pytest
from msgspec.msgpack import Ext

from pipeline.messages import ApiSlice, Job, MediaType, Operation, Parameter, RequestBody, Span
from stages.agents.wire import OF_NO_ORDINAL, Done
from stages.ingest import parse_api
from tests.properties.exact_numbers import is_number_of

SECONDS = 20
pytestmark = pytest.mark.alone
TEXT = {"type": "string"}
WIDE = [{"type": "object", "required": [f"{letter}{n}" for n in range(10)]} for letter in "abcdefgh"]
HUGE = Ext(1, b"1" + b"0" * 40)

MADE = {
    "5000 properties": {
        "type": "object",
        "properties": {f"p{n}": TEXT for n in range(5000)},
        "required": [f"p{n}" for n in range(0, 5000, 100)],
    },
    "5000 required properties": {
        "type": "object",
        "properties": {f"p{n}": {"type": "integer"} for n in range(5000)},
        "required": [f"p{n}" for n in range(5000)],
    },
    "5000 optional properties": {"type": "object", "properties": {f"p{n}": {"type": "integer"} for n in range(5000)}},
    "5000 more properties": {"type": "object", "minProperties": 5000},
    "10000 values": {"enum": [f"value {n}" for n in range(10_000)]},
    "10000 values without some": {"enum": list(range(10_000)), "not": {"enum": list(range(9_000))}},
    "100 branches": {"oneOf": [{"type": "object", "required": ["kind"], "properties": {"kind": {"const": n}}} for n in range(100)]},
    "2000 branches": {"oneOf": [{"type": "object", "required": ["kind"], "properties": {"kind": {"const": n}}} for n in range(2000)]},
    "branches that overlap": {"oneOf": [{"type": "object", "properties": {f"p{n}": TEXT, f"q{n}": TEXT}} for n in range(40)]},
    "branches that all is one of": {"anyOf": [*WIDE, {"allOf": [{}, {}]}]},
    "repeats by the ten thousand": {"type": "string", "pattern": "^(a{0,65535}){0,65535}$"},
    "catastrophic": {"type": "string", "pattern": "^((a+)+)+b$", "minLength": 60},
    "nested quantifiers": {"type": "string", "pattern": "^" + "(" * 20 + "a" + ")*" * 20 + "$", "minLength": 10},
    "no text": {"type": "string", "maxLength": 0},
    "no items": {"type": "array", "prefixItems": [TEXT], "maxItems": 0},
    "beyond 64 bits": {"type": "integer", "minimum": Ext(1, b"18446744073709551616"), "maximum": Ext(1, b"18446744073709551626")},
    "bounds of 40 digits": {"type": "integer", "minimum": Ext(1, b"-1" + b"0" * 40), "maximum": HUGE},
    "bounds that doubles take for one": {"type": "integer", "minimum": HUGE, "maximum": Ext(1, b"1" + b"0" * 38 + b"05")},
    "a step of 40 digits": {"type": "integer", "multipleOf": HUGE},
    "1e-17 to 2e-17": {"type": "number", "minimum": Ext(2, b"1E-17"), "maximum": Ext(2, b"2E-17")},
    "less than 1e-16": {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": Ext(2, b"1E-16")},
    "hundredths at 1e300": {"type": "number", "multipleOf": Ext(2, b"0.01"), "minimum": Ext(1, b"1" + b"0" * 300)},
    "hundred conditions": {
        "allOf": [{"if": {"required": [f"p{n}"]}, "then": {"required": [f"q{n}"]}} for n in range(100)],
        "type": "object",
    },
    "60 conditions on one name": {
        "allOf": [
            {
                "if": {"properties": {"kind": {"const": n}}, "required": ["kind"]},
                "then": {"required": [f"q{n}"]},
                "else": {"maxProperties": 9},
            }
            for n in range(60)
        ],
        "type": "object",
        "required": ["kind"],
    },
    "company of all": {
        "type": "object",
        "properties": {f"p{n}": TEXT for n in range(200)},
        "dependentRequired": {f"p{n}": [f"p{n + 1}"] for n in range(199)},
    },
    "itself": {"$ref": "#/$defs/Tree"},
}
FEW = {
    "no text": 1,
    "no items": 1,
    "beyond 64 bits": 10,
    "bounds that doubles take for one": 6,
    "itself": 7,
}  # answers, where there are not more
# Their patterns in other words, without the catastrophe.
PATTERNS = {
    "repeats by the ten thousand": "a*",
    "catastrophic": "a+b",
    "nested quantifiers": "a*",
}
NOT_MADE = {
    "unsatisfiable": ({"type": "string", "minLength": 5, "maxLength": 4}, "proved empty"),
    "contradicts itself": ({"type": "object", "required": ["a"], "properties": {"a": False}}, "proved empty"),
    "denies itself": ({"allOf": [{"$ref": "#/$defs/Tree"}, {"not": {"$ref": "#/$defs/Tree"}}]}, "gave up"),
    "denies all": ({"not": {"anyOf": [*WIDE, {"allOf": [{}, {}]}]}}, "gave up"),
    "required without end": ({"$ref": "#/$defs/Loop"}, "proved empty"),
    "a pattern beyond": ({"type": "string", "pattern": "\\p{Print}"}, "gave up"),
    "a text too long to match": ({"enum": ["a" * 40_000], "pattern": "^(a|b)*$"}, "gave up at its root: no value"),
    "behind 512 branches": (
        {
            "properties": {"a": {"const": 597}},
            "anyOf": [{"type": "object", "required": ["a"], "properties": {"a": {"const": n}}} for n in range(600)],
        },
        "gave up at its root: nothing among the first 513 ways",
    ),
    "100 million characters": (
        {"type": "object", "required": ["a"], "properties": {"a": {"minLength": 10**8}}},
        "gave up at /a: minLength",
    ),
    "a million items": ({"type": "array", "minItems": 10**6}, "gave up at its root: minItems"),
    "a million properties": ({"type": "object", "minProperties": 10**6}, "gave up at its root: more than 8192 required properties"),
    "no number between": ({"type": "integer", "multipleOf": HUGE, "minimum": 1, "maximum": Ext(1, b"9" * 40)}, "proved empty"),
    "steps beyond": (
        {"type": "number", "allOf": [{"multipleOf": Ext(1, b"1" + b"0" * 250 + b"%d" % n)} for n in (1, 3)]},
        "gave up at its root: multipleOf beyond what is read",
    ),
    "a bound beyond every double": ({"type": "number", "minimum": Ext(1, b"1" + b"0" * 330)}, "gave up at its root: minimum"),
}
SCHEMAS = {
    "Tree": {"type": "object", "required": ["kids"], "properties": {"kids": {"type": "array", "items": {"$ref": "#/$defs/Tree"}}}},
    "Loop": {"type": "object", "required": ["next"], "properties": {"next": {"$ref": "#/$defs/Loop"}}},
}


@pytest.fixture(scope="module")
def both(rust_agents, python_agents, converse):
    """A worker of each implementation, kept for all jobs."""
    workers = converse(*python_agents), converse(rust_agents)
    for worker in workers:
        worker.greet()
    return workers


def answered(both, *operations, agent="functional-positive"):
    """What both say, which is the same: answers, and what was given up. Each within its time."""
    slice_ = ApiSlice(digest=str(time.monotonic_ns()), operations=list(operations), schemas=SCHEMAS)
    spans = [Span(operation=operation.key, start=start, count=20) for operation in operations for start in (0, 10_000)]
    job = Job(id=1, agent=agent, slice=slice_.digest, seed=3, spans=spans)
    found = []
    for worker in both:
        started = time.monotonic()
        found.append(worker.answers(job, slice_))
        assert time.monotonic() - started < SECONDS
    (python, python_end), (rust, rust_end) = found
    assert isinstance(python_end, Done)
    assert isinstance(rust_end, Done)
    assert python == rust
    assert python_end.gave_up == rust_end.gave_up
    return python, python_end.gave_up


def with_body(schema):
    body = RequestBody(content=[MediaType(media_type="application/json", schema=schema)], required=True)
    return Operation(key="POST /a", method="POST", path="/a", body=body)


@pytest.mark.parametrize("name", MADE)
def test_it_is_made(both, name) -> None:
    """Values come of it, and hardly an ordinal is given up."""
    answers, gave_up = answered(both, with_body(MADE[name]))
    assert len(answers) >= FEW.get(name, 20)
    assert len(gave_up) <= len(answers) / 4
    cases = [msgspec.msgpack.decode(answer) for answer in answers]
    sent = [case["steps"][-1]["body"]["value"] for case in cases if case.get("intent", "valid") == "valid"]
    assert sent or name == "branches that overlap"  # of these none is known to be right
    wrong = [value for value in sent if not _is_right(name, value)]
    assert wrong == []


def _is_right(name, value) -> bool:
    """Whether a value satisfies a schema of `MADE`: numbers exactly, other values by another validator than the generators'."""
    schema = MADE[name]
    if schema.get("type") in ("integer", "number"):
        return is_number_of(schema, value)
    if name in PATTERNS:
        return re.fullmatch(PATTERNS[name], value) is not None and len(value) >= schema.get("minLength", 0)
    return jsonschema.Draft202012Validator({**schema, "$defs": SCHEMAS}).is_valid(value)


@pytest.mark.parametrize("name", [*MADE, *NOT_MADE])
def test_what_breaks_it_is_made(both, name) -> None:
    """Violations of each, alike and in time; of a body that cannot be made at least its absence."""
    schema = MADE[name] if name in MADE else NOT_MADE[name][0]
    answers, _ = answered(both, with_body(schema), agent="functional-negative")
    assert len(answers) >= (10 if name in MADE else 1)
    assert any(b"invalid" in answer for answer in answers)


@pytest.mark.parametrize("name", NOT_MADE)
def test_it_is_named(both, name) -> None:
    """Nothing comes of it, and the reason says whether that is proved."""
    schema, word = NOT_MADE[name]
    answers, gave_up = answered(both, with_body(schema))
    assert answers == []
    assert gave_up
    assert all(word in reason for _, _, reason in gave_up)


@pytest.mark.parametrize("name", [name for name in NOT_MADE if name != "denies itself"])
def test_what_need_not_be_there_is_left_out_and_named(both, name) -> None:
    """The rest is made, and both say which part is missing, and why."""
    schema, word = NOT_MADE[name]
    answers, gave_up = answered(both, with_body({"type": "object", "properties": {"odd": schema, "fine": {"type": "integer"}}}))
    assert answers
    ((_, ordinal, reason),) = gave_up
    assert ordinal == OF_NO_ORDINAL
    assert reason.startswith("left out: body/odd")
    assert word.partition(" at ")[0] in reason


@pytest.mark.parametrize(
    ("pattern", "fine"),
    [
        ("^[^<>]{1,65535}$", "[^<>]{1,65535}"),
        (r"^x[\s\S]{0,65535}$", r"x[\s\S]{0,65535}"),
        (r"^(?<y>[ab])\k<y>$", "aa|bb"),
        ("^[^]{2}$", r"[\s\S]{2}"),
        (r"^\uD83D\uDE00$", "\U0001f600"),
    ],
)
def test_valid_patterns_are_obeyed_from_the_document_on(both, pattern, fine) -> None:
    """What a document's pattern refuses is never sent as valid, though the validator could not compile the pattern as it stands."""
    schema = {"type": "string", "pattern": pattern}
    body = {"required": True, "content": {"application/json": {"schema": schema}}}
    document = {"openapi": "3.1.0", "info": {"title": "", "version": ""}, "paths": {"/a": {"post": {"requestBody": body, "responses": {}}}}}
    api = parse_api(msgspec.json.encode(document), "http://test.example/openapi.json")
    assert api.problems == []
    answers, _ = answered(both, api.operations[0])
    cases = [msgspec.msgpack.decode(answer) for answer in answers]
    sent = [case["steps"][-1]["body"]["value"] for case in cases if case.get("intent", "valid") == "valid"]
    assert sent
    assert all(re.fullmatch(fine, text) for text in sent)


def test_two_parameters_of_one_name(both) -> None:
    """In different places they are two, and both are sent. (In the same place the reading of the document lets one through.)"""
    parameters = [
        Parameter(name="id", location=location, required=True, schema=TEXT, style="form", explode=True) for location in ("query", "header")
    ]
    answers, gave_up = answered(both, Operation(key="GET /a", method="GET", path="/a", parameters=parameters))
    assert answers
    assert gave_up == []
    assert all(b"query" in answer and b"header" in answer for answer in answers)
