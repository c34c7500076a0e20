"""Invalid input that is accepted: what is a finding, what is forgiven, what is one cause."""

import pytest

from pipeline.messages import NoReply, Override, Parameter, Response, SecurityScheme


def negative(scene, replace, key, status, name, *, sends=(), **request):
    """An exchange of a case whose attempt violates what ``name`` says; ``sends``: headers of the request."""
    exchange = scene.exchange(key, status, intent="invalid", **request)
    case = replace(exchange.trial.case, classes=[name])
    (sent,) = exchange.sent
    sent = replace(sent, request=replace(sent.request, headers=[*sent.request.headers, *sends]))
    return replace(exchange, trial=replace(exchange.trial, case=case), sent=[sent])


@pytest.fixture
def told(make_scene, make_operation, replace):
    """What the check says of an answer to a violation at ``GET /a``."""
    scene = make_scene([make_operation("GET /a", [Response(status="2XX"), Response(status="4XX")])])

    def of(name, status=200, **request):
        failures = scene.failures(negative(scene, replace, "GET /a", status, name, **request))
        return [one for one in failures if one.check == "invalid_accepted"]

    return of


@pytest.mark.parametrize(
    "label",
    ["maximum", "minimum/far", "enum/case", "pattern/other", "contains/none", "oneOf/0+1", "then", "dependentRequired"],
)
def test_a_violation_that_is_accepted_is_a_finding(told, label):
    """With the place and the keyword in its words."""
    (failure,) = told(f"query/limit:violates/{label}")
    assert (failure.severity, failure.note) == ("medium", False)
    assert failure.title == f"Invalid input is accepted with 200: query/limit violates {label.partition('/')[0]}"
    assert label in failure.rule


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("body/a:violates/required", "body/a is missing"),
        ("body/a:violates/type/object", "body/a violates type (object)"),
        ("body/x-a:violates/patternProperties/type/string", "body/x-a violates patternProperties (type)"),
        ("body/tags:violates/items/minimum", "body/tags violates items (minimum)"),
        ("query/q:violates/empty-value", "query/q has no value"),
        ("body:violates/malformed/cut", "body is JSON without its end"),
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


def test_a_method_that_the_document_does_not_have(told):
    """2xx for another method is told as such; 405 is as it should be."""
    (failure,) = told("method:violates/QUERY", method="QUERY")
    assert (failure.severity, failure.note) == ("low", False)
    assert "QUERY" in failure.title
    assert told("method:violates/QUERY", 405, method="QUERY") == []


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


@pytest.mark.parametrize(("form", "words"), [("negative", "is negative"), ("differing", "is there twice, with two values")])
def test_a_wrong_content_length_is_a_rule_of_http(told, form, words):
    """Whatever the document says; each fault is a cause of its own beside those of the body."""
    (failure,) = told(f"body:violates/content-length/{form}", sends=[("Content-Length", "-1")])
    assert (failure.severity, failure.note) == ("low", False)
    assert failure.title == f"A request is accepted with 200 although its Content-Length {words}"
    assert failure.rule.startswith("RFC 9112, 6.3")
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


KEY = Parameter(name="X-Key", location="header", required=True)
TOKEN = Parameter(name="token", location="query")
SESSION = Parameter(name="session", location="cookie")
FILTER = Parameter(name="filter", location="query")
ID = Parameter(name="id", location="path", required=True)


@pytest.fixture
def filled(make_scene, make_operation, replace):
    """How many findings a violation at ``GET /a`` makes; ``scheme`` and ``override`` are the document's and the owner's."""

    def count(name, *, scheme=None, override=None, **request):
        operation = make_operation("GET /a", [Response(status="200")])
        operation = replace(operation, parameters=[ID, KEY, TOKEN, SESSION, FILTER])
        overrides = [Override(operation="GET *", **override)] if override else []
        scene = make_scene([operation], overrides=overrides)
        schemes = [SecurityScheme(name="any", type="apiKey", location=scheme[0], parameter=scheme[1])] if scheme else []
        scene.model.api = replace(scene.model.api, security_schemes=schemes)
        exchange = negative(scene, replace, "GET /a", 200, name, **request)
        (sent,) = exchange.sent
        exchange = replace(exchange, sent=[replace(sent, identity="alice")])
        return sum(one.check == "invalid_accepted" for one in scene.failures(exchange))

    return count


@pytest.mark.parametrize(
    ("place", "scheme"),
    [("header/X-Key", ("header", "x-key")), ("query/token", ("query", "token")), ("cookie/session", ("cookie", "session"))],
)
def test_where_a_security_scheme_has_its_credential_nothing_is_claimed(filled, place, scheme):
    """Execute puts the credential there, whatever the case says; a name elsewhere, or in other letters, is another parameter."""
    for label in ("type/string", "required", "maxLength"):
        assert filled(f"{place}:violates/{label}") == 1
        assert filled(f"{place}:violates/{label}", scheme=scheme) == 0
        assert filled(f"query/filter:violates/{label}", scheme=scheme) == 1
    assert filled("query/token:violates/maxLength", scheme=("query", "Token")) == 1
    assert filled("query/token:violates/maxLength", scheme=("header", "token")) == 1


def test_where_the_identity_has_its_credential_nothing_is_claimed(filled):
    """Known by the mark that stands for it in what was sent, also where no scheme is documented."""
    assert filled("header/X-Key:violates/maxLength", sends=[("x-key", "Bearer ${alice}")]) == 0
    assert filled("header/X-Key:violates/maxLength", sends=[("x-key", "aaaa")]) == 1
    assert filled("query/token:violates/maxLength", url="http://h/a?token=${alice}&filter=x") == 0
    assert filled("query/filter:violates/maxLength", url="http://h/a?token=${alice}&filter=x") == 1
    assert filled("cookie/session:violates/maxLength", sends=[("Cookie", "a=b; session=${alice}")]) == 0
    assert filled("cookie/session:violates/maxLength", sends=[("Cookie", "other=${alice}; session=b")]) == 1


def test_what_the_owner_sets_is_not_what_the_case_sent(filled):
    """Overrides and headers of the configuration win over cases, and stand in for what these leave out."""
    for override in ({"parameters": {"filter": 1}}, {"parameters": {"query/filter": 1}}):
        assert filled("query/filter/a:violates/maximum", override=override) == 0
        assert filled("query/token:violates/maximum", override=override) == 1
    assert filled("path/id:violates/type/string", override={"parameters": {"path/id": 1}}) == 0
    assert filled("path/id:violates/type/string", override={"parameters": {"query/id": 1}}) == 1
    assert filled("header/X-Key:violates/maxLength", override={"headers": {"x-key": "1"}}) == 0
    assert filled("header/X-Key:violates/required", sends=[("X-KEY", "of the configuration")]) == 0
    assert filled("query/token:violates/required", url="http://h/a?token=1") == 0
    assert filled("query/token:violates/required", url="http://h/a?tokens=1") == 1
