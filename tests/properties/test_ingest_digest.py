"""Two documents that are equal up to formatting and key order are the same Api."""

import json
import random
from typing import Any

import msgspec
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from stages.ingest import parse_api
from stages.ingest.numbers import exact_number

names = st.sampled_from(["id", "name", "Pet", "a/b", "x~y", "é", "$ref x", "type", ""])
numbers = st.one_of(st.integers(-(10**25), 10**25), st.decimals(-1000, 1000, places=3).map(float))
values = st.recursive(
    st.one_of(st.none(), st.booleans(), numbers, st.text(max_size=8)),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3),
    max_leaves=6,
)
schemas = st.recursive(
    st.fixed_dictionaries(
        {},
        optional={
            "type": st.sampled_from(["string", "integer", "object", "int", "widget"]),
            "$ref": st.sampled_from(["#/components/schemas/Pet", "#/components/schemas/a~1b", "#/components/schemas/none"]),
            "enum": st.lists(values, max_size=3),
            "example": values,
            "default": values,
            "nullable": st.booleans(),
            "readOnly": st.booleans(),
            "required": st.lists(names, max_size=3) | st.just(True),
            "minimum": numbers,
            "discriminator": st.just({"propertyName": "name", "mapping": {"p": "Pet"}}),
        },
    ),
    lambda inner: st.fixed_dictionaries(
        {},
        optional={
            "properties": st.dictionaries(names, inner, max_size=3),
            "items": inner,
            "allOf": st.lists(inner, max_size=2),
            "oneOf": st.lists(inner, max_size=2),
            "required": st.lists(names, max_size=2),
        },
    ),
    max_leaves=6,
)
contents = st.dictionaries(
    st.sampled_from(["application/json", "text/plain"]), st.fixed_dictionaries({"schema": schemas}, optional={"example": values})
)
operations = st.fixed_dictionaries(
    {"responses": st.dictionaries(st.sampled_from(["200", "404", "default"]), st.fixed_dictionaries({"content": contents}))},
    optional={
        "operationId": st.sampled_from(["one", "two"]),
        "parameters": st.lists(
            st.fixed_dictionaries({"name": names, "in": st.sampled_from(["query", "path"]), "schema": schemas}), max_size=3
        ),
        "requestBody": st.fixed_dictionaries({"content": contents}),
    },
)
paths = st.dictionaries(
    st.sampled_from(["/pets", "/pets/{id}", "/pets/{id}/toys", "/a"]),
    st.dictionaries(st.sampled_from(["get", "post", "put", "delete"]), operations, min_size=1, max_size=3),
    min_size=1,
    max_size=3,
)
documents = st.fixed_dictionaries(
    {"openapi": st.sampled_from(["3.0.3", "3.1.0"]), "paths": paths},
    optional={"components": st.fixed_dictionaries({"schemas": st.dictionaries(st.sampled_from(["Pet", "a/b", "Other"]), schemas)})},
)


def shuffled(value: Any, chance: random.Random) -> Any:
    if isinstance(value, dict):
        keys = list(value)
        chance.shuffle(keys)
        return {key: shuffled(value[key], chance) for key in keys}
    if isinstance(value, list):
        return [shuffled(item, chance) for item in value]
    return value


@settings(max_examples=25)
@given(documents, st.randoms(use_true_random=False))
def test_key_order_and_indentation_do_not_matter(document: Any, chance: random.Random) -> None:
    """Not for the digest, not for anything else in the Api, problems included."""
    first = parse_api(json.dumps(document).encode(), "http://t.example/d.json")
    second = parse_api(json.dumps(shuffled(document, chance), indent=3, ensure_ascii=False).encode(), "http://t.example/d.json")
    assert first == second


@settings(max_examples=25)
@given(documents)
def test_json_and_yaml_of_a_document_are_the_same_api(document: Any) -> None:
    """The two notations hold the same values."""
    text = yaml.safe_dump(document, allow_unicode=False, default_style='"').encode()  # quoted: PyYAML writes for YAML 1.1
    first = parse_api(json.dumps(document).encode(), "http://t.example/d")
    second = parse_api(text, "http://t.example/d")
    assert first.digest == second.digest


@settings(max_examples=25)
@given(documents)
def test_every_map_is_sorted_and_every_reference_leads_somewhere(document: Any) -> None:
    """What travels to the agents is canonical and complete."""
    api = parse_api(json.dumps(document).encode(), "http://t.example/d.json")
    assert list(api.schemas) == sorted(api.schemas)
    plain = msgspec.msgpack.decode(msgspec.msgpack.encode([api.schemas, [operation.body for operation in api.operations]]))
    pending = [api.schemas, *(each.schema for operation in api.operations for each in operation.parameters)]
    pending += [media.schema for operation in api.operations if operation.body for media in operation.body.content]
    pending += [media.schema for operation in api.operations for answer in operation.responses for media in answer.content]
    assert plain
    while pending:
        value = pending.pop()
        if isinstance(value, dict):
            assert list(value) == sorted(value)
            ref = value.get("$ref")
            assert not isinstance(ref, str) or ref.removeprefix("#/$defs/") in api.schemas
            pending.extend(value.values())
        elif isinstance(value, list):
            pending.extend(value)


@given(st.integers(-(10**30), 10**30), st.integers(-40, 40))
def test_a_number_has_one_form_however_it_is_written(coefficient: int, exponent: int) -> None:
    """Zeros moved between digits and exponent change nothing."""
    forms = [f"{coefficient}e{exponent}", f"{coefficient}000e{exponent - 3}", f"{coefficient}.000E{exponent:+}"]
    first, *others = [exact_number(form) for form in forms]
    assert all(other == first for other in others)
