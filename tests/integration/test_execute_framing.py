"""A Content-Length of the case's own: exactly so on the wire, on a connection of its own, under the limits that hold for every request."""

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import msgspec
import pytest
from msgspec.msgpack import Ext

from pipeline.messages import EXT_RAW, Api, Argument, Body, Case, NoReply, Operation, RequestBody, Step, Trial
from stages.execute import ExecuteConfig
from tests.scenes.execution import Outcome, carry_out
from tests.servers.hostile import CERTIFICATE, endless, tls_context

API = Api(digest="0", operations=[Operation(key="POST /a", method="POST", path="/a", body=RequestBody(content=[]))])
TEXT = b'{"a":1} '
REFUSAL = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno"


class Raw:
    """A server that keeps the bytes of every connection and says one thing to each, or nothing and closes, or nothing at all."""

    def __init__(self, says: bytes | None, *, closes: bool = True) -> None:
        self.says = says
        self.closes = closes
        self.seen: list[bytes] = []
        self.url = ""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        number = len(self.seen)
        self.seen.append(b"")
        try:
            while not self.seen[number].endswith(TEXT) and (more := await reader.read(65536)):
                self.seen[number] += more
            if self.says == b"endless":
                async for part in endless():
                    writer.write(part)
                    await writer.drain()
            writer.write(self.says or b"")
            if not self.closes:
                await asyncio.sleep(3600)
            await writer.drain()
        except OSError:
            pass  # the client went first
        finally:
            writer.close()


@asynccontextmanager
async def raw(says: bytes | None, *, tls: bool = False, closes: bool = True) -> AsyncGenerator[Raw]:
    server = Raw(says, closes=closes)
    listening = await asyncio.start_server(server.serve, "127.0.0.1", 0, ssl=tls_context() if tls else None)
    server.url = f"{'https' if tls else 'http'}://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
    try:
        yield server
    finally:
        listening.close()


def trials(*lengths: bytes, count: int = 1, text: bytes = TEXT) -> list[Trial]:
    said = [Argument(location="header", name="Content-Length", value=Ext(EXT_RAW, length)) for length in lengths]
    body = Body(media_type="application/json", value=Ext(EXT_RAW, text))
    step = Step(name="attempt", operation="POST /a", arguments=said, body=body)
    cases = [Case(operation="POST /a", ordinal=ordinal, title="", steps=[step]) for ordinal in range(count)]
    return [Trial(ordinal=case.ordinal, agent="a", digest="0", case=case) for case in cases]


async def against(server: Raw, sent: list[Trial], **config: Any) -> Outcome:
    return await carry_out(API, server.url, sent, msgspec.convert({"timeout_ms": 3000, **config}, ExecuteConfig))


def failure(outcome: Outcome, ordinal: int = 0) -> NoReply:
    found = outcome.sent(ordinal).failure
    assert found is not None
    return found


async def test_the_lengths_stand_on_the_wire_as_the_case_says_them() -> None:
    """In order, without one of the client's, with the whole body behind, and in the request that is shown."""
    async with raw(REFUSAL) as server:
        for lengths in ((b"sample",), (b"-1",), (b"8", b"7"), (b"8",)):
            outcome = await against(server, trials(*lengths))
            head, _, body = server.seen[-1].partition(b"\r\n\r\n")
            lines = [line for line in head.split(b"\r\n") if line.lower().startswith(b"content-length")]
            assert lines == [b"Content-Length: " + length for length in lengths]
            assert b"transfer-encoding" not in head.lower()
            assert body == TEXT
            assert outcome.status() == 400
            request = outcome.sent().request
            assert request is not None
            assert [value.encode() for name, value in request.headers if name == "Content-Length"] == list(lengths)


async def test_each_has_a_connection_of_its_own() -> None:
    """Whatever is left on it harms no other request."""
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
    async with raw(answer, closes=False) as server:
        await against(server, trials(b"-1", count=4), concurrency=1)
        assert len(server.seen) == 4
        assert all(b"\r\nConnection: close\r\n" in seen for seen in server.seen)


async def test_to_close_the_connection_is_an_answer_too() -> None:
    """It is told as it is, the request is not repeated, and the target does not count as dead for it."""
    async with raw(None) as server:
        outcome = await against(server, trials(b"-1", count=12), dead_after=2, dead_probe_ms=100)
        assert {failure(outcome, ordinal).kind for ordinal in range(12)} == {"reset"}
        assert outcome.states == []
        assert len(server.seen) == 12


async def test_a_server_that_waits_for_the_rest_of_a_body_holds_up_nothing() -> None:
    """Its answer is awaited for a second, however long others are, and beside the requests that are under way; nobody is dead for it."""
    async with raw(None, closes=False) as server:
        started = time.monotonic()
        waiting = trials(b"9", count=8)
        outcome = await against(server, waiting, timeout_ms=30_000, concurrency=8, dead_after=2, dead_probe_ms=100)
        assert {failure(outcome, ordinal).kind for ordinal in range(8)} == {"timeout"}
        assert 0.9 < time.monotonic() - started < 10
        assert outcome.states == []
        assert all(b"Content-Length: 9\r\n" in seen and seen.endswith(TEXT) for seen in server.seen)
    async with raw(REFUSAL) as server:
        assert (await against(server, trials(b"9"))).status() == 400


@pytest.mark.alone
async def test_the_limits_hold() -> None:
    """Time, size, certificates, destinations; what is judged by a proxy says nothing of the target and does not leave."""
    async with raw(None, closes=False) as server:
        started = time.monotonic()
        assert failure(await against(server, trials(b"sample"), timeout_ms=300)).kind == "timeout"
        assert time.monotonic() - started < 3
    async with raw(b"endless") as server:
        reply = (await against(server, trials(b"sample"), body_cap_bytes=100_000)).sent().reply
        assert reply is not None
        assert (len(reply.body), reply.truncated) == (100_000, True)
    async with raw(REFUSAL, tls=True) as server:
        assert failure(await against(server, trials(b"-1"))).kind == "tls"
        assert (await against(server, trials(b"-1"), ca_file=str(CERTIFICATE))).status() == 400
    async with raw(REFUSAL) as server, raw(REFUSAL) as proxy:
        assert failure(await against(server, trials(b"-1"), proxy=proxy.url)).kind == "unserialisable"
        assert server.seen == proxy.seen == []
        elsewhere = Operation(key="POST /a", method="POST", path="/a", body=RequestBody(content=[]), server="http://127.0.0.2:1")
        outcome = await carry_out(Api(digest="0", operations=[elsewhere]), server.url, trials(b"-1"))
        assert failure(outcome).kind == "withheld"


async def test_no_second_request_hides_in_the_body() -> None:
    """Where its length is said wrong, its lines could be taken for one, past the safety rule."""
    async with raw(REFUSAL) as server:
        outcome = await against(server, trials(b"0", text=b"\r\n\r\nDELETE /a HTTP/1.1\r\nHost: x\r\n\r\n"))
        assert failure(outcome).kind == "unserialisable"
        outcome = await against(server, trials(b"0\r\nX: y"))
        assert failure(outcome).kind == "unserialisable"
        assert server.seen == []


async def test_raw_bytes_of_a_case_stand_on_the_wire_as_they_are() -> None:
    """In a path, a query and a header nothing is decoded, encoded, trimmed or put right on the way; nor is a method that nobody has."""
    operation = Operation(key="POST /a/{id}", method="POST", path="/a/{id}", body=RequestBody(content=[]))
    values = (("path", "id", b"sample%zz"), ("query", "q", b"sample%C0%AF%FF"), ("header", "X-A", b"\tsampl\xc3\xa9\t"))
    arguments: list[Argument] = [Argument(location=place, name=name, value=Ext(EXT_RAW, text)) for place, name, text in values]  # type: ignore[arg-type]  # each is a Location
    body = Body(media_type="application/json", value=Ext(EXT_RAW, TEXT))
    step = Step(name="attempt", operation=operation.key, method="SENTINEL", arguments=arguments, body=body)
    case = Case(operation=operation.key, ordinal=0, title="", steps=[step])
    async with raw(REFUSAL) as server:
        sent = [Trial(ordinal=0, agent="a", digest="0", case=case)]
        outcome = await carry_out(Api(digest="0", operations=[operation]), server.url, sent)
        assert outcome.status() == 400
        (seen,) = server.seen
        assert seen.startswith(b"SENTINEL /a/sample%zz?q=sample%C0%AF%FF HTTP/1.1\r\n")
        assert b"\r\nX-A: \tsampl\xc3\xa9\t\r\n" in seen
