"""functional-negative: what it violates, what it leaves alone, and in which order."""

import pytest
from msgspec import structs
from msgspec.msgpack import Ext

from pipeline.messages import Instance, MediaType, RequestBody
from stages.agents.core.tables import formats
from stages.agents.negative.keywords import ASSERTED
from stages.agents.negative.wire import readings
from tests.unit.agents.violations import body_of, post, violated


@pytest.mark.parametrize(
    ("schema", "labels"),
    [
        ({"type": "integer", "minimum": 3, "maximum": 9}, {"minimum": 2, "minimum/far": -(10**20), "maximum": 10, "type/string": "sample"}),
        ({"type": "number", "exclusiveMinimum": 0}, {"exclusiveMinimum": 0, "type/boolean": True, "type/null": None}),
        ({"type": "integer", "multipleOf": 5}, {"multipleOf": 1, "type/number": Ext(2, b"1.5")}),
        ({"type": "string", "minLength": 3, "maxLength": 6}, {"minLength": "sa", "maxLength": "samples", "type/integer": 7}),
        (
            {"type": "string", "pattern": "^[a-z]+$"},
            {"pattern/suffix": "sample!", "pattern/prefix": "!sample", "pattern/control": "sample\0"},
        ),
        ({"type": "string", "format": "date"}, {"format/0": "2024-02-30", "format/control": "2024-05-17\0"}),
        ({"enum": ["Ab", "c"]}, {"enum/case": "aB", "enum/prefix": "A", "enum/suffix": "Abx"}),
        ({"const": 5}, {"const/above": 6, "const/below": 4}),
        ({"const": 5}, {"const/string": "sample", "const/boolean": True, "const/null": None}),
        ({"const": True}, {"const/boolean": False, "const/string": "sample", "const/number": Ext(2, b"1.5")}),
        ({"const": None}, {"const/object": {}, "const/boolean": True}),
        ({"const": {"a": 1}}, {"const/object": {"a": 1, "extra1": "sample"}, "const/array": []}),
        ({"enum": [True, False]}, {"enum/string": "sample", "enum/null": None}),
        ({"enum": [[1], "ab", 5]}, {"enum/array": [1, "sample"], "enum/case": "AB", "enum/object": {}}),
        ({"type": ["string", "boolean"], "enum": ["a"]}, {"enum/boolean": True, "type/integer": 7}),
        ({"type": "array", "items": {"type": "integer"}, "minItems": 2, "maxItems": 2}, {"minItems": [1], "maxItems": [1, 1, 1]}),
        ({"type": "array", "items": {"enum": [1, 2]}, "uniqueItems": True}, {"uniqueItems": [1, 1]}),
        ({"type": "array", "items": {"type": "string"}, "uniqueItems": True, "maxItems": 1}, {"maxItems": ["sample", "sample1"]}),
        ({"type": "array", "examples": [[1]], "contains": {"const": 1}}, {"contains": []}),
        ({"type": "object", "additionalProperties": False}, {"extra1:additionalProperties": {"extra1": "sample"}}),
        (
            {"type": "object", "additionalProperties": {"type": "integer"}},
            {"extra1:additionalProperties/type/string": {"extra1": "sample"}},
        ),
        ({"type": "object", "minProperties": 2}, {"minProperties": {"extra1": "sample"}}),
        ({"type": "object", "maxProperties": 1}, {"maxProperties": {"extra1": "sample", "extra2": "sample"}}),
        ({"type": "object", "propertyNames": {"maxLength": 3}}, {"extra property:propertyNames/2": {"extra property": "sample"}}),
        ({"type": "integer", "not": {"minimum": 5}, "maximum": 9}, {"not": 5}),
        ({"oneOf": [{"type": "integer"}, {"minimum": 2, "type": "number"}]}, {"oneOf/0+1": 2}),
        ({"oneOf": [{"type": "integer", "minimum": 5}, {"type": "number", "maximum": 1}]}, {"oneOf/none": 2}),
        ({"anyOf": [{"const": "a"}, {"const": "b"}], "type": "string"}, {"anyOf": "A sample text"}),
        ({"type": "object", "anyOf": [{"required": ["a"]}, {"required": ["b"], "minProperties": 2}]}, {"anyOf": {}}),
        ({"allOf": [{"enum": ["a", "b"]}, {"enum": ["b", "c"]}]}, {"allOf/enum": "c", "enum/case": "B"}),
        ({"allOf": [{"const": 1}, {"minimum": 0, "multipleOf": 1}, {"multipleOf": 1}]}, {"const/above": 2}),
        ({"type": "object", "propertyNames": {"not": {"const": "sample"}}}, {"sample:propertyNames/4": {"sample": "sample"}}),
        (
            {"type": "object", "propertyNames": {"maxLength": 3}, "additionalProperties": {"type": "integer"}},
            {"extra property:propertyNames/2": {"extra property": 1}},
        ),
        (
            {"type": "object", "patternProperties": {"^v$": {"type": "integer"}, "^w$": {"minLength": 3}}},
            {"v:patternProperties/type/string": {"v": "sample"}, "w:patternProperties/minLength": {"w": "sa"}},
        ),
        ({"type": "object", "unevaluatedProperties": False}, {"extra1:unevaluatedProperties": {"extra1": "sample"}}),
        (
            {"type": "object", "unevaluatedProperties": {"type": "integer"}},
            {"extra1:unevaluatedProperties/type/string": {"extra1": "sample"}},
        ),
        (
            {"type": "array", "prefixItems": [{"type": "integer"}, {"type": "boolean"}], "unevaluatedItems": False},
            {"unevaluatedItems": [1, True, "sample"], "1:type/integer": [1, 7]},
        ),
        (
            {"type": "array", "prefixItems": [{"type": "integer"}], "unevaluatedItems": {"type": "boolean"}},
            {"unevaluatedItems/type/string": [1, "sample"]},
        ),
        ({"type": "array", "prefixItems": [{"type": "integer"}], "items": {"minLength": 3}}, {"items/minLength": [1, "sa"]}),
        (
            {"type": "array", "contains": {"const": 5}, "items": {"type": "integer"}, "minContains": 2, "maxContains": 3},
            {"contains": [], "contains/none": [1], "minContains": [5], "maxContains": [5, 5, 5, 5], "2:type/string": [5, 5, "sample"]},
        ),
        ({"type": "array", "contains": {"type": "object"}, "minItems": 1}, {"contains/none": ["A sample text"]}),
        (
            {"type": "object", "required": ["n"], "properties": {"n": {"const": 1}}, "dependentRequired": {"a": ["b"]}},
            {"b:dependentRequired": {"n": 1, "a": "sample"}},
        ),
        (
            {"type": "object", "required": ["n"], "properties": {"n": {"const": 1}}, "dependentSchemas": {"a": {"required": ["b"]}}},
            {"dependentSchemas": {"n": 1, "a": "sample"}},
        ),
        (
            {
                "type": "object",
                "properties": {"a": {"enum": [1, 2]}},
                "required": ["a"],
                "if": {"properties": {"a": {"const": 1}}},
                "then": {"required": ["b"]},
                "else": {"required": ["c"]},
            },
            {"then": {"a": 1}, "else": {"a": 2}},
        ),
    ],
)
def test_every_keyword_of_a_body_has_its_violation(inputs, planned, schema, labels):
    """The nearest value that is wrong, under its label."""
    made = planned(post(inputs, {"type": "object", "required": ["x"], "properties": {"x": schema}}))
    for name, value in labels.items():
        below, _, label = name.rpartition(":")
        sent = body_of(made, label, f"body/x/{below}" if below else "body/x").value["x"]
        assert (int(bytes(sent.data)) if isinstance(sent, Ext) and sent.code == 1 else sent) == value, name


@pytest.mark.parametrize(
    ("schema", "labels"),
    [
        ({"type": "integer", "not": {"minimum": 5}}, {"not": 5, "not/minimum/far": 10**20}),
        ({"type": "integer", "not": {"anyOf": [{"maximum": 5}, {"multipleOf": 2}]}}, {"not/maximum": 5}),
        ({"type": "array", "items": {"const": 1}, "not": {"maxItems": 2}}, {"not": [1], "not/maxItems": [1, 1]}),
        ({"type": "integer", "minimum": 1, "maximum": 9, "not": {"const": 5}}, {"not": 5, "minimum": 0, "maximum": 10}),
        ({"not": {"type": ["string", "null", "integer", "number"]}}, {"not/type/string": "sample", "not/type/integer": 7}),
        ({"type": "object", "not": {"properties": {"a": {"const": 1}}}}, {"not": {"a": 1}, "not/properties": {}}),
        ({"type": "integer", "if": {"minimum": 10}, "then": {"multipleOf": 5}, "else": {"multipleOf": 3}}, {"then": 12, "else": 1}),
        ({"type": "integer", "oneOf": [{"minimum": 5}, {"maximum": 10}]}, {"oneOf/0+1": 5, "oneOf": 10}),
        ({"type": "array", "prefixItems": [{"const": 1}], "items": False}, {"items": [1, "sample"]}),
        (
            {
                "type": "object",
                "required": ["k"],
                "oneOf": [{"properties": {"k": {"const": "a"}}}, {"properties": {"k": {"const": "b"}, "y": {"type": "string"}}}],
                "unevaluatedProperties": False,
            },
            {"k:const/case": {"k": "A"}, "extra1:unevaluatedProperties": {"k": "a", "extra1": "sample"}},
        ),
    ],
)
def test_a_violation_is_named_by_a_keyword_that_stands_in_the_document(inputs, planned, schema, labels):
    """Never by one that the generator only made of it."""
    made = planned(post(inputs, {"type": "object", "required": ["x"], "properties": {"x": schema}}))
    found = [(place, label) for place, labels in violated(made).items() for label in labels if place.startswith("body/x")]
    named = {keyword for _, label in found if not label.startswith("not/") for keyword in label.split("/")}
    of_keywords = {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "minItems", "maxItems", "additionalProperties", "enum"}
    assert not (named & of_keywords) - set(schema)
    for name, value in labels.items():
        below, _, label = name.rpartition(":")
        values = [case.steps[-1].body.value["x"] for case in made if case.title == f"body/x{below and '/' + below}: violates {label}"]
        assert value in [int(bytes(sent.data)) if isinstance(sent, Ext) else sent for sent in values], name


def test_what_no_member_of_the_document_forbids_is_left_alone(inputs, planned):
    """A closed object has no names to try, minContains 0 nothing to miss, a pattern of anything no wrong value."""

    def labels(schema):
        return {label.partition("/")[0] for found in violated(planned(post(inputs, schema))).values() for label in found}

    assert "propertyNames" not in labels({"type": "object", "propertyNames": {"maxLength": 3}, "additionalProperties": False})
    assert not {"contains", "minContains"} & labels({"type": "array", "contains": {"const": 5}, "minContains": 0})
    assert "maxContains" in labels({"type": "array", "contains": {"const": 5}, "minContains": 0, "maxContains": 1})
    assert "patternProperties" not in labels({"type": "object", "patternProperties": {"^x": True}})
    assert "unevaluatedItems" not in labels({"type": "array", "items": {"type": "integer"}, "unevaluatedItems": False})


def test_branches_of_no_kind_in_common_are_violated_by_what_each_says(inputs, planned):
    """A value of no branch's kind is one of `type`, and one that breaks a branch which alone has its kind is one of that branch."""

    def labels(schema):
        return [label for found in violated(planned(post(inputs, schema))).values() for label in found]

    of_branches = {"anyOf", "oneOf/none", "allOf/enum"}
    thing = {"type": "object", "required": ["a"], "properties": {"a": {"type": "integer"}}}
    for keyword in ("anyOf", "oneOf"):
        assert not of_branches & set(labels({keyword: [{"type": "integer", "minimum": 3}, {"type": "string"}]}))
        assert not of_branches & set(labels({keyword: [thing, {"type": "null"}]}))
        assert not of_branches & set(labels({keyword: [thing, {"not": thing}]})), "no value is right for none"
        assert not of_branches & set(labels({keyword: [thing, {"type": "object", "uniqueItems": True}]}))
        assert not of_branches & set(labels({keyword: [{"type": "string", "format": one} for one in ("date", "uuid")]})), "given up"
        assert not of_branches & set(labels({keyword: [{"type": "integer", "minimum": 100 - n} for n in range(17)]})), "too many"
        assert of_branches & set(labels({keyword: [{"type": "integer", "minimum": 100 - n} for n in range(16)]}))
    assert not of_branches & set(labels({"allOf": [{"enum": ["a"]}, {"type": "string"}]}))


def test_what_a_server_writes_or_assumes_makes_no_branch_wrong(inputs, planned):
    """A branch that lacks nothing else is not violated without it; one that lacks more is."""
    own = {"type": "string", "readOnly": True}
    usual = {"type": "string", "default": "x"}
    for part in (own, usual):
        bare = {"type": "object", "required": ["id"], "properties": {"id": part}}
        named = {"type": "object", "required": ["id", "name"], "properties": {"id": part, "name": {"type": "string"}}}
        titled = {"type": "object", "required": ["id", "title"], "properties": {"id": part, "title": {"type": "string"}}}
        assert "anyOf" not in violated(planned(post(inputs, {"anyOf": [bare, named]}))).get("body", [])
        assert "anyOf" in violated(planned(post(inputs, {"anyOf": [titled, named]})))["body"]
    condition = {"type": "object", "if": {"required": ["a"]}, "then": {"required": ["b"], "properties": {"b": own}}}
    assert "then" not in violated(planned(post(inputs, condition))).get("body", [])


def test_a_value_right_for_no_branch_is_sent_once(inputs, planned):
    """Under the name of the choice, not again under that of what a branch asks for."""
    branches = [{"type": "object", "required": [name], "properties": {name: {"type": "string"}}} for name in "ab"]
    made = planned(post(inputs, {"anyOf": branches}))
    empty = [case.classes[0] for case in made if case.steps[-1].body is not None and case.steps[-1].body.value == {}]
    assert empty == ["body:violates/anyOf"]


def test_a_body_of_which_nothing_is_said_has_no_violation_of_its_value(inputs, planned):
    """What is sent for it is no rule of the document."""
    found = violated(planned(post(inputs, {})))["body"]
    assert [label for label in found if not label.startswith(("malformed", "content", "media-type"))] == ["required"]


def test_a_missing_property_is_wrong_unless_nobody_would_mind(inputs, planned):
    """Not where a default stands for it, nor where the server alone writes it."""
    schema = {
        "type": "object",
        "required": ["plain", "default", "server"],
        "properties": {
            "plain": {"type": "string"},
            "default": {"$ref": "#/$defs/D"},
            "server": {"type": "string", "readOnly": True},
        },
    }
    found = violated(planned(post(inputs, schema), schemas={"D": {"type": "integer", "default": 5}}))
    assert "required" in found["body/plain"]
    assert "required" not in found["body/default"]
    assert "body/server" not in found


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


def test_the_parts_of_a_wide_object_take_turns(inputs, cases):
    """Each is violated, and at random too, before any has all that can be wrong with it."""
    names = [f"p{index}" for index in range(200)]
    schema = {"type": "object", "properties": {name: {"type": "integer", "minimum": 5, "maximum": 9} for name in names}}
    made = cases(post(inputs, schema), count=1500)
    end = next(index for index, case in enumerate(made) if case.steps[-1].method)
    found = violated(made[:end])
    assert all(found.get(f"body/{name}") for name in names)
    assert 370 < sum(len(found[name]) for name in found if name.startswith("body")) <= 400
    assert len({case.classes[0].partition(":")[0] for case in made[end:]}) > 190


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


def test_a_parameter_named_like_a_security_scheme_is_left_to_the_credential(inputs, planned):
    """The client has its credential there, whatever a case says; in headers the case of letters does not matter."""
    places = [inputs.parameter(name, location, {"type": "integer"}, required=True) for name, location in PLACES]
    operations = (inputs.operation("GET /a", *places), inputs.operation("GET /b", security=[{}, {"api_key": [], "É": []}]))
    assert set(violated(planned(*operations))) == {"query/API_KEY", "header/é", "path/api_key"}
    assert set(violated(planned(operations[0]))) == {f"{location}/{name}" for name, location in PLACES}


PLACES = [
    *(("API_KEY", "header"), ("api_key", "query"), ("api_key", "cookie"), ("É", "header")),
    *(("API_KEY", "query"), ("é", "header"), ("api_key", "path")),
]


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


@pytest.mark.parametrize("more", [{}, {"multipleOf": Ext(2, b"0.01")}])
def test_a_bound_of_three_hundred_digits_counts(inputs, planned, more):
    """What is far below it is proved; the number next to it is the same double."""
    bound = Ext(1, b"1" + b"0" * 300)
    labels = violated(planned(post(inputs, {"type": "number", "minimum": bound, **more})))["body"]
    assert "minimum/far" in labels
    assert "minimum" not in labels


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
