"""functional-negative: what counts as proved, by every reading of what is sent."""

import pytest

from pipeline.messages import MediaType, RequestBody
from stages.agents.core.tables import formats
from stages.agents.negative.keywords import ASSERTED
from stages.agents.negative.wire import readings
from tests.unit.agents.violations import body_of, post, violated


def test_in_a_query_a_number_is_a_string_and_a_word_may_be_a_boolean(inputs, planned):
    """What the text can be read as decides, not what it was made of."""

    def labels(schema, **more):
        found = violated(planned(inputs.operation("GET /a", inputs.parameter("q", "query", schema, **more))))
        return found.get("query/q", [])

    assert labels({"type": "string"}) == []
    assert "type/string" in labels({"type": "integer"})
    assert labels({"type": "boolean"}) == ["type/string", "type/integer", "type/null"]
    assert labels({"type": ["integer", "null"]}) == ["type/string", "type/number", "type/boolean"]
    assert labels({"type": "array", "items": {"type": "string"}}) == []
    assert labels({"type": "array", "items": {"type": "string"}, "minItems": 2}) == ["minItems"]
    one = {"type": "array", "items": {"type": "string"}, "minItems": 1}
    assert "minItems" not in labels(one, required=True)  # "q=" may be a list of one empty text
    assert "minItems" in labels({**one, "items": {"type": "integer"}}, required=True)
    assert labels({"type": "string", "minLength": 1}) == []  # "q=" may as well be no q
    assert labels({"type": "string", "minLength": 1}, required=True) == ["required", "minLength"]
    assert labels({"type": "string", "minLength": 1}, required=True, allow_empty_value=True) == []
    assert labels({"type": "integer", "default": 1}, required=True)[0] == "type/string"
    assert labels({"enum": [2, 3]}) == ["enum/below", "enum/string", "enum/number", "enum/boolean", "enum/null"]
    assert "required" not in labels({"type": "object"}, required=True)  # no members, no parameters
    assert "required" in labels({"type": "object", "required": ["a"]}, required=True)
    assert "empty-value" in labels({"type": "integer"}, required=True)
    assert "empty-value" not in labels({"type": "integer"}) + labels({"type": "integer"}, required=True, allow_empty_value=True)


def test_a_pattern_that_the_validator_gives_up_on_is_not_violated(inputs, planned):
    """What it says then is no proof, in no combination; what else is wrong stays so."""
    costly = {"type": "string", "pattern": "^(?!(?:(x+)(?=x)(x*))+y)[x!]*$", "minLength": 40}
    for schema in (costly, {"not": {"not": costly}}, {"anyOf": [costly, {"type": "integer"}]}):
        made = planned(post(inputs, schema))
        sent = [case.steps[-1].body.value for case in made if case.intent == "invalid" and case.steps[-1].body is not None]
        assert all(len(value) < 40 for value in sent if isinstance(value, str))
        assert "type/boolean" in violated(made)["body"] or "not/type/boolean" in violated(made)["body"]


def test_a_violated_pattern_is_found_nowhere_by_the_rules_of_its_own_language_too(inputs, planned):
    """For the validator's engine é is a letter of a word, so that a boundary is behind it; for ECMA-262 it is none."""
    made = planned(post(inputs, {"type": "string", "pattern": r"^\u00e9\B!*$"}))
    assert "pattern/suffix" not in violated(made)["body"]
    assert body_of(made, "pattern/prefix").value[0] == "!"


def test_values_without_a_type_are_no_list_unless_one_of_them_is(inputs, planned):
    """Outside of JSON nothing but a value that is a list makes a list right, and the same for objects."""

    def labels(schema):
        form = RequestBody(required=True, content=[MediaType(media_type="application/x-www-form-urlencoded", schema=schema)])
        in_form = planned(inputs.operation("POST /a", body=form))
        in_query = planned(inputs.operation("GET /a", inputs.parameter("x", "query", schema["properties"]["x"])))
        return violated(in_form).get("body/x"), violated(in_query).get("query/x")

    found = labels({"type": "object", "properties": {"x": {"enum": ["red", "green"]}}})
    assert found == (["enum/case", "enum/prefix", "enum/suffix"],) * 2
    assert labels({"type": "object", "properties": {"x": {"enum": ["red", ["green"]]}}}) == (None, None)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a", ["a"]),
        (" 5 ", [" 5 ", "5", 5]),
        ("+1_0.50e1", ["+1_0.50e1", 105]),
        ("1", ["1", 1, True, False]),
        ("Null", ["Null", None]),
        ("", ["", None]),
        (".", ["."]),
        ("0x1F", None),
        ("-Infinity", None),
        ('{"a":1}', None),
        ("1e999", None),
    ],
)
def test_what_a_text_can_be_read_as(text, found):
    """Generously: a reading that only some servers know makes a case that proves nothing."""
    assert readings(text) == found


def test_a_number_too_long_to_be_read_is_unclear_only_where_numbers_may_be_right(inputs, planned):
    def labels(kind):
        schema = {"type": kind, "maxLength": 2048, "example": "1"}
        return violated(planned(inputs.operation("GET /a", inputs.parameter("q", "query", schema)))).get("query/q", [])

    assert "maxLength" in labels("string")
    assert "maxLength" not in labels(["string", "number"])


@pytest.mark.parametrize("name", sorted(formats().keys() - {"commonmark", "html", "password"}))
def test_every_format_that_a_text_may_miss_has_a_violation(inputs, planned, name):
    """Proved where the validator knows the format; else only tried, even where the text is wrong for another reason."""
    for more in ({}, {"pattern": "^(.{1,99}|)$", "minLength": 1}):
        made = planned(post(inputs, {"type": "string", "format": name, **more}))
        intent = "invalid" if name in ASSERTED else "unspecified"
        assert "format/0" in violated(made, intent=intent)["body"]
        other = violated(made, intent="unspecified" if name in ASSERTED else "invalid").get("body", [])
        assert not any(label.startswith("format/") for label in other)


def test_ranges_of_formats_are_worth_trying_but_prove_nothing(inputs, planned):
    """The validator does not know int32; a bound of the schema itself it knows."""
    made = planned(post(inputs, {"type": "integer", "format": "int32", "minimum": 0}))
    unclear = violated(made, intent="unspecified")["body"]
    assert [label for label in unclear if label.startswith("format")] == ["format/maximum", "format/maximum/far"]
    assert "minimum" in violated(made)["body"]


def test_a_validator_that_rounds_proves_no_range_of_a_format(inputs, planned):
    """Where a step makes validators round numbers past 2^53, what is beyond int32 is still not claimed to be invalid."""
    made = planned(post(inputs, {"type": "integer", "minimum": 0, "format": "int32", "multipleOf": 7}))
    assert {"format/maximum", "format/maximum/far"} <= set(violated(made, intent="unspecified")["body"])
    assert not any("maximum" in label for label in violated(made)["body"])


@pytest.mark.parametrize(
    ("schema", "intent", "label"),
    [
        ({"format": "uint32", "minimum": 0}, "invalid", "minimum"),
        ({"format": "uint64", "minimum": 0}, "invalid", "minimum"),
        ({"format": "uint8", "exclusiveMinimum": 0}, "invalid", "exclusiveMinimum"),
        ({"allOf": [{"format": "int32"}, {"maximum": 2**31 - 1}]}, "invalid", "maximum"),
        ({"allOf": [{"maximum": 2**31 - 1}, {"format": "int32"}]}, "invalid", "maximum"),
        ({"format": "uint32"}, "unspecified", "format/minimum"),
        ({"format": "int64"}, "unspecified", "format/maximum"),
        ({"format": "int64", "maximum": 2**63 - 1}, "invalid", "maximum/far"),
        ({"allOf": [{"format": "int64"}, {"format": "uint64"}]}, "unspecified", "format/maximum"),
    ],
)
def test_a_bound_that_the_schema_says_too_is_known(inputs, planned, schema, intent, label):
    """By the validator, which knows no format's."""
    made = planned(post(inputs, {"type": "integer", **schema}))
    for each in ("invalid", "unspecified"):
        assert (label in violated(made, intent=each)["body"]) == (each == intent)


@pytest.mark.parametrize(("keyword", "bound"), [("maximum", 2**53), ("maximum", 2**63 - 1), ("minimum", -(2**53)), ("minimum", 2**63 - 1)])
def test_what_is_the_bound_to_doubles_is_not_claimed_to_be_beyond_it(inputs, planned, keyword, bound):
    """Many programs read numbers so."""
    labels = violated(planned(post(inputs, {"type": "integer", keyword: bound})))["body"]
    assert keyword not in labels
    assert f"{keyword}/far" in labels


def test_what_doubles_tell_from_the_bound_is_beyond_it(inputs, planned):
    """As the bound itself is, where it is open."""
    assert "minimum" in violated(planned(post(inputs, {"type": "integer", "minimum": 2**53})))["body"]
    assert "exclusiveMaximum" in violated(planned(post(inputs, {"type": "integer", "exclusiveMaximum": 2**53})))["body"]


PLACES = [
    *(("API_KEY", "header"), ("api_key", "query"), ("api_key", "cookie"), ("É", "header")),
    *(("API_KEY", "query"), ("é", "header"), ("api_key", "path")),
]


def test_a_parameter_named_like_a_security_scheme_is_left_to_the_credential(inputs, planned):
    """The client has its credential there, whatever a case says; in headers the case of letters does not matter."""
    places = [inputs.parameter(name, location, {"type": "integer"}, required=True) for name, location in PLACES]
    operations = (inputs.operation("GET /a", *places), inputs.operation("GET /b", security=[{}, {"api_key": [], "É": []}]))
    assert set(violated(planned(*operations))) == {"query/API_KEY", "header/é", "path/api_key"}
    assert set(violated(planned(operations[0]))) == {f"{location}/{name}" for name, location in PLACES}
