"""Lengths of strings with a known format: those at the bounds and beside them, as texts of the format."""

import base64
from typing import get_args

import jsonschema_rs
import pytest

from stages.agents.core import formats as core
from stages.agents.core.compiler import Compiler
from stages.agents.core.interesting import variations
from stages.agents.core.mode import Mode
from stages.agents.core.realm import Realm
from stages.agents.core.steer import Length
from stages.agents.core.tables import formats
from stages.agents.core.verdict import satisfies
from tests.unit.agents.steps import attempt

ASSERTED = ["email", "idn-email", "hostname", "idn-hostname", "uri", "uri-reference", "iri", "iri-reference", "uri-template"]
ASSERTED += ["json-pointer", "relative-json-pointer", "regex"]
DECODERS = {
    "byte": base64.standard_b64decode,
    "base64url": base64.urlsafe_b64decode,
    "base16": base64.b16decode,
    "base32": base64.b32decode,
}


def planned(schema, realm=Realm.JSON):
    """The lengths that are tried, by label."""
    compiler = Compiler({})
    found = variations(compiler, compiler.node({"type": "string", **schema}), realm, 5)
    return {variation.label: variation.steer.length for variation in found if isinstance(variation.steer, Length)}


@pytest.mark.parametrize("name", sorted(name for name, entry in formats().items() if entry.stretch))
def test_a_text_of_a_format_has_the_length_that_is_asked_for(name) -> None:
    """Any from some length on, in steps where it is a content encoding; validators agree, those of the encodings included."""
    validator = jsonschema_rs.Draft202012Validator({"format": name}, validate_formats=True)
    found = {length: core.stretched(name, length) for length in range(400)}
    made = {length: text for length, text in found.items() if text is not None}
    assert all(len(text) == length for length, text in made.items())
    assert all(map(validator.is_valid, made.values()))
    step = {"byte": 4, "base64url": 4, "sf-binary": 4, "base16": 2, "base32": 8}.get(name, 1)
    assert list(made) == list(range(min(made), max(made) + 1, step))
    assert min(made) <= 20
    assert max(made) + step > min(core.longest(name) or 399, 399)
    if name in DECODERS:
        assert all(map(DECODERS[name], made.values()))


def test_names_in_addresses_are_no_longer_than_they_may_be() -> None:
    """A label 63 octets, a domain 253, what stands before the `@` 64 (RFC 1035, RFC 5321)."""
    for length in range(13, 255):
        local, _, domain = (core.stretched("email", length) or "").partition("@")
        assert len(local) <= 64
        assert len(domain) <= 253
        assert all(0 < len(label) <= 63 for label in domain.split("."))
    assert core.stretched("email", 255) is None
    assert all(0 < len(label) <= 63 for length in range(1, 254) for label in (core.stretched("hostname", length) or "").split("."))
    assert core.stretched("hostname", 254) is None


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ({"format": "password", "minLength": 8, "maxLength": 64}, {8, 9, 63, 64}),
        ({"format": "commonmark", "maxLength": 300}, {0, 1, 299, 300}),
        ({"format": "html", "minLength": 1, "maxLength": 3}, {1, 2, 3}),
        ({"format": "email", "maxLength": 64}, {63, 64}),
        ({"format": "email", "minLength": 5, "maxLength": 64}, {63, 64}),
        ({"format": "email", "maxLength": 320}, {254}),
        ({"format": "hostname", "minLength": 1, "maxLength": 253}, {1, 2, 252, 253}),
        ({"format": "uri", "maxLength": 30}, {29, 30}),
        ({"format": "byte", "minLength": 8, "maxLength": 41}, {8, 40}),
        ({"format": "date", "minLength": 10, "maxLength": 10}, set()),
        ({"format": "uri"}, set()),
    ],
)
def test_lengths_at_the_bounds_and_beside_them_are_tried(schema, expected, make) -> None:
    """As far as the format has texts of them; free texts as those without a format."""
    compiler = Compiler({})
    lengths = planned(schema)
    assert set(lengths.values()) == expected
    for length in lengths.values():
        made = make({"type": "string", **schema}, steer=Length(length))
        assert len(made) == length
        assert satisfies(compiler, compiler.node({"type": "string", **schema}), made)


def test_passwords_are_tried_with_special_characters(inputs, positives) -> None:
    """As any free text is."""
    schema = {"type": "string", "format": "password", "maxLength": 40}
    made = positives(inputs.operation("POST /a", body=inputs.json_body(schema)))
    assert {"body: special", "body: unicode", "body: maxLength"} <= {case.title for case in made}
    assert all(case.intent == "valid" for case in made)


@pytest.mark.parametrize(
    "schema",
    [
        {"format": "uri", "minLength": 100},
        {"format": "hostname", "maxLength": 9},
        {"format": "email", "minLength": 60, "maxLength": 70},
        {"format": "byte", "minLength": 9, "maxLength": 14},
        {"format": "email", "maxLength": 14},
    ],
)
@pytest.mark.parametrize("mode", get_args(Mode))
def test_a_text_of_a_format_is_made_within_bounds_that_its_template_misses(schema, mode, make) -> None:
    """In every mode."""
    schema = {"type": "string", **schema}
    validator = jsonschema_rs.Draft202012Validator(schema, validate_formats=True)
    assert all(validator.is_valid(make(schema, mode, seed=seed)) for seed in range(20))


def test_a_text_that_a_cookie_cannot_hold_is_not_tried() -> None:
    """Structured fields put strings in quotes."""
    schema = {"format": "sf-string", "minLength": 4, "maxLength": 9}
    assert planned(schema, Realm.HEADER)
    assert not planned(schema, Realm.COOKIE)


def test_a_long_format_is_tried_as_a_valid_value(inputs, positives) -> None:
    """In a request."""
    schema = {"type": "string", "format": "email", "maxLength": 64}
    made = positives(inputs.operation("POST /a", body=inputs.json_body({"type": "object", "properties": {"email": schema}})))
    (case,) = [case for case in made if case.title == "body/email: maxLength"]
    assert case.intent == "valid"
    assert len(attempt(case).body.value["email"]) == 64
