"""functional-negative: what it violates of a body, and what it leaves alone."""

import pytest
from msgspec.msgpack import Ext

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


@pytest.mark.parametrize(
    "asks",
    [
        {"dependentRequired": {"a": ["c"]}},
        {"dependentSchemas": {"a": {"required": ["c"]}}},
        {"if": {"required": ["a"]}, "then": {"required": ["c"]}},
    ],
)
def test_what_another_property_asks_for_is_wrong_unless_nobody_would_mind(inputs, planned, asks):
    """Its default stands for it, and the request is right."""

    def labels(**more):
        numbers = {"a": {"type": "integer"}, "b": {"type": "integer"}, "c": {"type": "integer", **more}}
        schema = {"type": "object", "properties": numbers, "required": ["b"], **asks}
        found = violated(planned(post(inputs, schema)))
        return {label for labels in found.values() for label in labels}

    keyword = "then" if "if" in asks else next(iter(asks))
    assert keyword in labels()
    assert keyword not in labels(default=3)


def test_too_few_properties_are_wrong_unless_a_server_puts_one_in(inputs, planned):
    """A default may be there before they are counted."""

    def labels(**more):
        schema = {"type": "object", "minProperties": 1, "properties": {"a": {"type": "string"}, "b": {"type": "boolean", **more}}}
        return violated(planned(post(inputs, schema)))["body"]

    assert "minProperties" in labels()
    assert "minProperties" not in labels(default=False)


def test_a_property_whose_company_has_no_room_is_no_ground_of_violations(inputs, planned):
    """With both the object would be wrong already."""
    properties = {"a": {"type": "string"}, "b": {"type": "integer"}}
    schema = {"type": "object", "properties": properties, "dependentRequired": {"a": ["b"]}}
    assert {"body/a", "body/b"} <= violated(planned(post(inputs, {**schema, "maxProperties": 2}))).keys()
    assert violated(planned(post(inputs, {**schema, "maxProperties": 1}))).keys() == {"body", "body/b"}


@pytest.mark.parametrize("more", [{}, {"multipleOf": Ext(2, b"0.01")}])
def test_a_bound_of_three_hundred_digits_counts(inputs, planned, more):
    """What is far below it is proved; the number next to it is the same double."""
    bound = Ext(1, b"1" + b"0" * 300)
    labels = violated(planned(post(inputs, {"type": "number", "minimum": bound, **more})))["body"]
    assert "minimum/far" in labels
    assert "minimum" not in labels
