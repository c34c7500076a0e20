"""Credentials: how they look on the wire, where they come from, when they are lost."""

import base64
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from pipeline.messages import Reply, SecurityScheme
from stages.execute.identities import sources
from stages.execute.identities.access import Access
from stages.execute.identities.config import (
    ApiKeyIdentity,
    BasicIdentity,
    BearerIdentity,
    HeadersIdentity,
    IdentityConfig,
    LoginIdentity,
    OAuthClientIdentity,
    OAuthPasswordIdentity,
)
from stages.execute.identities.credential import NOTHING, documented_credentials, is_credential
from stages.execute.identities.mutations import MUTATIONS
from stages.execute.identities.sources import IdentityFailed

BASE = "http://127.0.0.1:8000/v1"
Answering = Callable[..., Reply]


def wire(config: IdentityConfig) -> tuple[list[tuple[str, str]], list[str], list[str]]:
    credential = sources.fixed("alice", config)
    assert credential is not None
    return credential.headers, credential.query, credential.cookies


def test_fixed_credentials() -> None:
    """Headers, basic, bearer and API keys stand where their schemes say."""
    assert wire(HeadersIdentity(headers={"X-A": "1", "X-B": "2"})) == ([("X-A", "1"), ("X-B", "2")], [], [])
    assert wire(BasicIdentity(username="al:ice", password="pä")) == (
        [("Authorization", "Basic " + base64.b64encode("al:ice:pä".encode()).decode())],
        [],
        [],
    )
    assert wire(BearerIdentity(token="t")) == ([("Authorization", "Bearer t")], [], [])
    assert wire(ApiKeyIdentity(name="X-Key", key="k")) == ([("X-Key", "k")], [], [])
    assert wire(ApiKeyIdentity(location="query", name="key", key="k/&")) == ([], ["key=k%2F%26"], [])
    assert wire(ApiKeyIdentity(location="cookie", name="sid", key="k")) == ([], [], ["sid=k"])


def test_identities_are_read_by_type() -> None:
    """The YAML's `type` chooses; unknown keys are faults."""
    read = msgspec.convert({"type": "oauth2-client", "token_url": "/t", "client_id": "c", "client_secret": "s"}, IdentityConfig)
    assert isinstance(read, OAuthClientIdentity)
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"type": "bearer", "token": "t", "tokne": "t"}, IdentityConfig)


def test_configs_do_not_show_their_secrets() -> None:
    """No secret of an identity's config is in its repr; a user name is none."""
    for config in (
        HeadersIdentity(headers={"X-A": "hidden-1"}),
        BasicIdentity(username="shown", password="hidden-1"),
        ApiKeyIdentity(name="shown", key="hidden-1"),
        BearerIdentity(token="hidden-1"),
        OAuthPasswordIdentity(token_url="shown", username="u", password="hidden-1", client_secret="hidden-2"),
        OAuthClientIdentity(token_url="shown", client_id="shown", client_secret="hidden-1"),
        LoginIdentity(path="/shown", json={"password": "hidden-1"}, form={"pw": "hidden-2"}, headers={"X": "hidden-3"}),
    ):
        assert "hidden" not in repr(config)
        assert "hidden" not in str(config)
        assert any("hidden-1" in secret for secret in sources.secrets(config)) or isinstance(config, BasicIdentity)


def test_token_requests() -> None:
    """OAuth 2.0 asks as RFC 6749 says: password (4.3.2), client credentials (4.4.2), the client in the header or in the form (2.3.1)."""
    special = OAuthClientIdentity(token_url="/token", client_id="c:1", client_secret="a b%")
    coded = sources.token_request(special, "http://h")
    assert coded is not None
    assert dict(coded.headers)["Authorization"] == "Basic " + base64.b64encode(b"c%3A1:a+b%25").decode()
    password = OAuthPasswordIdentity(token_url="/token", username="u", password="p&w", client_id="c", scopes=["a", "b"])
    request = sources.token_request(password, BASE)
    assert request is not None
    assert (request.method, request.origin, request.target) == ("POST", "http://127.0.0.1:8000", "/v1/token")
    assert request.body == b"grant_type=password&username=u&password=p%26w&client_id=c&scope=a+b"
    assert ("Content-Type", "application/x-www-form-urlencoded") in request.headers
    client = OAuthClientIdentity(token_url="http://auth:9/t", client_id="c", client_secret="s")
    request = sources.token_request(client, BASE)
    assert request is not None
    assert (request.origin, request.target, request.body) == ("http://auth:9", "/t", b"grant_type=client_credentials")
    assert ("Authorization", "Basic " + base64.b64encode(b"c:s").decode()) in request.headers
    in_form = sources.token_request(msgspec.structs.replace(client, client_auth="body"), BASE)
    assert in_form is not None
    assert in_form.body == b"grant_type=client_credentials&client_id=c&client_secret=s"
    assert "s" not in in_form.shown.url
    assert sources.token_request(BearerIdentity(token="t"), BASE) is None


def test_login_requests() -> None:
    """A login is sent as the owner wrote it: JSON with nested values, or a form."""
    request = sources.token_request(LoginIdentity(path="login", json={"user": {"name": "u", "password": "p"}}), BASE)
    assert request is not None
    assert (request.target, request.body) == ("/v1/login", b'{"user":{"name":"u","password":"p"}}')
    request = sources.token_request(LoginIdentity(method="PUT", path="/l", form={"a": "b c"}), BASE)
    assert request is not None
    assert (request.method, request.body) == ("PUT", b"a=b+c")


def test_tokens_of_answers(reply: Answering) -> None:
    """The token, and when it is to be renewed: a tenth, at most five seconds, before its end."""
    oauth = OAuthClientIdentity(token_url="/t", client_id="c", client_secret="s")
    credential, secrets = sources.credential(
        "alice", oauth, reply(200, b'{"access_token": "T", "expires_in": 3600}'), generation=3, now=1000.0
    )
    assert (credential.headers, credential.generation, credential.expires_at, secrets) == (
        [("Authorization", "Bearer T")],
        3,
        4595.0,
        ["T"],
    )
    login = LoginIdentity(path="/l", token_pointer="/data/jwt", header="X-Token", prefix="", expires_in_pointer="/data/ttl")
    credential, _ = sources.credential("alice", login, reply(201, b'{"data": {"jwt": "J", "ttl": 10}}'), generation=1, now=0.0)
    assert (credential.headers, credential.expires_at) == ([("X-Token", "J")], 9.0)


def test_cookies_of_answers(reply: Answering) -> None:
    """A login without a pointer takes the cookies that are set, or the named one, exactly as sent, until the first of them ends."""
    answer = Reply(status=302, headers=[("Set-Cookie", "sid=a%2Fb; Path=/; Max-Age=100; HttpOnly"), ("set-cookie", "lang=en")])
    credential, secrets = sources.credential("alice", LoginIdentity(path="/l"), answer, generation=1, now=0.0)
    assert (credential.cookies, credential.expires_at, secrets) == (["sid=a%2Fb", "lang=en"], 95.0, ["a%2Fb", "en"])
    credential, _ = sources.credential("alice", LoginIdentity(path="/l", cookie="lang"), answer, generation=1, now=0.0)
    assert (credential.cookies, credential.expires_at) == (["lang=en"], None)


@pytest.mark.parametrize(
    ("config", "status", "body"),
    [
        (OAuthClientIdentity(token_url="/t", client_id="c", client_secret="hidden"), 401, b'{"access_token": "T"}'),
        (OAuthClientIdentity(token_url="/t", client_id="c", client_secret="hidden"), 200, b"<html>"),
        (OAuthClientIdentity(token_url="/t", client_id="c", client_secret="hidden"), 200, b'{"access_token": 5}'),
        (LoginIdentity(path="/l", token_pointer="/token"), 200, b"{}"),
        (LoginIdentity(path="/l"), 200, b"{}"),
        (LoginIdentity(path="/l", cookie="sid"), 200, b"{}"),
    ],
)
def test_answers_without_a_credential(reply: Answering, config: Any, status: int, body: bytes) -> None:
    """A refused or useless answer is a failure that names the identity and no secret."""
    with pytest.raises(IdentityFailed, match="identity alice") as caught:
        sources.credential("alice", config, reply(status, body), generation=1, now=0.0)
    assert "hidden" not in str(caught.value)


def test_access_is_lost_by_401_on_what_worked() -> None:
    """A 401 at an operation that had worked is a loss; one at an operation that never worked is not, until several came in a row."""
    access = Access()
    assert not any(access.is_lost("GET /a", status) for status in (401, 403, 500, 401))
    assert not access.is_lost("GET /a", 200)
    assert access.is_lost("GET /a", 401)
    access.renewal_was_useless("GET /a")
    assert not access.is_lost("GET /a", 401)
    fresh = Access()
    fresh.is_lost("GET /b", 204)
    assert [fresh.is_lost(f"GET /{n}", 401) for n in range(5)] == [False, False, False, False, True]


def test_an_identity_that_never_worked_is_not_lost() -> None:
    """401 to everything is a wrong credential, not an expired one."""
    access = Access()
    assert not any(access.is_lost(f"GET /{n}", 401) for n in range(50))


def test_mutations() -> None:
    """ "absent" leaves nothing of a credential."""
    credential = sources.fixed("alice", BearerIdentity(token="t"))
    assert credential is not None
    assert MUTATIONS["absent"](credential) is NOTHING
    assert (NOTHING.headers, NOTHING.query, NOTHING.cookies, NOTHING.name) == ([], [], [], "")


def test_headers_that_carry_credentials() -> None:
    """Told by their names; headers of content and tenancy are none."""
    assert all(map(is_credential, ["Authorization", "cookie", "X-API-Key", "X-Auth-Token", "Session-Id", "Proxy-Authorization"]))
    assert all(map(is_credential, ["api_key", "Ocp-Apim-Subscription-Key", "X-Access-Key"]))
    assert not any(map(is_credential, ["Content-Type", "Accept", "X-Tenant", "X-Request-Id", "Idempotency-Key"]))


def test_the_document_says_which_other_headers_carry_credentials():
    """The header of an API key belongs to the identity whatever its name, so that a request without credentials goes without it."""
    schemes = [
        SecurityScheme(name="a", type="apiKey", location="header", parameter="X-Pet"),
        SecurityScheme(name="b", type="apiKey", location="query", parameter="pet"),
        SecurityScheme(name="c", type="http", scheme="bearer"),
    ]
    known = documented_credentials(schemes)
    assert is_credential("x-pet", known)
    assert not is_credential("pet", known)


def test_extended_credentials(reply: Answering) -> None:
    """Other headers of the owner replace those of the same name and are shown by their own."""
    credential = sources.fixed("alice", BearerIdentity(token="t"))
    assert credential is not None
    extended = credential.extended([("authorization", "Other"), ("X-Key", "k")])
    assert extended.headers == [("authorization", "Other"), ("X-Key", "k")]
    assert extended.shown_headers == [("authorization", "${authorization}"), ("X-Key", "${X-Key}")]
    assert extended.name == "alice"
