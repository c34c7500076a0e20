"""Invalid input that is accepted: nothing is said of places that execute fills by itself."""

import pytest

from pipeline.messages import Override, Parameter, Response, SecurityScheme
from tests.unit.score.negatives import negative

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
    assert filled("query/filter/a:violates/required", url="http://h/a?filter=b,1") == 1
