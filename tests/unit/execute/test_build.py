"""Whole requests: where every value goes, and what wins over what."""

from collections.abc import Sequence
from typing import Any

import pytest
from msgspec.msgpack import Ext

from pipeline.messages import EXT_RAW, Api, Argument, Body, Operation, Override, Parameter, RequestBody
from stages.execute.build import build
from stages.execute.forms import OperationForm, origin_of, split_base
from stages.execute.identities.credential import NOTHING, Credential
from stages.execute.outgoing import Outgoing
from stages.execute.serialise import Unserialisable
from stages.execute.serialise.schemas import Schemas

BASE = "http://API.example:80/v1/"


def argument(location: Any, name: str, value: Any) -> Argument:
    return Argument(location=location, name=name, value=value)


def sent(
    operation: Operation,
    *arguments: Argument,
    body: Body | None = None,
    credential: Credential = NOTHING,
    overrides: Sequence[Override] = (),
    url: str = "",
) -> Outgoing:
    form = OperationForm(operation, BASE, overrides, [("User-Agent", "sentinel"), ("X-Tenant", "acme")])
    return build(form, operation.method, arguments, body, credential=credential, schemas=Schemas(), url=url)


def operation(key: str, *parameters: Parameter, **more: Any) -> Operation:
    method, path = key.split(" ", 1)
    return Operation(key=key, method=method, path=path, parameters=list(parameters), **more)


def values(request: Outgoing, name: str) -> list[str]:
    return [value for key, value in request.headers if key.lower() == name.lower()]


def test_a_request_in_full(pets: Api) -> None:
    """Base path, template, query, headers and body stand where HTTP wants them; what is shown is what is sent."""
    making = next(each for each in pets.operations if each.key == "POST /pets")
    request = sent(
        making, argument("query", "dry", True), argument("header", "X-Id", 5), body=Body(media_type="application/json", value={"a": 1})
    )
    assert (request.method, request.origin, request.target) == ("POST", "http://api.example", "/v1/pets?dry=true")
    assert request.body == b'{"a":1}'
    assert request.headers == [
        ("Accept", "application/json, text/plain, */*;q=0.5"),
        ("User-Agent", "sentinel"),
        ("X-Tenant", "acme"),
        ("X-Id", "5"),
        ("Content-Type", "application/json"),
    ]
    assert request.shown.url == "http://api.example/v1/pets?dry=true"
    assert (request.shown.headers, request.shown.body) == (request.headers, request.body)


def test_templates() -> None:
    """Several parameters in a segment, a query of the template's own, characters that are no URL, and fragments that are not sent."""
    many = operation("GET /a b/{x}.{y}/é?fixed=1#fragment")
    request = sent(many, argument("path", "x", "1/2"), argument("path", "y", "z"), argument("query", "q", "&"))
    assert request.target == "/v1/a%20b/1%2F2.z/%C3%A9?fixed=1&q=%26"
    with pytest.raises(Unserialisable, match="'y' has no value"):
        sent(many, argument("path", "x", 1))


def test_raw_bytes_stay_but_cannot_split_the_request() -> None:
    """Raw values stand as they are in path and query; those that would end the request line or a header do not leave."""
    reading = operation("GET /a/{x}")
    assert sent(reading, argument("path", "x", Ext(EXT_RAW, b"../%00 '\""))).target == "/v1/a/../%00 '\""
    for location in ("path", "query", "header", "cookie"):
        for raw in (b"a\r\nX: y", b"\x00", b"\xff\xfe"):
            with pytest.raises(Unserialisable):
                sent(reading, argument("path", "x", "1"), argument(location, "x", Ext(EXT_RAW, raw)))


def test_arguments_replace_default_headers() -> None:
    """A header argument, in any case, stands in place of the default of its name, Content-Type included; doubles stay double."""
    making = operation("POST /a")
    body = Body(media_type="application/json", value=1)
    request = sent(
        making,
        argument("header", "ACCEPT", "text/csv"),
        argument("header", "content-TYPE", "text/x"),
        argument("header", "X-A", 1),
        argument("header", "X-A", 2),
        body=body,
    )
    assert values(request, "accept") == ["text/csv"]
    assert values(request, "content-type") == ["text/x"]
    assert values(request, "x-a") == ["1", "2"]
    untyped = sent(making, body=Body(media_type="", value="x"))
    assert (values(untyped, "content-type"), untyped.typed, untyped.body) == ([], False, b"x")


def test_a_length_of_raw_bytes_is_the_cases_own() -> None:
    """As many as it gives, behind the other headers; a plain value is none, nor are raw bytes for other headers of the framing."""
    making = operation("POST /a", body=RequestBody(content=[]))
    body = Body(media_type="application/json", value={"a": 1})
    lengths = [argument("header", "Content-Length", Ext(4, text)) for text in (b"7", b"-1")]
    request = sent(making, *lengths, body=body)
    assert (values(request, "content-length"), request.framed, request.shown.headers) == (["7", "-1"], True, request.headers)
    assert not sent(making, body=body).framed
    with pytest.raises(Unserialisable, match="belongs to the client"):
        sent(making, argument("header", "Transfer-Encoding", Ext(4, b"chunked")), body=body)
    with pytest.raises(Unserialisable, match="one more request"):
        sent(making, *lengths, body=Body(media_type="text/plain", value="a\nb"))


@pytest.mark.parametrize("name", ["", "a b", "a:b", "a\r\n", "é", "Content-Length", "transfer-encoding", "Expect"])
def test_headers_that_cannot_be_sent(name: str) -> None:
    """What is no token is no header name, and the framing of the connection belongs to the client."""
    with pytest.raises(Unserialisable):
        sent(operation("GET /a"), argument("header", name, "1"))


def test_credentials_win_over_arguments_and_are_not_shown() -> None:
    """A credential takes its header, query parameter and cookie, whatever an argument says; shown is its name."""
    credential = Credential(
        "alice", headers=[("Authorization", "Bearer s3cret")], query=[("key", "k&y")], cookies=[("sid", "c00kie")], prefixes=["Bearer "]
    )
    request = sent(
        operation("GET /a"),
        argument("header", "authorization", "mine"),
        argument("query", "key", "mine"),
        argument("query", "q", 1),
        argument("cookie", "sid", "mine"),
        argument("cookie", "other", "x"),
        credential=credential,
    )
    assert request.target == "/v1/a?q=1&key=k%26y"
    assert values(request, "authorization") == ["Bearer s3cret"]
    assert values(request, "cookie") == ["other=x; sid=c00kie"]
    assert request.shown.url == "http://api.example/v1/a?q=1&key=${alice}"
    assert ("Authorization", "Bearer ${alice}") in request.shown.headers
    assert ("Cookie", "other=x; sid=${alice}") in request.shown.headers
    for text in (repr(request), repr(request.shown), repr(credential)):
        assert "s3cret" not in text
        assert "k%26y" not in text
        assert "c00kie" not in text


def test_overrides_win_over_everything() -> None:
    """Fixed parameters and headers of every matching override, the last one first; globs match whole keys."""
    reading = operation(
        "GET /a/{x}",
        Parameter(name="x", location="path"),
        Parameter(name="x", location="query", style="form"),
        Parameter(name="X-T", location="header"),
    )
    overrides = [
        Override(operation="GET /a/*", parameters={"path/x": "p", "x": "both", "new": 1}, headers={"Accept": "text/csv", "X-T": "owner"}),
        Override(operation="GET /a", parameters={"never": 1}),
    ]
    request = sent(
        reading, argument("path", "x", "1"), argument("query", "x", "1"), argument("header", "x-t", "agent"), overrides=overrides
    )
    assert request.target.startswith("/v1/a/")
    assert "never" not in request.target
    assert sorted(request.target.partition("?")[2].split("&")) == ["new=1", "x=both"]
    assert (values(request, "accept"), values(request, "x-t")) == (["text/csv"], ["owner"])


def test_limits_of_overrides() -> None:
    """Rates and permission are those of the last override that says so."""
    overrides = [
        Override(operation="*", requests_per_second=5, allow_unsafe=True),
        Override(operation="GET *", allow_unsafe=False),
        Override(operation="*"),
    ]
    form = OperationForm(operation("GET /a"), BASE, overrides, [])
    assert (form.allow_unsafe, form.requests_per_second) == (False, 5)
    assert OperationForm(operation("GET /a"), BASE, [], []).allow_unsafe is None


def test_a_followed_page_keeps_headers_and_credentials() -> None:
    """A linked page replaces path and query; a credential in the query is brought by us, not by the link."""
    credential = Credential("alice", query=[("key", "secret-1")])
    request = sent(
        operation("GET /a"), argument("header", "X-A", 1), credential=credential, url="http://api.example/v1/a?cursor=x%20y é&key=${alice}"
    )
    assert request.target == "/v1/a?cursor=x%20y%20%C3%A9&key=secret-1"
    assert values(request, "x-a") == ["1"]
    assert sent(operation("GET /a"), url="https://other").origin == "https://other"
    with pytest.raises(Unserialisable):
        sent(operation("GET /a"), url="ftp://x/y")


def test_servers_of_operations() -> None:
    """An operation's own server replaces the base URL; the allow-list decides whether it may be asked."""
    request = sent(operation("GET /a", server="https://files.example/x/"))
    assert (request.origin, request.target) == ("https://files.example", "/x/a")


def test_origins() -> None:
    """Lower case, no default port, brackets around IPv6; anything but absolute HTTP is refused."""
    assert origin_of("HTTPS://User@Host:443/x") == "https://host"
    assert origin_of("http://[::1]:8080/x") == "http://[::1]:8080"
    assert split_base("http://h/a b/") == ("http://h", "/a%20b")
    for url in ("", "/x", "ftp://h", "http://", "http://h:x"):
        with pytest.raises(ValueError, match=r".+"):
            origin_of(url)


def test_undocumented_names_do_not_pile_up() -> None:
    """Names that agents invent are remembered up to a bound."""
    form = OperationForm(operation("GET /a"), BASE, [], [])
    for number in range(3000):
        form.parameter("query", f"n{number}")
    assert len(form.parameters) <= 1024


def test_a_header_parameter_of_cookies_goes_with_the_others() -> None:
    """RFC 6265, 5.4: there is one Cookie header."""
    credential = Credential("alice", cookies=[("session", "s3cret")])
    arguments = argument("cookie", "a", 1), argument("header", "cookie", "b=2")
    assert values(sent(operation("GET /a"), *arguments, credential=credential), "Cookie") == ["a=1; b=2; session=s3cret"]
    assert values(sent(operation("GET /a"), *arguments), "Cookie") == ["a=1; b=2"]
    assert values(sent(operation("GET /a"), argument("header", "Cookie", "b=2")), "Cookie") == ["b=2"]
