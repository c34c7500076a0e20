"""Identities over the wire: who a request is sent as, renewal, and that no secret leaves the stage."""

import asyncio
import base64
from collections.abc import Sequence
from typing import Any

import msgspec
import pytest

from pipeline.messages import Api, Argument, Case, Operation, Override, Step, Trial
from stages.execute import ExecuteConfig
from tests.scenes.execution import Outcome, carry_out
from tests.servers.hostile import Answer, Script, Seen, serving

API = Api(
    digest="0",
    operations=[
        Operation(key=key, method=key.split()[0], path=key.split()[1])
        for key in ("GET /a", "GET /b", "POST /a", "POST /logout", "GET /echo")
    ],
)


def trial(ordinal: int, *steps: Step) -> Trial:
    case = Case(operation=steps[-1].operation, ordinal=ordinal, title="", steps=list(steps))
    return Trial(ordinal=ordinal, agent="a", digest="0", case=case)


def step(key: str, **more: Any) -> Step:
    return Step(**{"name": key, "operation": key} | more)


def config(identities: dict[str, Any], **more: Any) -> ExecuteConfig:
    return msgspec.convert({"identities": identities, "concurrency": 4} | more, ExecuteConfig)


class Tokens:
    """A server that hands out tokens and takes only the newest; ``lives`` requests long."""

    def __init__(self, *, lives: int = 10**9, expires_in: int | None = None) -> None:
        self.lives = lives
        self.expires_in = expires_in
        self.handed_out = 0
        self.used = 0
        self.valid = ""
        self.asked: list[Seen] = []

    def __call__(self, seen: Seen) -> Answer:
        if seen.target in {"/token", "/login"}:
            self.asked.append(seen)
            self.handed_out += 1
            self.used = 0
            self.valid = f"token-number-{self.handed_out}"
            lives = {} if self.expires_in is None else {"expires_in": self.expires_in}
            return Answer(200, {"access_token": self.valid} | lives, {"Set-Cookie": f"sid={self.valid}; Path=/"})
        if self.valid and self.valid in seen.header("authorization") + seen.header("cookie") and self.used < self.lives:
            self.used += 1
            if seen.target == "/logout":
                self.valid = ""
            return Answer(200, {})
        return Answer(401)


async def against(script: Script, trials: Sequence[Trial], config: ExecuteConfig, **more: Any) -> Outcome:
    async with serving(script) as server:
        return await carry_out(API, server.url, trials, config, **more)


def statuses(outcome: Outcome) -> list[int]:
    return [sent.reply.status if sent.reply else 0 for _, each in sorted(outcome.exchanges.items()) for sent in each.sent]


async def test_who_sends() -> None:
    """The first identity is the default, a step may name another or have the credential taken away; the exchange says who it was."""
    async with serving(lambda _: Answer(200)) as server:
        steps = [step("GET /a"), step("GET /a", identity="bob"), step("GET /a", mutation="absent")]
        identities = {
            "alice": {"type": "bearer", "token": "alices-token"},
            "bob": {"type": "basic", "username": "bob", "password": "bobs-word"},
        }
        outcome = await carry_out(API, server.url, [trial(0, *steps)], config(identities))
        basic = "Basic " + base64.b64encode(b"bob:bobs-word").decode()
        assert [seen.header("authorization") for seen in server.seen] == ["Bearer alices-token", basic, ""]
    assert [sent.identity for sent in outcome.exchanges[0, 0].sent] == ["alice", "bob", ""]
    shown = [dict(sent.request.headers).get("Authorization") for sent in outcome.exchanges[0, 0].sent]
    assert shown == ["Bearer ${alice}", "Basic ${bob}", None]


async def test_without_identities_nobody_is_named() -> None:
    """No credential is sent and none is said to have been."""
    async with serving(lambda _: Answer(200)) as server:
        outcome = await carry_out(API, server.url, [trial(0, step("GET /a"))])
        assert server.seen[0].header("authorization") == ""
    assert outcome.sent().identity == ""


async def test_credentials_among_the_headers() -> None:
    """A header of the config that carries a credential is one: absent where it is to be, shown by name; others are plain."""
    async with serving(lambda _: Answer(200)) as server:
        steps = [step("GET /a"), step("GET /a", mutation="absent")]
        sending = ExecuteConfig(headers={"Authorization": "Bearer from-the-shell", "X-Tenant": "acme"})
        outcome = await carry_out(API, server.url, [trial(0, *steps)], sending)
        assert [seen.header("authorization") for seen in server.seen] == ["Bearer from-the-shell", ""]
        assert [seen.header("x-tenant") for seen in server.seen] == ["acme", "acme"]
    assert b"from-the-shell" not in msgspec.json.encode(outcome.exchanges[0, 0].sent)


async def test_no_secret_leaves_the_stage() -> None:
    """An answer that repeats headers, key and password holds names instead, the leak is told; messages hold no secret anywhere."""
    secrets = {"key": "k3y/with+signs=", "password": "correct horse", "over": "override-token"}

    def echo(seen: Seen) -> Answer:
        body = {"headers": seen.headers, "target": seen.target, "password": secrets["password"]}
        return Answer(200, body, {"X-Echo": secrets["key"]})

    identities = {
        "alice": {"type": "api-key", "location": "query", "name": "key", "key": secrets["key"]},
        "bob": {"type": "basic", "username": "bob", "password": secrets["password"]},
    }
    trials = [trial(0, step("GET /echo"), step("GET /echo", identity="bob")), trial(1, step("GET /a"))]
    override = Override(operation="GET /a", headers={"X-Api-Key": secrets["over"]})
    outcome = await against(echo, trials, config(identities), overrides=[override])
    told = msgspec.json.encode([each.sent for each in outcome.exchanges.values()])
    for secret in secrets.values():
        assert secret.encode() not in told
        assert base64.b64encode(secret.encode()).rstrip(b"=") not in told
    assert b"k3y%2Fwith" not in told
    assert sorted(outcome.sent(0, 0).leaked) == ["alice in body", "alice in header:X-Echo", "bob in body"]
    assert outcome.sent(0, 0).request.url.endswith("?key=${alice}")


@pytest.mark.parametrize(
    "identity",
    [
        {"type": "oauth2-password", "token_url": "/token", "username": "u", "password": "a-password"},
        {"type": "oauth2-client", "token_url": "/token", "client_id": "c", "client_secret": "a-secret"},
        {"type": "login", "path": "/login", "json": {"user": "u", "password": "a-password"}, "token_pointer": "/access_token"},
        {"type": "login", "path": "/login", "form": {"user": "u", "password": "a-password"}},
    ],
)
async def test_access_lost_is_renewed_once_for_all(identity: dict[str, Any]) -> None:
    """When a token stops working in the middle of a run one request renews it, and no trial sees the 401, unsafe ones neither."""
    tokens = Tokens(lives=25)
    trials = [trial(n, step("POST /a" if n % 5 == 0 else "GET /a")) for n in range(100)]
    outcome = await against(tokens, trials, config({"alice": identity}))
    assert statuses(outcome) == [200] * 100
    assert 4 <= tokens.handed_out <= 6
    assert all(sent.identity == "alice" for each in outcome.exchanges.values() for sent in each.sent)


async def test_a_token_is_renewed_before_it_ends() -> None:
    """A token that tells how long it lives is replaced before that, without a 401."""
    tokens = Tokens(expires_in=0)
    outcome = await against(
        tokens,
        [trial(n, step("GET /a")) for n in range(3)],
        config({"alice": {"type": "oauth2-client", "token_url": "/token", "client_id": "c", "client_secret": "s"}}, concurrency=1),
    )
    assert statuses(outcome) == [200] * 3
    assert tokens.handed_out == 3


async def test_one_request_for_many_who_wait() -> None:
    """All trials that need the first token at once wait for one login."""
    tokens = Tokens()

    async def slowly(seen: Seen) -> Answer:
        if seen.target == "/token":
            await asyncio.sleep(0.1)
        return tokens(seen)

    identity = {"type": "oauth2-client", "token_url": "/token", "client_id": "c", "client_secret": "s"}
    outcome = await against(slowly, [trial(n, step("GET /a")) for n in range(20)], config({"alice": identity}))
    assert (statuses(outcome), tokens.handed_out) == ([200] * 20, 1)


async def test_an_experiment_sees_the_session_end_that_it_caused() -> None:
    """After a case has logged out, its own next request keeps its 401; other cases get a new token."""
    tokens = Tokens()
    identity = {"type": "oauth2-client", "token_url": "/token", "client_id": "c", "client_secret": "s"}
    trials = [
        trial(0, step("GET /a")),
        trial(1, step("GET /a"), step("POST /logout"), step("GET /a", name="after")),
        trial(2, step("GET /a")),
    ]
    outcome = await against(tokens, trials, config({"alice": identity}, concurrency=1))
    assert statuses(outcome) == [200, 200, 200, 401, 200]
    assert tokens.handed_out == 2


async def test_401_that_no_token_mends_is_an_answer() -> None:
    """An operation that refuses everybody costs no login; a credential that is wrong is not renewed for ever."""
    tokens = Tokens()
    script: Script = lambda seen: Answer(401) if seen.target == "/b" else tokens(seen)  # noqa: E731
    identity = {"type": "oauth2-client", "token_url": "/token", "client_id": "c", "client_secret": "s"}
    trials = [trial(n, step("GET /b" if n else "GET /a")) for n in range(40)]
    outcome = await against(script, trials, config({"alice": identity}, concurrency=1))
    assert statuses(outcome) == [200] + [401] * 39
    assert tokens.handed_out <= 9
    always = await against(
        lambda seen: Answer(200, {"access_token": "useless-token"}) if seen.target == "/token" else Answer(401),
        trials,
        config({"alice": identity}),
    )
    assert set(statuses(always)) == {401}


async def test_an_identity_that_cannot_be_had() -> None:
    """When the token is refused, its trials are blocked with the reason, after a few tries nobody asks again; others go on."""
    asked = 0

    def script(seen: Seen) -> Answer:
        nonlocal asked
        asked += seen.target == "/token"
        return Answer(403 if seen.target == "/token" else 200)

    identities = {
        "alice": {"type": "oauth2-client", "token_url": "/token", "client_id": "c", "client_secret": "a-secret"},
        "bob": {"type": "bearer", "token": "bobs-token"},
    }
    outcome = await against(script, [trial(n, step("GET /a"), step("GET /a", identity="bob")) for n in range(20)], config(identities))
    assert outcome.failures == ["blocked", ""] * 20
    assert "answered 403" in outcome.sent().failure.detail
    assert asked == 3


async def test_a_credential_wins_over_what_an_agent_sends() -> None:
    """A case cannot replace the credential unless it takes it away first."""
    async with serving(lambda _: Answer(200)) as server:
        forged = [Argument(location="header", name="authorization", value="forged")]
        steps = [step("GET /a", arguments=forged), step("GET /a", arguments=forged, mutation="absent")]
        await carry_out(API, server.url, [trial(0, *steps)], config({"alice": {"type": "bearer", "token": "alices-token"}}))
        assert [seen.header("authorization") for seen in server.seen] == ["Bearer alices-token", "forged"]
