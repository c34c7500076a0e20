"""The benches' recording proxy: bytes pass unchanged, and connections end when either side ends."""

import asyncio
import contextlib

from tests.bench.recorder import Operations, Pair, Record, Side

OPERATIONS = Operations({"paths": {"/a": {"get": {}}}}, "")


@contextlib.asynccontextmanager
async def proxied(answer: bytes):
    """A server that answers every connection's first bytes with these and closes; gives the record, the proxy's port, and its sides."""
    sides: list[Side] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if await reader.read(1000):
            writer.write(answer)
        writer.close()

    class Kept(Side):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            sides.append(self)
            super().connection_made(transport)

    loop = asyncio.get_running_loop()
    record = Record(OPERATIONS)
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    proxy = await loop.create_server(lambda: Kept(Pair(record, "127.0.0.1", port), client=True), "127.0.0.1", 0)
    async with server, proxy:
        yield record, proxy.sockets[0].getsockname()[1], sides


async def ask(port: int, request: bytes, *, half_close: bool) -> bytes:
    async with asyncio.timeout(10):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(request)
        if half_close:
            writer.write_eof()
        received = await reader.read()
        writer.close()
        return received


async def test_bytes_pass_and_answers_are_counted_also_to_a_client_that_has_ended_its_side() -> None:
    """The client gets what the server sent, then its end; the record has the operation and the status."""
    answer = b"HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\nno"
    async with proxied(answer) as (record, port, sides):
        for half_close in (False, True):
            assert await ask(port, b"GET /a?x HTTP/1.1\r\n\r\n", half_close=half_close) == answer
        assert record.rows() == [{"operation": "GET /a", "status": 404, "count": 2}]
        async with asyncio.timeout(10):
            while not all(side.transport.is_closing() for side in sides):
                await asyncio.sleep(0)


async def test_requests_that_were_answered_5xx_are_kept_as_they_were_sent() -> None:
    """Of each operation and status the first two and the last, whole; what was answered otherwise is not kept."""
    sent = [b"GET /a?%d HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n\r\n%d" % (n, n) for n in range(4)]
    async with proxied(b"HTTP/1.1 503 Out\r\nContent-Length: 0\r\n\r\n") as (record, port, _):
        for request in (sent[0], *sent):
            await ask(port, request, half_close=False)
        assert record.samples == {("GET /a", 503): [sent[0], sent[1], sent[3]]}
    async with proxied(b"HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n") as (record, port, _):
        await ask(port, sent[0], half_close=False)
        assert record.samples == {}


async def test_what_cannot_be_followed_still_passes() -> None:
    """Bytes that are no HTTP reach the other side as they are, and are counted as lost."""
    async with proxied(b"whatever\r\n\r\n") as (record, port, _):
        assert await ask(port, b"HELO\r\n\r\n", half_close=False) == b"whatever\r\n\r\n"
        assert record.rows() == []
        assert record.lost == 1
