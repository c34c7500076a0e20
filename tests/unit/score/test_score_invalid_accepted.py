"""Invalid input that is accepted: what is a finding, what is forgiven, what is one cause."""

import pytest
from msgspec.msgpack import Ext

from pipeline.messages import (
    EXT_DECIMAL,
    EXT_INTEGER,
    EXT_RAW,
    NoReply,
    Parameter,
    RequestBody,
    Response,
)
from stages.score.checks.invalid_accepted import at_many
from tests.unit.score.negatives import negative


@pytest.fixture
def told(make_scene, make_operation, replace):
    """What the check says of an answer to a violation at ``GET /a``."""
    scene = make_scene([make_operation("GET /a", [Response(status="2XX"), Response(status="4XX")])])

    def of(name, status=200, **request):
        failures = scene.failures(negative(scene, replace, "GET /a", status, name, **request))
        return [one for one in failures if one.check == "invalid_accepted"]

    return of


@pytest.mark.parametrize(
    ("label", "words"),
    [
        ("maximum", "is above maximum"),
        ("minimum/far", "is far below minimum"),
        ("enum/case", "is a value of enum in the wrong letter case"),
        ("pattern/other", "does not match its pattern (no part of it does)"),
        ("contains/none", "has items, none of which matches contains"),
        ("oneOf/0+1", "matches two branches of oneOf, where one is allowed"),
        ("then", "meets the condition of if, but breaks then"),
    ],
)
def test_a_violation_that_is_accepted_is_a_finding(told, label, words):
    """With the place, and the label in words."""
    (failure,) = told(f"query/limit:violates/{label}")
    assert (failure.severity, failure.note) == ("medium", False)
    assert failure.title == f"Invalid input is accepted with 200: query/limit {words}"
    assert failure.rule == f"the request is not valid by #/paths/~1a/get: query/limit {words}"


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("body/a:violates/required", "body/a is missing"),
        ("body/a:violates/type/object", "body/a is an object, which its type does not allow"),
        (
            "body/x-a:violates/patternProperties/type/string",
            "body has a property of patternProperties that is a string, which its type does not allow",
        ),
        ("body/tags:violates/items/minimum", "body/tags has an appended item that is below minimum"),
        ("query/q:violates/empty-value", "query/q is sent without a value"),
        ("body:violates/malformed/cut", "body is JSON that is cut off"),
        ("body:violates/malformed/latin-1", "body is JSON in Latin-1, declared as UTF-8"),
        ("body:violates/media-type", "body is sent as text/plain"),
    ],
)
def test_what_a_keyword_alone_does_not_say_is_told_in_words(told, name, words):
    """Who reads the title knows what was sent."""
    (failure,) = told(name)
    assert failure.title == f"Invalid input is accepted with 200: {words}"


@pytest.mark.parametrize(
    "label",
    [
        *("type/integer", "type/null", "format/0", "additionalProperties", "malformed/nan", "media-type/absent"),
        *("additionalProperties/type/integer", "unevaluatedProperties", "unevaluatedItems/format/1"),
    ],
)
def test_what_servers_forgive_is_a_note(told, label):
    """Conversions, annotations, what nobody reads."""
    (failure,) = told(f"body/limit:violates/{label}")
    assert failure.note


@pytest.mark.parametrize("status", [400, 404, 422, 302, 500])
def test_no_other_answer_accepts_it(told, status):
    """A refusal, another place, a fault of the server (which another check tells)."""
    assert told("query/limit:violates/maximum", status) == []


def test_one_place_is_one_cause_whatever_is_violated_there(told):
    """Two keywords at one place share a key, two places do not; the signature is the keyword, by which operations are joined."""
    (high,) = told("query/limit:violates/maximum")
    (low,) = told("query/limit:violates/minimum/far")
    (other,) = told("query/offset:violates/maximum")
    assert high.key == low.key != other.key
    assert high.signature == other.signature != low.signature


@pytest.mark.parametrize("keyword", ["propertyNames", "additionalProperties", "unevaluatedProperties", "patternProperties"])
def test_made_up_names_are_one_cause_at_their_object(told, keyword):
    """Whatever names were tried, the empty one too; another object and another keyword are others."""
    names = ("H1vMdch0", "extra property", "!", "", "a~1b")
    tried = [told(f"body/o/{name}:violates/{keyword}/{n}")[0] for n, name in enumerate(names)]
    assert len({failure.key for failure in tried}) == 1
    assert all(failure.title.startswith("Invalid input is accepted with 200: body/o has a") for failure in tried)
    others = [told(f"body/p/a:violates/{keyword}/1")[0], told("body/o:violates/minProperties")[0], told("body/o:violates/type/array")[0]]
    assert not {failure.key for failure in others} & {failure.key for failure in tried}


BODY = {
    "type": "object",
    "required": ["a"],
    "propertyNames": {"maxLength": 12},
    "properties": {
        "a": {"type": "string", "minLength": 3},
        "n": {"allOf": [{"minimum": 1}, {"maximum": 9}]},
        "half": {"exclusiveMinimum": 0.5},
        "big": {"type": "integer", "maximum": Ext(EXT_INTEGER, b"100000000000000000000")},
        "e": {"enum": ["x", "y", "z", "w"]},
        "c": {"const": 1},
        "p": {"pattern": "^[a-z]+$"},
        "f": {"format": "date"},
        "tags": {"type": "array", "items": {"type": "string", "maxLength": 2}},
        "node": {"$ref": "#/$defs/Node"},
        "a/b": {"multipleOf": 5},
        "odd": {"anyOf": [{"type": "integer", "maximum": 3}, {"type": "boolean"}]},
    },
}
NODE = {"type": "object", "maxProperties": 1, "properties": {"next": {"$ref": "#/$defs/Node"}, "size": {"minimum": 2}}}
IDS = Parameter(name="ids", location="query", schema={"type": "array", "minItems": 2, "items": {"$ref": "#/$defs/Node"}})
OF_BODY = "#/paths/~1a/post/requestBody/content/application~1json/schema"
OF_NODE = "#/components/schemas/Node"


@pytest.fixture
def measured(make_scene, make_operation, json_content, replace):
    """Rule and detail of the failure of ``POST /a``, by the values that its case sent."""

    def of(place, label, value):
        operation = make_operation("POST /a", [Response(status="200")], parameters=[IDS])
        scene = make_scene([replace(operation, body=RequestBody(content=json_content(BODY), required=True))])
        scene.model.api = replace(scene.model.api, schemas={"Node": NODE})
        sent = {"args": {"query/ids": value}} if place.startswith("query") else {"body": value}
        steps = [scene.step("POST /a", **sent)]
        exchange = negative(scene, replace, "POST /a", 200, f"{place}:violates/{label}", steps=steps)
        (failure,) = (one for one in scene.failures(exchange) if one.check == "invalid_accepted")
        return failure

    return of


@pytest.mark.parametrize(
    ("violation", "value", "rule", "detail"),
    [
        ("body/a minLength", {"a": "x"}, f"{OF_BODY}/properties/a/minLength", "has 1 character, minLength is 3"),
        ("body/a required", {}, f"{OF_BODY}/required", ""),
        ("body/n minimum/far", {"n": 0}, f"{OF_BODY}/properties/n/allOf/0/minimum", "is 0, minimum is 1"),
        ("body/n maximum", {"n": Ext(EXT_DECIMAL, b"9.5")}, f"{OF_BODY}/properties/n/allOf/1/maximum", "is 9.5, maximum is 9"),
        ("body/half exclusiveMinimum", {"half": 0}, f"{OF_BODY}/properties/half/exclusiveMinimum", "is 0, exclusiveMinimum is 0.5"),
        (
            *("body/big maximum", {"big": Ext(EXT_DECIMAL, b"1E+999999999")}, f"{OF_BODY}/properties/big/maximum"),
            "is 1E+999999999, maximum is 100000000000000000000",
        ),
        ("body/e enum/case", {"e": "X"}, f"{OF_BODY}/properties/e/enum", 'is "X", enum has "x", "y", "z" and 1 more'),
        ("body/c const", {"c": 2}, f"{OF_BODY}/properties/c/const", "is 2, const is 1"),
        ("body/p pattern/other", {"p": "!"}, f"{OF_BODY}/properties/p/pattern", 'is "!", pattern is "^[a-z]+$"'),
        ("body/f format/1", {"f": "x"}, f"{OF_BODY}/properties/f/format", 'is "x", format is date'),
        ("body/tags/1 maxLength", {"tags": ["", "abc"]}, f"{OF_BODY}/properties/tags/items/maxLength", "has 3 characters, maxLength is 2"),
        ("body/tags type/object", {"tags": {}}, f"{OF_BODY}/properties/tags/type", "is an object, type is array"),
        ("body/a~1b multipleOf", {"a/b": 7}, f"{OF_BODY}/properties/a~1b/multipleOf", "is 7, multipleOf is 5"),
        ("body/odd maximum", {"odd": 4}, f"{OF_BODY}/properties/odd/anyOf/0/maximum", "is 4, maximum is 3"),
        ("body/node/next/next/size minimum", {"node": {"next": {"next": {"size": 1}}}}, f"{OF_NODE}/properties/size/minimum",
         "is 1, minimum is 2"),
        ("body/node maxProperties", {"node": {"a": 1, "b": 2}}, f"{OF_NODE}/maxProperties", "has 2 properties, maxProperties is 1"),
        ("query/ids minItems", [{}], "#/paths/~1a/post: query/ids has fewer items than minItems", "has 1 item, minItems is 2"),
        ("query/ids/0/size minimum", [{"size": 1}], f"{OF_NODE}/properties/size/minimum", "is 1, minimum is 2"),
    ],
)  # fmt: skip
def test_the_value_stands_beside_the_bound_that_it_breaks(measured, violation, value, rule, detail):
    """With the keyword's pointer in the document, through references; where that is not known, the operation and the words."""
    place, label = violation.split(" ")
    failure = measured(place, label, value)
    assert failure.rule == f"the request is not valid by {rule}"
    assert failure.detail == (f"{place} {detail}" if detail else "")


def test_the_name_that_is_forbidden_is_told(measured):
    """In the detail: the title and the cause are those of the object."""
    failure = measured('body/a "long" name', "propertyNames/2", {'a "long" name': 1})
    assert failure.rule == f"the request is not valid by {OF_BODY}/propertyNames"
    assert failure.detail == r'body has the property "a \"long\" name"'


@pytest.mark.parametrize("value", [{}, {"n": "x"}, {"n": 5}, {"n": None}, {"n": Ext(EXT_RAW, b"%FF")}, [], "x", 7, Ext(EXT_RAW, b"{")])
def test_a_value_that_is_seen_to_break_nothing_is_not_claimed_to(measured, value):
    """It may be changed on its way: then only the words stand there."""
    failure = measured("body/n", "minimum", value)
    assert (failure.title, failure.detail) == ("Invalid input is accepted with 200: body/n is below minimum", "")


def test_a_finding_is_the_same_whatever_value_shows_it(measured):
    """Neither key nor signature nor title hold the value or the bound."""
    first, second = measured("body/a", "minLength", {"a": "x"}), measured("body/a", "minLength", {"a": "xy"})
    assert first.detail != second.detail
    assert (first.key, first.signature, first.title, first.rule) == (second.key, second.signature, second.title, second.rule)


def test_the_title_of_many_is_true_of_all(make_scene, make_operation, replace):
    """Some miss a parameter, most a body: the one finding says what is the same."""
    keys = [f"POST /r{n}" for n in range(6)]
    scene = make_scene([make_operation(key, [Response(status="2XX")]) for key in keys])
    for ordinal, key in enumerate(keys):
        place = "query/e" if ordinal == 0 else "body"
        scene.add(negative(scene, replace, key, 200 + ordinal % 2, f"{place}:violates/required", ordinal=ordinal))
    (whole,) = (one for one in scene.end()[0].findings if len(one.operations) > 1)
    assert whole.title == "At 6 operations: Invalid input is accepted: required input is missing"


def test_many_parts_of_a_request_in_which_a_keyword_counts_for_nothing_are_one_finding(make_scene, make_operation, replace):
    """Five of one operation or of several, and what is missing in them stays another finding."""
    scene = make_scene([make_operation(key, [Response(status="2XX")]) for key in ("GET /a", "GET /b")])
    places = [("GET /a", f"query/q{n}") for n in range(4)] + [("GET /b", "query/q0")]
    for ordinal, (key, place) in enumerate(places):
        scene.add(negative(scene, replace, key, 200, f"{place}:violates/type/string", ordinal=ordinal))
    scene.add(negative(scene, replace, "GET /b", 200, "query/q9:violates/required", ordinal=5))
    shown = [one for one in scene.end()[0].findings if not one.merged_into]
    assert [(one.title, one.operations) for one in shown if len(one.operations) > 1] == [
        ("At 2 operations: Invalid input is accepted: what has a type that is not allowed", ["GET /a", "GET /b"])
    ]
    whole = next(one for one in shown if len(one.operations) > 1)
    assert whole.detail.endswith("GET /a: query/q0, query/q1, query/q2, query/q3; GET /b: query/q0")
    assert [one.title for one in shown if len(one.operations) == 1] == ["Invalid input is accepted with 200: query/q9 is missing"]


def test_many_parts_of_one_operation_are_one_finding(make_scene, make_operation, replace):
    """With the places; four are four findings."""
    for count in (4, 5):
        scene = make_scene([make_operation("POST /a", [Response(status="2XX")])])
        for n in range(count):
            scene.add(negative(scene, replace, "POST /a", 200, f"body/p{n}:violates/maxLength", ordinal=n))
        shown = [one for one in scene.end()[0].findings if not one.merged_into]
        assert len(shown) == (4 if count == 4 else 1)
    assert shown[0].title == "At 5 places: Invalid input is accepted: what is longer than maxLength"
    assert shown[0].detail.endswith("POST /a: body/p0, body/p1, body/p2, body/p3, body/p4")


def test_what_is_plainly_wrong_shows_many(make_scene, make_operation, replace):
    """A word that is no member of an enum says more than a member in other letters, at whichever operation."""
    scene = make_scene([make_operation(f"GET /r{n}", [Response(status="200")]) for n in range(6)])
    for n in range(6):
        name = "query/kind:violates/enum/case" if n != 4 else "query/kind:violates/enum"
        scene.add(negative(scene, replace, f"GET /r{n}", 200, name, ordinal=n))
    (whole,) = (finding for finding in scene.end()[0].findings if len(finding.operations) > 1)
    assert whole.case.classes == ["query/kind:violates/enum"]


@pytest.mark.parametrize(
    ("signature", "title"),
    [
        ("2xx for what violates media-type", "Invalid input is accepted: a body of another media type, or of none"),
        ("2xx for what violates oneOf", "Invalid input is accepted: what does not match exactly one branch of oneOf"),
        ("2xx for a wrong Content-Length", "A request is accepted although its Content-Length is wrong"),
        ("2xx for TRACE", "TRACE is answered with a 2xx, and the document has no such method there"),
    ],
)
def test_what_many_have_in_common_is_in_words(signature, title):
    """Without the place, the status and the way, in which they differ."""
    assert at_many(signature) == title


def test_a_method_that_the_document_does_not_have(told):
    """2xx for another method is told as such; 405 is as it should be."""
    (failure,) = told("method:violates/QUERY", method="QUERY")
    assert (failure.severity, failure.note) == ("low", False)
    assert "QUERY" in failure.title
    assert told("method:violates/QUERY", 405, method="QUERY") == []


def test_a_method_that_nobody_has_is_unknown_or_a_fault(make_scene, make_operation, replace):
    """501 and 405 say so; any other server error, and a trace behind 501, is one. For the operation's own method 501 is a note."""
    scene = make_scene([make_operation("GET /a", [Response(status="200")])])

    def checks(status, **request):
        made = negative(scene, replace, "GET /a", status, "method:violates/SENTINEL", **request)
        return [(one.check, one.note) for one in scene.failures(made) if one.check in {"server_error", "invalid_accepted"}]

    trace = b'Traceback (most recent call last):\n  File "/srv/a.py", line 1, in f\nKeyError: 1\n'
    assert checks(501, method="SENTINEL") == []
    assert checks(405, method="SENTINEL") == []
    assert checks(500, method="SENTINEL") == [("server_error", False)]
    assert checks(501, method="SENTINEL", body=trace) == [("server_error", False)]
    assert checks(200, method="SENTINEL") == [("invalid_accepted", False)]
    assert checks(501) == [("server_error", True)]


def test_a_method_that_another_operation_of_the_path_has(make_scene, make_operation, replace):
    """Is documented: who made the case saw another part of the document."""
    scene = make_scene([make_operation(f"{method} /a", [Response(status="200")]) for method in ("GET", "TRACE")])
    exchange = negative(scene, replace, "GET /a", 200, "method:violates/TRACE", method="TRACE")
    assert scene.failures(exchange) == []


def test_valid_and_unspecified_cases_are_not_judged(scene, replace):
    """Nor are classes that name no violation."""
    exchange = negative(scene, replace, "GET /pets", 200, "query/limit:violates/maximum")
    for changes in ({"intent": "valid"}, {"intent": "unspecified"}, {"classes": ["query/limit:maximum"]}):
        trial = replace(exchange.trial, case=replace(exchange.trial.case, **changes))
        assert "invalid_accepted" not in {check for check, _ in scene.checks(replace(exchange, trial=trial))}


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ("negative", "is negative"),
        ("differing", "is there twice, with two values"),
        ("short", "is one byte too small, which cuts its body"),
    ],
)
def test_a_wrong_content_length_is_a_rule_of_http(told, form, words):
    """Whatever the document says; each fault is a cause of its own beside those of the body."""
    (failure,) = told(f"body:violates/content-length/{form}", sends=[("Content-Length", "-1")])
    assert (failure.severity, failure.note) == ("low", False)
    assert failure.title == f"A request is accepted with 200 although its Content-Length {words}"
    assert failure.rule.startswith("RFC 9112, 6.3")
    assert ("none of its media type" in failure.rule) == (form == "short")
    assert failure.key != told("body:violates/malformed/cut")[0].key


def test_the_document_says_nothing_of_how_a_wrong_content_length_is_refused(make_scene, make_operation, replace):
    """Servers refuse it before they know what the request is for: neither status nor type of that answer is judged; 5xx is."""
    scene = make_scene([make_operation("POST /a", [Response(status="201")])])
    name, wrong = "body:violates/content-length/negative", [("Content-Length", "-1")]
    refused = negative(scene, replace, "POST /a", 400, name, sends=wrong)
    assert scene.failures(refused) == []
    assert [one.check for one in scene.failures(negative(scene, replace, "POST /a", 400, name))] == ["undocumented_status"]
    assert "server_error" in {one.check for one in scene.failures(negative(scene, replace, "POST /a", 500, name, sends=wrong))}
    for kind, checks in (("reset", []), ("timeout", [("hang", True)]), ("malformed", [("dropped_connection", False)])):
        (sent,) = refused.sent
        lost = replace(refused, sent=[replace(sent, reply=None, failure=NoReply(kind=kind))])
        assert [(one.check, one.note) for one in scene.failures(lost)] == checks


@pytest.mark.parametrize(
    ("length", "checks"), [("8", ["hang"]), ("9", []), ("9" * 40, []), ("sample", ["hang"]), ("\u0663\u0663", ["hang"])]
)
def test_a_server_may_wait_for_the_rest_of_a_body(make_scene, make_operation, replace, length, checks):
    """As long as there is more of it by its Content-Length."""
    scene = make_scene([make_operation("POST /a", [Response(status="201")])])
    name = "body:violates/content-length/long"
    exchange = negative(scene, replace, "POST /a", 400, name, sends=[("Content-Length", length)])
    (sent,) = exchange.sent
    sent = replace(sent, request=replace(sent.request, body=b"{}      "), reply=None, failure=NoReply(kind="timeout"))
    assert [one.check for one in scene.failures(replace(exchange, sent=[sent]))] == checks
