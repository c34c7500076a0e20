"""functional-positive: the order of its cases and what each is."""

import itertools

import msgspec
import pytest
from msgspec import structs

from pipeline.messages import MediaType, RequestBody
from stages.execute.serialise.style import in_path
from tests.unit.agents.steps import attempt, values

KEY = [{"key": []}]


def test_the_first_case_is_the_best_guess_the_second_has_every_optional_part(inputs, positives) -> None:
    """Required parameters alone, then all of them."""
    limit, page = (inputs.parameter(name, "query", {"type": "integer"}) for name in ("limit", "page"))
    needed = inputs.parameter("q", "query", {"type": "string"}, required=True)
    first, second, *_ = positives(inputs.operation("GET /a", limit, page, needed))
    assert (first.title, values(first), first.classes) == ("best guess", {"q": "sample"}, ["query/q:present"])
    assert (second.title, values(second)) == ("with every optional part", {"limit": 10, "page": 1, "q": "sample"})
    assert first.intent == second.intent == "valid"


def test_credentials_are_left_out_once_where_they_are_asked_for(inputs, positives) -> None:
    """Only where there is no way without; the answer is then unspecified."""
    second = positives(inputs.operation("GET /a", inputs.parameter("x", "query", {}), security=KEY))[1]
    assert (second.title, second.intent, second.classes) == ("without credentials", "unspecified", ["credential/absent"])
    assert attempt(second).mutation == "absent"
    for security in ([], [*KEY, {}]):
        operation = inputs.operation("GET /a", inputs.parameter("x", "query", {}), security=security)
        assert all(case.steps[-1].mutation == "" for case in positives(operation))


def test_documented_examples_come_before_other_values(inputs, positives) -> None:
    """Every valid one, as it stands."""
    body = inputs.json_body({"type": "object", "required": ["n"]}, examples=[{"n": 1}, {"wrong": 1}, {"n": 2}, {"n": 3}])
    made = positives(inputs.operation("POST /a", body=body))
    assert [(case.title, attempt(case).body.value) for case in made[:2]] == [("best guess", {"n": 1}), ("body: example/1", {"n": 2})]
    assert attempt(made[2]).body.value == {"n": 3}


def test_the_properties_of_a_wide_object_take_turns(inputs, positives) -> None:
    """Each has a boundary value before any has its second; what equals the best guess takes no place from what does not."""
    names = [f"p{index}" for index in range(200)]
    schema = {"type": "object", "properties": {name: {"type": "integer", "minimum": 5, "maximum": 9} for name in names}}
    for needed in ([], ["p0"]):
        made = positives(inputs.operation("POST /a", body=inputs.json_body({**schema, "required": needed})), count=300)
        tried = [case.title.removeprefix("body/").split(": ") for case in made if case.title.startswith("body/p")]
        assert {name for name, label in tried if label in ("minimum", "maximum")} == set(names)
        assert 250 < len(tried) <= 256


BOOLEAN = {"type": "boolean"}
CLOSED = {"type": "object", "additionalProperties": False}


@pytest.mark.parametrize(
    ("schema", "number"),
    [
        ({"type": "string", "maxLength": 0}, 1),
        (BOOLEAN, 2),
        ({"type": ["boolean", "null"]}, 3),
        ({"enum": [1, 2, "x"]}, 3),
        ({"type": "integer", "minimum": 3, "maximum": 9}, 7),
        ({"type": "array", "items": BOOLEAN, "maxItems": 2}, 7),
        ({**CLOSED, "properties": {"a": BOOLEAN, "b": {"enum": [1, 2]}}, "required": ["a"]}, 6),
    ],
)
@pytest.mark.parametrize("start", [0, 1000])
def test_where_there_are_few_requests_each_is_sent_once(inputs, positives, schema, number, start):
    """Then the stream ends, whichever ordinal is asked for first."""
    made = positives(inputs.operation("POST /a", body=inputs.json_body(schema)), count=400, start=start)
    sent = [msgspec.msgpack.encode(attempt(case).body.value, order="sorted") for case in made]
    assert len(sent) == len(set(sent)) == (0 if start else number)


@pytest.mark.parametrize("schema", [{"type": "string", "maxLength": 1}, {"type": "number", "minimum": 0}, {**CLOSED, "minProperties": 1}])
def test_where_there_are_many_requests_the_stream_goes_on(inputs, positives, schema):
    """A text has many values, and so has a number without an end; what cannot be made is given up."""
    made = positives(inputs.operation("GET /a", inputs.parameter("x", "query", schema), inputs.parameter("y", "query", {})), start=10_000)
    assert len(made) == 40


def test_few_requests_of_a_range_are_those_of_all(inputs, positives):
    """What one ordinal makes does not depend on which were asked for before."""
    operation = inputs.operation("GET /a", *(inputs.parameter(name, "query", {"enum": [1, 2, 3]}) for name in "abc"))
    whole = positives(operation, count=400)
    assert 20 < len(whole) <= 64
    assert positives(operation, start=len(whole) - 5, count=400) == whole[-5:]
    assert len({str(sorted(values(case).items())) for case in whole}) == len(whole)


def test_what_equals_every_optional_part_is_not_sent_again(inputs, positives):
    """One optional property makes the request with every optional part."""
    body = inputs.json_body({**CLOSED, "properties": {"n": {"type": "integer"}, "m": BOOLEAN}, "required": ["n"]})
    titles = [case.title for case in positives(inputs.operation("POST /a", body=body))]
    assert "with every optional part" in titles
    assert "body/m: false" in titles
    assert not {"body/m: present", "body/m: true"} & set(titles)


def test_long_values_are_tried_twice_a_place(inputs, positives) -> None:
    """Two lengths or numbers of items above the limits of all others; a query gets 4096 characters."""
    names = [f"p{index}" for index in range(4)]
    schema = {"type": "object", "properties": {name: {"type": "string", "maxLength": 300_000} for name in names}}
    made = positives(inputs.operation("POST /a", body=inputs.json_body(schema)), count=100)
    assert [case.title for case in made if any(len(text) > 16_384 for text in attempt(case).body.value.values())] == [
        "body/p0: maxLength",
        "body/p1: maxLength",
    ]
    made = positives(inputs.operation("POST /a", body=inputs.json_body({"type": "array", "items": {"type": "integer"}, "maxItems": 500})))
    assert [len(attempt(case).body.value) for case in made if case.title == "body: maxItems"] == [500]
    made = positives(inputs.operation("GET /a", inputs.parameter("x", "query", {"type": "string", "maxLength": 2000})))
    assert {case.title: len(values(case)["x"]) for case in made if case.title == "query/x: maxLength"} == {"query/x: maxLength": 2000}


def test_values_are_tried_one_at_a_time_and_in_turns(inputs, positives) -> None:
    """Each place gets its turn; what is not tried is as in the best guess."""
    left = inputs.parameter("a", "query", {"type": "integer", "minimum": 3, "maximum": 9})
    right = inputs.parameter("b", "query", {"enum": ["x", "y"]}, required=True)
    made = positives(inputs.operation("GET /a", left, right))[1:6]
    assert [case.title for case in made] == [
        "query/a: present",
        "query/b: enum/1",
        "query/a: maximum",
        "query/a: above-minimum",
        "query/a: below-maximum",
    ]
    assert values(made[2]) == {"a": 9, "b": "x"}
    assert made[2].classes == ["query/a:maximum"]


def test_no_two_planned_cases_are_the_same(inputs, positives) -> None:
    """What a variation makes may be what is there anyway: the first of an enum, the smallest number, one item, a branch."""
    flag = inputs.parameter("f", "query", {"type": "boolean"}, allow_empty_value=True)
    size = inputs.parameter("s", "query", {"type": "integer", "minimum": 1, "maximum": 1}, required=True)
    schema = {
        "type": "object",
        "properties": {
            "kind": {"enum": ["a", "b"]},
            "list": {"type": "array", "items": {"type": "integer"}},
            "either": {"oneOf": [{"type": "string", "minLength": 6}, {"type": "integer"}]},
            "date": {"type": "string", "format": "date"},
        },
    }
    made = positives(inputs.operation("POST /a", flag, size, body=inputs.json_body(schema)), count=300)
    planned = [msgspec.msgpack.encode(attempt(case)) for case in made if case.title != "random values"]
    assert len(planned) > 25
    assert len(set(planned)) == len(planned)


def test_a_query_parameter_may_be_sent_without_a_value_where_the_document_says_so(inputs, positives) -> None:
    """It is valid whatever the schema; not in other places, and not in styles that have no empty form (OpenAPI 3.1, 4.8.12)."""
    number = {"type": "integer"}
    places = [inputs.parameter(name, "query", number, allow_empty_value=True) for name in ("a", "b", "c")]
    places[1] = structs.replace(places[1], style="deepObject")
    places[2] = structs.replace(places[2], media_type="application/json")
    made = positives(inputs.operation("GET /a", *places, inputs.parameter("H", "header", number, allow_empty_value=True)))
    (case,) = [case for case in made if "empty-value" in case.title]
    assert (case.title, case.intent, case.classes) == ("query/a: empty-value", "valid", ["query/a:empty-value"])
    assert values(case) == {"a": ""}
    assert made.index(case) < 8


def test_of_every_two_optional_parts_there_are_both_either_and_none(inputs, positives) -> None:
    """Parameters and properties alike, behind what is tried one at a time and before random values."""
    flags = [inputs.parameter(f"f{i}", "query", {"type": "boolean"}) for i in range(3)]
    schema = {"type": "object", "required": ["id"], "properties": {name: {"type": "boolean"} for name in ("id", "a", "b", "c")}}
    made = positives(inputs.operation("POST /a", *flags, body=inputs.json_body(schema)), count=200)
    titles = [case.title for case in made]
    combined = [case for case in made if case.title.startswith("combination")]
    first = titles.index(combined[0].title)
    assert titles[first : first + 6] == [*(f"combination {i} of optional parts" for i in range(5)), "random values"]
    there = [values(case).keys() | attempt(case).body.value.keys() for case in [made[0], *combined]]
    assert all("id" in names for names in there)
    for left, right in itertools.combinations(["f0", "f1", "f2", "a", "b", "c"], 2):
        assert {(left in names, right in names) for names in there} >= {(True, True), (True, False), (False, True)}
    assert combined[0].classes[-1] == "media/application/json"
    assert {case.intent for case in combined} == {"valid"}


def test_combinations_keep_what_an_object_may_have(inputs, positives) -> None:
    """Properties come with those that must be there with them, and never more than are allowed."""
    schema = {
        "type": "object",
        "properties": {name: {"type": "boolean"} for name in "abcdef"},
        "dependentRequired": {"a": ["f"]},
        "maxProperties": 3,
    }
    made = positives(inputs.operation("POST /a", body=inputs.json_body(schema)), count=200)
    combined = [attempt(case).body.value for case in made if case.title.startswith("combination")]
    assert len(combined) == 3  # the others are there already
    assert all(1 <= len(value) <= 3 and ("a" not in value or "f" in value) for value in combined)


def test_every_media_type_is_tried_json_first(inputs, positives) -> None:
    """Whatever order the document has."""
    schema = {"type": "object", "required": ["a"], "properties": {"a": {"type": "integer"}}}
    content = [MediaType(media_type=name, schema=schema) for name in ("multipart/form-data", "application/xml", "application/json")]
    made = positives(inputs.operation("POST /a", body=RequestBody(content=content)))
    assert attempt(made[0]).body.media_type == "application/json"
    titles = [case.title for case in made if case.title.startswith("body as")]
    assert titles == ["body as multipart/form-data", "body as application/xml"]


def test_every_body_has_its_variations_the_first_one_first(inputs, positives) -> None:
    """JSON of an equal schema under another name would be the same text again; a text in XML is not the one in JSON."""
    schema = {"type": "object", "required": ["a"], "properties": {"a": {"type": "integer", "minimum": 3, "maximum": 90}}}
    other = {"type": "object", "required": ["b"], "properties": {"b": {"enum": ["x", "y"]}}}
    schemas = {"application/json": schema, "text/json": dict(schema), "application/merge-patch+json": other, "application/xml": schema}
    content = [MediaType(media_type=name, schema=one) for name, one in schemas.items()]
    made = positives(inputs.operation("POST /a", body=RequestBody(content=content)), count=60)
    tried: dict[str, list[str]] = {}
    for case in made:
        if case.title.startswith("body"):
            tried.setdefault(attempt(case).body.media_type, []).append(case.title)
    assert "body/a: maximum" in tried["application/json"]
    assert tried["text/json"] == ["body as text/json"]
    assert tried["application/merge-patch+json"] == ["body as application/merge-patch+json", "body/b: enum/1"]
    assert {"body/a: above-minimum", "body/a: maximum"} <= set(tried["application/xml"])
    assert all(case.intent == "valid" for case in made if case.title.startswith("body"))
    order = [case.title for case in made]
    assert order.index("body as application/xml") < order.index("body/b: enum/1") < order.index("random values")


def test_a_path_has_every_character_that_means_something_elsewhere(inputs, positives) -> None:
    """And is encoded whole: nothing of it is a part of the path's own, and an escape in it is no escape."""
    text = inputs.parameter("id", "path", {"type": "string", "maxLength": 60})
    made = {case.title: case for case in positives(inputs.operation("GET /a/{id}", text))}
    sent = {title.partition(": ")[2]: attempt(case).arguments[0].value for title, case in made.items()}
    wire = {label: in_path(text, sent[label]) for label in ("blank", "percent", "plus", "encoded", "reserved", "accented")}
    assert wire == {
        "blank": "a%20b",
        "percent": "100%25",
        "plus": "a%2Bb",
        "encoded": "a%252Fb",
        "reserved": "%3A%3F%23%5B%5D%40%21%24%26%27%28%29%2A%3B%3D",
        "accented": "Zo%C3%AB",
    }
    assert made["path/id: reserved"].intent == "valid"
    many = positives(inputs.operation("GET /a/{id}", text), count=300)
    assert not any(char in attempt(case).arguments[0].value for case in many for char in "/\\")  # that might be another operation


def test_random_cases_go_on_for_ever_and_differ(inputs, positives) -> None:
    """Optional parameters come and go."""
    operation = inputs.operation("GET /a", inputs.parameter("n", "query", {"type": "integer"}))
    made = positives(operation, start=10**9, count=60)
    assert {case.title for case in made} == {"random values"}
    assert len({values(case).get("n") for case in made}) > 10
    assert any("n" not in values(case) for case in made)


@pytest.mark.parametrize("media_type", ["application/json", "text/plain"])
def test_a_body_that_is_one_text_differs_from_one_random_case_to_the_next(inputs, positives, media_type) -> None:
    """There is nothing else in the request that could."""
    body = RequestBody(content=[MediaType(media_type=media_type, schema={"type": "string", "minLength": 12})], required=True)
    made = [
        attempt(case).body.value for case in positives(inputs.operation("POST /a", body=body), count=160) if case.title == "random values"
    ]
    assert len(made) > 100
    assert len(set(made)) == len(made)


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_an_unsafe_operation_without_inputs_has_an_end(inputs, positives, method) -> None:
    """Its stream has nothing to choose from, and it is not repeated."""
    assert len(positives(inputs.operation(f"{method} /a"))) == 1
    assert len(positives(inputs.operation(f"{method} /a", security=KEY))) == 2
    assert positives(inputs.operation(f"{method} /a"), start=7) == []


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_read_without_inputs_is_the_same_again_and_covers_nothing_new(inputs, positives, method) -> None:
    """What it shows changes with what others do, so there is no end; and no class is claimed twice."""
    best, bare, *rest = positives(inputs.operation(f"{method} /a", security=KEY), count=20)
    assert (best.title, bare.title) == ("best guess", "without credentials")
    assert {case.title for case in rest} == {"again"}
    assert all(case.steps == best.steps and case.intent == "valid" and not case.classes for case in rest)
    assert len(positives(inputs.operation(f"{method} /a"), start=10**9, count=3)) == 3


def test_credentials_are_left_out_again_among_random_cases(inputs, positives) -> None:
    """The first time may have met a conflict, or a limit: one of 64 goes without, under the same title."""
    operation = inputs.operation("POST /a", security=KEY, body=inputs.json_body({"type": "string"}))
    made = positives(operation, count=200)
    first = next(case.ordinal for case in made if case.title == "random values")
    bare = [case.ordinal for case in made if attempt(case).mutation == "absent"]
    assert bare == [1, first + 15, first + 79, *([first + 143] if first + 143 < 200 else [])]
    assert all(case.title == "without credentials" for case in made if case.ordinal in bare)


def test_a_body_that_need_not_be_is_sent_where_the_method_suggests_it(inputs, positives) -> None:
    """With POST, and not with GET, but for the case with every optional part."""
    body = RequestBody(content=[MediaType(media_type="application/json", schema={"type": "integer"})])
    for key, sent in (("POST /a", True), ("GET /a", False)):
        first, second, *_ = positives(inputs.operation(key, body=body))
        assert (attempt(first).body is not None) is sent
        assert attempt(second).body is not None


def test_headers_that_openapi_ignores_are_not_made(inputs, positives) -> None:
    """Accept, Content-Type and Authorization are described elsewhere (OpenAPI 3.1, 4.8.12.2.1)."""
    names = ("accept", "Content-Type", "AUTHORIZATION", "X-Other")
    made = positives(inputs.operation("GET /a", *[inputs.parameter(name, "header", {"type": "string"}, required=True) for name in names]))
    assert all(values(case).keys() == {"X-Other"} for case in made)


def test_what_is_not_certain_to_be_valid_is_not_claimed_to_be(inputs, positives) -> None:
    """Two branches that always match both leave no valid value; the operation is tested all the same."""
    branch = {"type": "object", "properties": {"a": {"type": "string"}}}
    [first] = positives(inputs.operation("POST /a", body=inputs.json_body({"oneOf": [branch, {**branch, "title": "b"}]})), count=1)
    assert first.intent == "unspecified"


def test_every_branch_of_a_discriminator_is_planned(inputs, positives) -> None:
    """Of conditions on a name as of a `oneOf`, each once before anything is left to chance."""
    kinds = [f"k{n}" for n in range(50)]
    own = [
        {"if": {"properties": {"kind": {"const": kind}}, "required": ["kind"]}, "then": {"required": [f"only-{kind}"]}} for kind in kinds
    ]
    chain = {"type": "object", "required": ["kind"], "properties": {"kind": {"enum": kinds}}, "allOf": own}
    branches = {"oneOf": [{"type": "object", "required": ["kind"], "properties": {"kind": {"const": kind}}} for kind in kinds]}
    for schema in (chain, branches):
        made = positives(inputs.operation("POST /a", body=inputs.json_body(schema)), count=200)
        planned = [case for case in made if not case.title.startswith("random")]
        assert {attempt(case).body.value["kind"] for case in planned} == set(kinds)
