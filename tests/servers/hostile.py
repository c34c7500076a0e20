"""A server inside the test that does to a client whatever a script says, in HTTP or in bytes that are none.

``async with serving(script) as server``: the script is called with each request and gives an ``Answer``, or bytes to be written as they
are, or None to close the connection without a word. ``STRANGE`` holds answers that no client should trust.
"""

import asyncio
import contextlib
import gzip
import json
import ssl
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

CERTIFICATE = Path(__file__).parent / "tls" / "cert.pem"
KEY = Path(__file__).parent / "tls" / "key.pem"


@dataclass(frozen=True)
class Seen:
    """A request as it arrived. ``connection`` counts connections from 0."""

    method: str
    target: str
    headers: list[tuple[str, str]]
    body: bytes
    connection: int
    peer_certificate: Any = None

    def header(self, name: str) -> str:
        return next((value for key, value in self.headers if key.lower() == name.lower()), "")


@dataclass(frozen=True)
class Answer:
    """An answer in good order. ``body`` is sent as it is where it is bytes, else as JSON."""

    status: int = 200
    body: Any = b""
    headers: dict[str, str] = field(default_factory=dict)

    def encode(self) -> bytes:
        raw = self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()
        kind = {} if isinstance(self.body, bytes) else {"Content-Type": "application/json"}
        lines = [f"{name}: {value}" for name, value in ({"Content-Length": str(len(raw))} | kind | self.headers).items()]
        return "\r\n".join([f"HTTP/1.1 {self.status} X", *lines, "", ""]).encode() + raw


Stream: TypeAlias = AsyncIterator[bytes]
Said: TypeAlias = Answer | bytes | Stream | None
Script: TypeAlias = Callable[[Seen], Said | Awaitable[Said]]


class Server:
    """What is known of a running server: its URL, and the requests so far."""

    def __init__(self, script: Script, scheme: str) -> None:
        self.script = script
        self.scheme = scheme
        self.seen: list[Seen] = []
        self.connections = 0
        self.port = 0
        self.written = 0
        self._open: set[asyncio.StreamWriter] = set()

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}"

    def drop_connections(self) -> None:
        """Close every kept connection, as a server does that has had enough of an idle client."""
        for writer in self._open:
            writer.transport.abort()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        number, self.connections = self.connections, self.connections + 1
        self._open.add(writer)
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            while (request := await self._read(reader, number, writer)) is not None:
                self.seen.append(request)
                said = self.script(request)
                if isinstance(said, Awaitable):
                    said = await said
                if said is None:
                    break
                if isinstance(said, Answer):
                    head_only = request.method == "HEAD"
                    encoded = said.encode()
                    writer.write(encoded.partition(b"\r\n\r\n")[0] + b"\r\n\r\n" if head_only else encoded)
                elif isinstance(said, bytes):
                    writer.write(said)
                    break
                else:
                    async for part in said:
                        writer.write(part)
                        self.written += len(part)
                        await writer.drain()
                    break
                await writer.drain()
            await writer.drain()
        self._open.discard(writer)
        writer.close()

    async def _read(self, reader: asyncio.StreamReader, number: int, writer: asyncio.StreamWriter) -> Seen | None:
        try:
            first_byte = await reader.readexactly(1)
            if first_byte == b"\x16":  # the hello of TLS
                writer.write(Answer(400).encode())
                return None
            head = first_byte + await reader.readuntil(b"\r\n\r\n")
        except (asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            return None
        first, *lines = head[:-4].decode("latin-1").split("\r\n")
        method, _, rest = first.partition(" ")
        target = rest.rpartition(" ")[0]
        headers = [(name, value.strip()) for name, _, value in (line.partition(":") for line in lines)]
        length = next((int(value) for name, value in headers if name.lower() == "content-length"), 0)
        body = await reader.readexactly(length)
        return Seen(method, target, headers, body, number, writer.get_extra_info("peercert"))


@asynccontextmanager
async def serving(script: Script, *, tls: ssl.SSLContext | None = None, port: int = 0) -> AsyncGenerator[Server]:
    """The server, on 127.0.0.1 at a free port (or a given one), until the context ends."""
    server = Server(script, "https" if tls else "http")
    listening = await asyncio.start_server(server.serve, "127.0.0.1", port, ssl=tls)
    server.port = listening.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        listening.close()
        server.drop_connections()


def tls_context(*, ask_certificate: bool = False) -> ssl.SSLContext:
    """The server's side of TLS, with a certificate that only ``CERTIFICATE`` as authority makes valid."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATE, KEY)
    if ask_certificate:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(CERTIFICATE)
    return context


async def endless() -> Stream:
    """A body that never ends."""
    yield b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n"
    while True:
        yield b"10000\r\n" + b"x" * 65536 + b"\r\n"


async def endless_headers() -> Stream:
    """An answer whose headers never end."""
    yield b"HTTP/1.1 200 OK\r\n"
    while True:
        yield b"X-More: " + b"x" * 4000 + b"\r\n"


async def silence_after(start: bytes) -> Stream:
    """Says ``start`` and then nothing more, for longer than any test waits."""
    yield start
    await asyncio.sleep(3600)


async def drip(answer: bytes, interval_s: float) -> Stream:
    """An answer a byte at a time."""
    for number in range(len(answer)):
        yield answer[number : number + 1]
        await asyncio.sleep(interval_s)


def bomb(size: int) -> bytes:
    """A small gzip body that unpacks to ``size`` bytes."""
    packed = gzip.compress(b"\0" * size, 9)
    return b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(packed) + packed


STRANGE: dict[str, bytes] = {
    "no-http": b"220 mail ready\r\n\r\n",
    "bad-version": b"HTTP/9.9 200 OK\r\n\r\n",
    "bad-status": b"HTTP/1.1 abc OK\r\n\r\n",
    "bad-header": b"HTTP/1.1 200 OK\r\nno colon here\r\n\r\n",
    "bad-length": b"HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n",
    "bad-chunk": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nhello\r\n",
    "bad-gzip": b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 5\r\n\r\nhello",
    "huge-header": b"HTTP/1.1 200 OK\r\nX-Big: " + b"x" * 1_000_000 + b"\r\nContent-Length: 0\r\n\r\n",
}
