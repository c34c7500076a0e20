"""functional-negative: what it violates, what it leaves alone, and in which order."""

import pytest
from msgspec import structs
from msgspec.msgpack import Ext

from pipeline.messages import EXT_RAW, ApiSlice, Instance, Job, MediaType, RequestBody, Span
from stages.agents.generate import Generator
from stages.agents.negative.wire import readings


@pytest.fixture
def cases(inputs):
    """``cases(operation, ..., key=..., count=...)``: the cases of the operation with this key (else the first) in a slice of all."""

    def run(*operations, key=None, start=0, count=400, schemas=None, seed=1, **more):
        slice_ = ApiSlice(digest="s", operations=list(operations), schemas=schemas or {})
        span = Span(operation=key or operations[0].key, start=start, count=count)
        job = Job(id=1, agent=inputs.NEGATIVE, slice="s", seed=seed, spans=[span], **more)
        return list(Generator(slice_).answers(job))

    return run


@pytest.fixture
def planned(cases):
    """The same, up to the first method that the document does not have."""

    def run(*operations, **more):
        made = cases(*operations, **more)
        return made[: next((index for index, case in enumerate(made) if case.steps[-1].method), len(made))]

    return run


def violated(made, *, intent="invalid"):
    """Labels by what they are of."""
    found = {}
    for case in made:
        if case.intent == intent:
            where, _, label = case.classes[0].rpartition(":violates/")
            found.setdefault(where, []).append(label)
    return found


def body_of(made, label, where="body"):
    case = next(case for case in made if case.classes == [f"{where}:violates/{label}"])
    return case.steps[-1].body


def post(inputs, schema, **more):
    return inputs.operation("POST /a", body=inputs.json_body(schema, **more))


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
        ({"const": 5}, {"enum/above": 6, "enum/below": 4}),
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
        ({"allOf": [{"const": 1}, {"minimum": 0, "multipleOf": 1}, {"multipleOf": 1}]}, {"enum/above": 2}),
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
    assert "required" not in labels({"type": "object"}, required=True)  # no members, no parameters
    assert "required" in labels({"type": "object", "required": ["a"]}, required=True)
    assert "empty-value" in labels({"type": "integer"}, required=True)
    assert "empty-value" not in labels({"type": "integer"}) + labels({"type": "integer"}, required=True, allow_empty_value=True)


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


def test_a_text_body_is_broken_in_every_way_that_json_can_be(inputs, planned):
    """Bytes as they are; what some servers may accept is only worth trying."""
    made = planned(post(inputs, {"type": "object", "required": ["a"], "properties": {"a": {"const": "é"}}}))
    sent = {label: bytes(body_of(made, f"malformed/{label}").value.data) for label in ("cut", "trailing-comma", "utf-8", "nan", "empty")}
    assert sent == {
        "cut": '{"a":"é"'.encode(),
        "trailing-comma": '{"a":"é",}'.encode(),
        "utf-8": '{"\xffa":"é"}'.encode("latin-1").replace(b"\xe9", "é".encode()),
        "nan": '{"a":"é","sample":NaN}'.encode(),
        "empty": b"",
    }
    assert len(bytes(body_of(made, "malformed/deep").value.data)) == 4000
    unclear = violated(made, intent="unspecified")["body"]
    assert unclear == [
        *("malformed/duplicate-key", "malformed/surrogate", "malformed/utf-16", "malformed/utf-16-as-utf-8", "malformed/byte-order-mark"),
        *("media-type/absent", "content-encoding/gzip", "content-encoding/sample"),
    ]
    assert body_of(made, "media-type").media_type == "text/plain"
    assert body_of(made, "media-type/absent").media_type == ""
    assert body_of(made, "malformed/utf-16").media_type == "application/json; charset=utf-16"
    wide = {label: body_of(made, f"malformed/{label}") for label in ("latin-1", "utf-16-as-utf-8", "byte-order-mark")}
    assert bytes(wide["latin-1"].value.data) == '{"a":"éé"}'.encode("latin-1")
    assert bytes(wide["utf-16-as-utf-8"].value.data) == '{"a":"é"}'.encode("utf-16-le")
    assert bytes(wide["byte-order-mark"].value.data) == '{"a":"é"}'.encode("utf-8-sig")
    assert {wide[label].media_type for label in ("latin-1", "utf-16-as-utf-8")} == {"application/json; charset=utf-8"}
    argument = next(case for case in made if case.title == "body: violates content-encoding/gzip").steps[-1].arguments[-1]
    assert (argument.location, argument.name, argument.value) == ("header", "Content-Encoding", "gzip")


def test_latin_1_needs_a_text_that_it_has(inputs, planned):
    """The first in the order of the document, however deep; without one the body is not broken so."""

    def sent(value):
        found = [case for case in planned(post(inputs, {"const": value})) if case.classes == ["body:violates/malformed/latin-1"]]
        return [bytes(case.steps[-1].body.value.data).decode("latin-1") for case in found]

    assert sent({"a": [1, {"b": "x", "c": "y"}], "d": "z"}) == ['{"a":[1,{"b":"xé","c":"y"}],"d":"z"}']
    assert sent({"a": [1, None]}) == []
    assert sent({"a": "€"}) == []


def test_a_content_length_is_said_wrong_in_every_way_that_is_refused(inputs, planned):
    """As raw bytes behind all other arguments. Of two that differ both are lengths of the same JSON."""
    schema = {"type": "object", "required": ["a"], "properties": {"a": {"const": "é"}}}
    limit = inputs.parameter("limit", "query", {"const": 1}, required=True)
    made = planned(inputs.operation("POST /a", limit, body=inputs.json_body(schema)))
    found = {}
    for case in made:
        if "content-length" in case.title:
            step = case.steps[-1]
            text = bytes(step.body.value.data)
            lengths = [bytes(one.value.data) for one in step.arguments[1:]]
            assert {(one.location, one.name, one.value.code) for one in step.arguments[1:]} == {("header", "Content-Length", EXT_RAW)}
            assert (case.intent, step.body.media_type) == ("invalid", "application/json")
            found[case.classes[0].rpartition("/")[2]] = text, lengths
    text = '{"a":"é"}'.encode()
    single = {"not-a-number": [b"sample"], "negative": [b"-1"], "short": [b"9"]}
    assert found == {**{form: (text, lengths) for form, lengths in single.items()}, "differing": (text + b" ", [b"11", b"10"])}


@pytest.mark.parametrize(("value", "is_cut"), [(12, False), (True, False), (None, False), ("a", True), ([1], True), ({}, True)])
def test_a_content_length_is_too_small_only_where_that_cuts_the_json(inputs, planned, value, is_cut):
    """12 without its last character is a number still; true is none without its own, and left out like all that ends in no bracket."""
    titles = {case.classes[0] for case in planned(inputs.operation("POST /a", body=inputs.json_body({"const": value})))}
    assert ("body:violates/content-length/short" in titles) == is_cut


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


LENGTHS = ["content-length/not-a-number", "content-length/negative", "content-length/differing"]
CODED = ["media-type/absent", "content-encoding/gzip", "content-encoding/sample"]


@pytest.mark.parametrize(
    ("media_type", "expected", "text"),
    [
        (
            "multipart/form-data",
            (["malformed/unclosed", "media-type", "malformed/no-boundary"], []),
            b'--sentinel\r\nContent-Disposition: form-data; name="sample"\r\n\r\nsample\r\n--sentinel--\r\n',
        ),
        (
            "application/xml",
            (["malformed/unclosed-element", "media-type", "malformed/no-element", "malformed/no-utf-8"], []),
            b'<?xml version="1.0" encoding="UTF-8"?><root>sample</root>',
        ),
        ("application/x-www-form-urlencoded", (["media-type"], ["malformed/no-utf-8", "malformed/percent"]), b"sample=sample"),
        ("text/plain", (["media-type/json"], ["malformed/no-utf-8"]), b"sample"),
        ("application/octet-stream", (["media-type"], []), b"sample"),
    ],
)
def test_other_texts_than_json_are_broken_by_their_own_rules(inputs, planned, media_type, expected, text):
    """What is said of the body, its type, length and coding, is wrong in the same ways for every media type."""
    labels, unclear = expected
    form = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}
    schema = form if media_type.endswith(("form-data", "xml", "urlencoded")) else {"type": "string"}
    made = planned(inputs.operation("POST /a", body=RequestBody(content=[MediaType(media_type=media_type, schema=schema)], required=True)))
    found = [label for label in violated(made)["body"] if label.startswith(("malformed", "media-type", "content"))]
    assert found == [*labels, *([] if "multipart" in media_type else LENGTHS)]
    assert violated(made, intent="unspecified")["body"] == [*unclear, *CODED]
    absent = body_of(made, "media-type/absent")
    assert (bytes(absent.value.data), absent.media_type) == (text, "")
    if "multipart" not in media_type:
        wrong = body_of(made, "content-length/negative")
        assert (bytes(wrong.value.data), wrong.media_type) == (text, media_type)
    if schema is form:
        assert {"required", "type/string"} <= set(violated(made)["body/n"])


def test_a_media_type_that_may_be_documented_is_no_wrong_one(inputs, planned):
    """Any type is right where every type is."""
    content = [MediaType(media_type=one, schema={"type": "string"}) for one in ("application/octet-stream", "*/*")]
    found = violated(planned(inputs.operation("POST /a", body=RequestBody(content=content, required=True))))["body"]
    assert not any(label.startswith("media-type") for label in found)


def test_every_body_is_violated_the_first_one_first(inputs, planned):
    """The same schema under two media types is violated under both."""
    schema = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}
    types = ("application/json", "application/xml")
    body = RequestBody(content=[MediaType(media_type=one, schema=schema) for one in types], required=True)
    made = planned(inputs.operation("POST /a", body=body))
    sent = [case.steps[-1].body.media_type for case in made if case.classes == ["body/n:violates/required"]]
    assert sent == list(types)


def test_fields_of_a_form_are_written_twice_and_with_nul(inputs, planned):
    """Where the schema allows it or not: worth trying."""
    schema = {"type": "object", "properties": {"n": {"type": "integer"}, "s": {"type": "string"}, "a": {"type": "array"}}}
    body = RequestBody(content=[MediaType(media_type="application/x-www-form-urlencoded", schema=schema)], required=True)
    made = planned(inputs.operation("POST /a", body=body))
    assert violated(made, intent="unspecified")["body/n"] == ["encoding/nul", "duplicate"]
    assert body_of(made, "duplicate", "body/n").value["n"] == [1, 0]
    assert body_of(made, "encoding/nul", "body/s").value["s"] == Ext(EXT_RAW, b"sample%00")
    assert "body/a" not in violated(made, intent="unspecified")


def test_a_body_that_takes_arrays_is_nested_deep_too(inputs, planned):
    """No schema says that it is too deep, so that it proves nothing."""
    made = planned(post(inputs, {"type": "array"}))
    assert "malformed/deep" in violated(made, intent="unspecified")["body"]
    assert "malformed/deep" not in violated(made)["body"]


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
    assert asked == [("TRACE", "absent"), ("QUERY", ""), ("POST", ""), ("PATCH", ""), ("DELETE", "")]
    assert all([argument.name for argument in case.steps[-1].arguments] == ["id"] and case.steps[-1].body is None for case in made)
    assert [case for case in cases(*operations, key="PUT /a/{id}", count=60) if case.steps[-1].method] == []


def test_a_method_of_a_path_that_the_address_may_mean_is_not_asked(inputs, cases):
    """`/a/me` is answered by `/a/{id}` too, and by nothing of other lengths or words."""
    item = inputs.parameter("id", "path", {"type": "integer"})
    others = [inputs.operation("DELETE /a/{id}", item), inputs.operation("PATCH /b/{id}", item), inputs.operation("POST /a")]
    for operation in ("GET /a/me", "GET /a/{other}"):
        made = cases(inputs.operation(operation, *([item] if "{" in operation else [])), *others)
        assert [case.steps[-1].method for case in made if case.steps[-1].method] == ["TRACE", "QUERY", "POST", "PUT", "PATCH"]


def test_where_nothing_can_be_violated_the_methods_are_all_there_is(inputs, cases):
    """And the stream ends."""
    made = cases(inputs.operation("GET /a"), inputs.operation("DELETE /a"), key="DELETE /a")
    assert [case.classes for case in made] == [["method:violates/TRACE"], ["method:violates/QUERY"]]


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


def test_bytes_that_a_path_or_query_may_not_survive_are_tried(inputs, planned):
    """NUL, broken UTF-8, control characters: allowed by most schemas, so that nothing but a server error is a fault."""
    raw = ["encoding/nul", "encoding/utf-8", "encoding/control", "encoding/line-break"]
    made = planned(inputs.operation("GET /a/{id}", inputs.parameter("id", "path", {"type": "string"})))
    assert violated(made, intent="unspecified") == {"path/id": raw}
    sent = [bytes(case.steps[-1].arguments[0].value.data) for case in made if isinstance(case.steps[-1].arguments[0].value, Ext)]
    assert sent == [b"sample%00", b"sample%FF", b"sample%01", b"sample%0D%0A"]
    made = planned(inputs.operation("GET /a", inputs.parameter("q", "query", {"type": "string"})))
    assert violated(made, intent="unspecified") == {"query/q": [*raw, "duplicate", "long"]}
