"""Invalid input that is accepted: what is a finding, what is forgiven, what is one cause."""

import pytest

from pipeline.messages import Response


def negative(scene, replace, key, status, name, **request):
    """An exchange of a case whose attempt violates what ``name`` says."""
    exchange = scene.exchange(key, status, intent="invalid", **request)
    case = replace(exchange.trial.case, classes=[name])
    return replace(exchange, trial=replace(exchange.trial, case=case))


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
    ["maximum", "minimum/far", "required", "enum/case", "pattern/other", "type/object", "type/string", "malformed/cut"],
)
def test_a_violation_that_is_accepted_is_a_finding(told, label):
    """With the place and the keyword in its words."""
    (failure,) = told(f"query/limit:violates/{label}")
    assert (failure.severity, failure.note) == ("medium", False)
    assert failure.title == f"Invalid input is accepted with 200: query/limit violates {label.partition('/')[0]}"
    assert label in failure.rule


@pytest.mark.parametrize("label", ["type/integer", "type/null", "format/0", "additionalProperties", "malformed/nan", "media-type/absent"])
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
