"""Schemas that nobody should write: both implementations answer alike, in bounded time, and say in one word what became of each."""

import re
import time

import msgspec
import pytest
from msgspec.msgpack import Ext

from pipeline.messages import ApiSlice, Job, MediaType, Operation, Parameter, RequestBody, Span
from stages.agents.wire import Done
from stages.ingest import parse_api

SECONDS = 20
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
    "branches that overlap": {"oneOf": [{"type": "object", "properties": {f"p{n}": TEXT, f"q{n}": TEXT}} for n in range(40)]},
    "branches that all is one of": {"anyOf": [*WIDE, {"allOf": [{}, {}]}]},
    "repeats by the ten thousand": {"type": "string", "pattern": "^(a{0,65535}){0,65535}$"},
    "catastrophic": {"type": "string", "pattern": "^((a+)+)+b$", "minLength": 60},
    "nested quantifiers": {"type": "string", "pattern": "^" + "(" * 20 + "a" + ")*" * 20 + "$", "minLength": 10},
    "no text": {"type": "string", "maxLength": 0},
    "beyond 64 bits": {"type": "integer", "minimum": Ext(1, b"18446744073709551616"), "maximum": Ext(1, b"18446744073709551626")},
    "bounds beyond what is sent": {"type": "integer", "minimum": Ext(1, b"-1" + b"0" * 40), "maximum": HUGE},
    "hundredths at 1e300": {"type": "number", "multipleOf": Ext(2, b"0.01"), "minimum": Ext(1, b"1" + b"0" * 300)},
    "hundred conditions": {
        "allOf": [{"if": {"required": [f"p{n}"]}, "then": {"required": [f"q{n}"]}} for n in range(100)],
        "type": "object",
    },
    "company of all": {
        "type": "object",
        "properties": {f"p{n}": TEXT for n in range(200)},
        "dependentRequired": {f"p{n}": [f"p{n + 1}"] for n in range(199)},
    },
    "itself": {"$ref": "#/$defs/Tree"},
}
FEW = {"no text": 1, "beyond 64 bits": 10, "itself": 7}  # answers, where there are not more
NOT_MADE = {
    "unsatisfiable": ({"type": "string", "minLength": 5, "maxLength": 4}, "proved empty"),
    "contradicts itself": ({"type": "object", "required": ["a"], "properties": {"a": False}}, "proved empty"),
    "denies itself": ({"allOf": [{"$ref": "#/$defs/Tree"}, {"not": {"$ref": "#/$defs/Tree"}}]}, "gave up"),
    "denies all": ({"not": {"anyOf": [*WIDE, {"allOf": [{}, {}]}]}}, "gave up"),
    "required without end": ({"$ref": "#/$defs/Loop"}, "gave up"),
    "a pattern beyond": ({"type": "string", "pattern": "\\p{Print}"}, "gave up"),
    "100 million characters": (
        {"type": "object", "required": ["a"], "properties": {"a": {"minLength": 10**8}}},
        "gave up at /a: minLength",
    ),
    "a million items": ({"type": "array", "minItems": 10**6}, "gave up at its root: minItems"),
    "a million properties": ({"type": "object", "minProperties": 10**6}, "gave up at its root: more than 8192 required properties"),
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
