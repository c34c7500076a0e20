"""Whatever a target does, every trial gets its exchange, in bounded time and memory, with the right name for what happened."""

import asyncio
import random
import socket
import ssl
import time
import tracemalloc
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from pipeline.messages import Api, Budget, Operation
from stages.execute import ExecuteConfig
from tests.scenes.execution import carry_out
from tests.scenes.letters import API, against, trials
from tests.servers.hostile import (
    CERTIFICATE,
    KEY,
    STRANGE,
    Answer,
    Script,
    Seen,
    bomb,
    drip,
    endless,
    endless_headers,
    serving,
    silence_after,
    tls_context,
)


def free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        port: int = listening.getsockname()[1]
        return port


async def test_a_closed_port_is_one_dead_target() -> None:
    """A few trials are refused, then one TargetState says it, and the thousand that follow are answered at once."""
    started = time.monotonic()
    config = ExecuteConfig(dead_after=5, dead_probe_ms=300)
    outcome = await carry_out(API, f"http://127.0.0.1:{free_port()}", trials(1000), config)
    assert time.monotonic() - started < 10
    assert [state.state for state in outcome.states] == ["dead"]
    assert set(outcome.failures) == {"refused", "blocked"}
    assert outcome.failures.count("refused") < 5
    assert len(outcome.exchanges) == 1000


@pytest.mark.parametrize("in_flight", [1, 16])
async def test_a_target_that_dies_at_the_third_request(in_flight: int) -> None:
    """One TargetState that names the trial, a handful of lost answers, no thousand failures."""
    async with serving(lambda _: Answer(200)) as server:

        def die(request: Seen) -> Answer | None:
            if len(server.seen) < 3:
                return Answer(200)
            dying.set()
            return None

        dying = asyncio.Event()
        server.script = die
        config = ExecuteConfig(concurrency=in_flight, dead_after=4, dead_probe_ms=300, idle_connection_ms=0)
        outcome = await carry_out(API, server.url, trials(500), config)
    assert [state.state for state in outcome.states] == ["dead"]
    assert outcome.states[0].after_ordinal in range(2, 2 + in_flight + 1)
    failures = outcome.failures
    assert failures.count("") == 2
    assert failures.count("reset") <= 4 + in_flight
    assert failures.count("blocked") >= 500 - 2 - 4 - in_flight


@pytest.mark.parametrize(("probe_ms", "in_doubt"), [(30_000, True), (300, False)])
async def test_a_target_that_hangs_is_in_doubt_where_time_was_too_short_to_tell(probe_ms: int, in_doubt: bool) -> None:
    """It takes connections, and may be busy: dead is what stays silent for as long as it is to be probed."""
    async with serving(lambda request: Answer(200) if len(server.seen) < 3 else silence_after(b"")) as server:
        config = ExecuteConfig(concurrency=4, dead_after=4, dead_probe_ms=probe_ms, timeout_ms=200)
        outcome = await carry_out(API, server.url, trials(100), config, budget=Budget(time_ms=300 if in_doubt else 60_000))
    assert [(state.state, state.in_doubt) for state in outcome.states] == [("dead", in_doubt)]


async def test_a_target_that_comes_back_is_alive() -> None:
    """What was refused while it was away is sent when it is back; only what was on its way is lost; both are told."""
    port = free_port()

    async def come_back() -> None:
        await asyncio.sleep(0.6)
        async with serving(lambda _: Answer(200), port=port):
            await done.wait()

    done = asyncio.Event()
    away = asyncio.create_task(come_back())
    config = ExecuteConfig(dead_after=3, dead_probe_ms=10_000, concurrency=8)
    outcome = await carry_out(API, f"http://127.0.0.1:{port}", trials(50), config)
    done.set()
    await away
    assert [state.state for state in outcome.states] == ["alive"]
    assert outcome.failures.count("refused") <= 3
    assert outcome.failures.count("") >= 47


async def test_one_operation_that_kills_its_connection_is_no_dead_target() -> None:
    """Answers of others in between, and the probe, show that the target lives."""
    script: Script = lambda seen: None if seen.target == "/b" else Answer(200)  # noqa: E731
    outcome = await against(
        script, trials(60, "GET /a", "GET /b", "GET /b", "GET /b", "GET /b", "GET /b", "GET /b"), dead_after=3, concurrency=4
    )
    assert outcome.states == []
    assert outcome.failures.count("reset") == 51
    assert outcome.failures.count("") == 9


async def test_tls_that_is_not_trusted() -> None:
    """A certificate that nobody vouches for is a TLS failure; with its authority, or unverified, the target answers."""
    async with serving(lambda _: Answer(200), tls=tls_context()) as server:
        untrusted = await carry_out(API, server.url, trials(1), ExecuteConfig())
        trusted = await carry_out(API, server.url, trials(1), ExecuteConfig(ca_file=str(CERTIFICATE)))
        unverified = await carry_out(API, server.url, trials(1), ExecuteConfig(verify_tls=False))
    assert untrusted.failures == ["tls"]
    assert "certificate" in untrusted.sent().failure.detail
    assert (trusted.status(), unverified.status()) == (200, 200)


async def test_tls_spoken_to_by_plain_http_and_the_other_way() -> None:
    """A wrong scheme is a TLS failure one way and no HTTP the other way."""
    async with serving(lambda _: Answer(200)) as server:
        assert (await carry_out(API, server.url.replace("http", "https"), trials(1))).failures == ["tls"]
    async with serving(lambda _: Answer(200), tls=tls_context()) as server:
        assert (await carry_out(API, server.url.replace("https", "http"), trials(1))).failures[0] in {"malformed", "reset"}


async def test_a_client_certificate_is_shown() -> None:
    """A target that wants a certificate gets the configured one."""
    async with serving(lambda _: Answer(200), tls=tls_context(ask_certificate=True)) as server:
        certificate = {"cert_file": str(CERTIFICATE), "key_file": str(KEY)}
        config = msgspec.convert({"ca_file": str(CERTIFICATE), "client_cert": certificate}, ExecuteConfig)
        assert (await carry_out(API, server.url, trials(1), config)).status() == 200
        assert server.seen[0].peer_certificate
        refused = await carry_out(API, server.url, trials(1), ExecuteConfig(ca_file=str(CERTIFICATE)))
    assert refused.failures[0] in {"tls", "reset"}


async def test_redirects_are_answers() -> None:
    """A redirect loop is one request with one answer."""
    async with serving(lambda seen: Answer(302, headers={"Location": seen.target})) as server:
        outcome = await carry_out(API, server.url, trials(1))
        assert len(server.seen) == 1
    assert outcome.status() == 302


async def test_an_endless_body_is_cut() -> None:
    """The cap is kept, the rest is not read, and the next request gets an answer of its own."""
    async with serving(lambda seen: endless() if seen.target == "/b" else Answer(200, b"ok")) as server:
        outcome = await carry_out(API, server.url, trials(6, "GET /b", "GET /a"), ExecuteConfig(body_cap_bytes=100_000, concurrency=1))
        assert server.written < 30_000_000
    assert [(len(outcome.sent(n).reply.body), outcome.sent(n).reply.truncated) for n in range(2)] == [(100_000, True), (2, False)]


async def test_a_body_at_the_cap_is_whole() -> None:
    """Truncated is said only where something is missing."""
    outcome = await against(lambda _: Answer(200, b"x" * 1000), body_cap_bytes=1000)
    assert (len(outcome.sent().reply.body), outcome.sent().reply.truncated) == (1000, False)


async def test_a_gzip_bomb_does_not_go_off() -> None:
    """200 MB out of 200 kB are cut at the cap without ever being in memory."""
    exploding = bomb(200_000_000)
    tracemalloc.start()
    outcome = await against(lambda _: exploding, body_cap_bytes=100_000)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (len(outcome.sent().reply.body), outcome.sent().reply.truncated) == (100_000, True)
    assert peak < 20_000_000


@pytest.mark.parametrize("name", STRANGE)
async def test_malformed_answers(name: str) -> None:
    """What is no HTTP is named so, in one line, and not sent twice."""
    async with serving(lambda _: STRANGE[name]) as server:
        outcome = await carry_out(API, server.url, trials(1))
        assert len(server.seen) == 1
    failure = outcome.sent().failure
    assert failure is not None, outcome.sent().reply
    assert failure.kind == "malformed"
    assert "\n" not in failure.detail
    assert "400" not in failure.detail  # aiohttp's number for what it cannot read; no status of the target's
    assert len(failure.detail) <= 500


async def test_endless_headers_end() -> None:
    """Headers without end are cut by a limit, not by memory."""
    outcome = await against(lambda _: endless_headers())
    assert outcome.failures == ["malformed"]


@pytest.mark.parametrize(
    "script",
    [
        lambda _: silence_after(b""),
        lambda _: silence_after(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello"),
        lambda _: drip(Answer(200, b"x" * 100).encode(), 0.02),
    ],
)
async def test_slow_answers_time_out(script: Callable[[Seen], Any]) -> None:
    """Silence, a body that stops, and a drip all end at the timeout; the request's time is told."""
    outcome = await against(script, timeout_ms=300)
    assert outcome.failures == ["timeout"]
    assert 250 <= outcome.sent().failure.total_ms <= 3000


async def test_a_connection_dropped_in_a_body() -> None:
    """A body that ends early is a reset, as is no answer at all; an unsafe request is not sent again."""
    assert (await against(lambda _: b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhello")).failures == ["reset"]
    assert (await against(lambda _: b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel")).failures == ["reset"]
    async with serving(lambda _: None) as server:
        assert (await carry_out(API, server.url, trials(1, "POST /a"))).failures == ["reset"]
        assert len(server.seen) == 1


@pytest.mark.parametrize(("key", "expected", "requests"), [("GET /a", "", 3), ("POST /a", "reset", 2)])
async def test_a_kept_connection_that_was_closed_is_not_the_targets_fault(key: str, expected: str, requests: int) -> None:
    """The server drops a kept connection under the second request: an idempotent one is sent again on a fresh one, POST is not."""

    def once(seen: Seen) -> Answer | None:
        same = [other for other in server.seen if other.connection == seen.connection]
        return Answer(200) if len(same) == 1 else None

    async with serving(once) as server:
        outcome = await carry_out(
            API, server.url, [*trials(1, key), msgspec.structs.replace(trials(1, key)[0], ordinal=1)], ExecuteConfig(concurrency=1)
        )
        assert len(server.seen) == requests
    assert outcome.failures == ["", expected]
    if expected:
        assert "reused" in outcome.sent(1).failure.detail


async def test_a_server_that_hangs_up_behind_a_500_drops_nothing_else() -> None:
    """Many servers close the connection behind an unexpected error without a word: the next POST goes out on another one."""

    def once(seen: Seen) -> Answer | None:
        same = [other for other in server.seen if other.connection == seen.connection]
        return Answer(500) if len(same) == 1 else None

    async with serving(once) as server:
        sent = [msgspec.structs.replace(trials(1, "POST /a")[0], ordinal=ordinal) for ordinal in range(4)]
        outcome = await carry_out(API, server.url, sent, ExecuteConfig(concurrency=1))
        assert len({seen.connection for seen in server.seen}) == 4
    assert outcome.failures == ["", "", "", ""]


async def test_what_is_checked_again_has_a_connection_of_its_own() -> None:
    """Confirmations do not share a connection, so that what they show is no doing of another request."""
    async with serving(lambda _: Answer(200)) as server:
        first = trials(1, "POST /a")[0]
        again = [msgspec.structs.replace(first, attempt=attempt, purpose="confirm") for attempt in (1, 2)]
        await carry_out(API, server.url, [first, *again], ExecuteConfig(concurrency=1))
        assert len({seen.connection for seen in server.seen}) == 3


async def test_what_is_not_json_is_an_answer() -> None:
    """HTML, nothing, and broken UTF-8 in headers and bodies are passed on as they came."""
    headers = b"X-Latin: caf\xe9\r\nX-Utf: caf\xc3\xa9\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\nContent-Length: 2\r\n"
    raw = b"HTTP/1.1 200 OK\r\n" + headers + b"\r\n\xff\xfe"
    reply = (await against(lambda _: raw)).sent().reply
    assert reply.body == b"\xff\xfe"
    assert reply.headers == [("X-Latin", "café"), ("X-Utf", "café"), ("Set-Cookie", "a=1"), ("Set-Cookie", "b=2"), ("Content-Length", "2")]


async def test_answers_without_bodies() -> None:
    """HEAD, 204 and 304 end with their headers."""
    script: Script = lambda seen: Answer(200, b"12345") if seen.method == "HEAD" else b"HTTP/1.1 204 No Content\r\n\r\n"  # noqa: E731
    outcome = await against(script, trials(2, "HEAD /a", "GET /a"))
    assert [outcome.status(0), outcome.status(1)] == [200, 204]
    assert [outcome.sent(n).reply.body for n in range(2)] == [b"", b""]


async def test_only_allowed_destinations_are_asked() -> None:
    """An operation's own server is asked only when the owner has named it."""
    async with serving(lambda _: Answer(200)) as other, serving(lambda _: Answer(200)) as server:
        api = Api(digest="0", operations=[Operation(key="GET /a", method="GET", path="/a", server=other.url)])
        kept_back = await carry_out(api, server.url, trials(1))
        assert (kept_back.failures, other.seen) == (["withheld"], [])
        assert kept_back.sent().request is None
        allowed = await carry_out(api, server.url, trials(1), ExecuteConfig(allow_hosts=[other.url]))
        assert allowed.status() == 200


async def test_the_environments_proxy_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy comes from the config alone; through it go whole URLs, with the proxy's own credentials."""
    async with serving(lambda _: Answer(200)) as proxy, serving(lambda _: Answer(201)) as server:
        monkeypatch.setenv("http_proxy", proxy.url)
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        assert (await carry_out(API, server.url, trials(1))).status() == 201
        address = proxy.url.replace("http://", "http://user:pw@")
        assert (await carry_out(API, server.url, trials(1), ExecuteConfig(proxy=address))).status() == 200
        assert proxy.seen[0].target == f"{server.url}/a"
        assert proxy.seen[0].header("proxy-authorization").startswith("Basic ")


def spoiled(draw: random.Random) -> bytes:
    """A good answer with a few bytes changed, left out or doubled."""
    kinds = [
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Type: a/b\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
        b"HTTP/1.1 103 Early\r\nLink: </a>\r\n\r\nHTTP/1.1 304 Not\r\nSet-Cookie: a=b; Max-Age=x\r\n\r\n",
        bomb(1000),
        b"HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n\x00\x01",
    ]
    answer = bytearray(draw.choice(kinds))
    for _ in range(draw.randrange(4)):
        at = draw.randrange(len(answer))
        answer[at : at + draw.randrange(3)] = draw.randbytes(draw.randrange(3))
    return bytes(answer[: draw.randrange(len(answer) + 1)] if draw.random() < 0.2 else answer)


@pytest.mark.parametrize("seed", range(4))
async def test_spoiled_answers_are_all_answered(seed: int) -> None:
    """Hundreds of answers with bytes changed: each trial ends as an answer or with a name, none with an error."""
    draw = random.Random(seed)
    outcome = await against(lambda _: spoiled(draw), trials(200), dead_after=10_000, timeout_ms=1000)
    assert len(outcome.exchanges) == 200
    assert set(outcome.failures) <= {"", "reset", "malformed", "timeout"}
    assert {"", "malformed"} < set(outcome.failures)


async def test_failures_do_not_tell_credentials() -> None:
    """An error's text that quotes the URL has the credential's name in it, however short the secret."""
    identity = {"alice": {"type": "api-key", "location": "query", "name": "key", "key": "s3c"}}
    outcome = await against(lambda _: silence_after(b""), trials(1), timeout_ms=100, identities=identity)
    assert outcome.failures == ["timeout"]
    config = msgspec.convert(
        {"identities": identity, "connect_timeout_ms": 100, "dead_after": 10, "proxy": "http://192.0.2.1:9"}, ExecuteConfig
    )
    unreachable = await carry_out(API, "http://192.0.2.1:9", trials(1), config)
    assert "s3c" not in unreachable.sent().failure.detail + outcome.sent().failure.detail


def test_the_certificate_of_these_tests_is_valid() -> None:
    """The committed certificate can still be read and belongs to the key."""
    ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(CERTIFICATE, KEY)
