"""A reverse proxy that counts which operations were asked and how they were answered, and keeps what was answered 5xx: the same measure for
every tool.

It copies bytes and reads heads; what a tool sends reaches the server as it was, malformed or not. It is a process of its own; its cost is
nobody's but the machine's.
"""

import argparse
import asyncio
import base64
import json
import signal
import sys
from collections import Counter, deque
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import uvloop

from tests.bench.framing import Lost, Requests, Responses

SAMPLES = 3  # requests kept of each operation and 5xx
SAMPLE_BYTES = 1 << 18
METHODS = {"get", "put", "post", "delete", "options", "head", "patch", "trace"}


class Operations:
    """The operations of a document, found by method and path below ``prefix``."""

    def __init__(self, document: dict[str, Any], prefix: str) -> None:
        self._prefix = prefix.rstrip("/")
        self._known: dict[tuple[str, int], list[list[str]]] = {}
        for path, item in document["paths"].items():
            for method in METHODS & item.keys():
                template = path.split("/")
                self._known.setdefault((method.upper(), len(template)), []).append(template)

    def find(self, method: str, target: str) -> str:
        """The key of the operation with the most fixed segments, or "" where none fits."""
        path = target.partition("?")[0]
        if not path.startswith(self._prefix):
            return ""
        parts = [unquote(part) for part in path[len(self._prefix) :].split("/")]
        best, most = "", -1
        for template in self._known.get((method, len(parts)), []):
            if all(part == want or ("{" in want and part) for want, part in zip(template, parts, strict=True)):
                fixed = sum("{" not in want for want in template)
                if fixed > most:
                    best, most = f"{method} {'/'.join(template)}", fixed
        return best


class Record:
    """What was counted. ``lost`` are connections whose bytes could not be followed to their end; ``samples`` are requests as sent, of each
    operation and 5xx the first two and the last."""

    def __init__(self, operations: Operations) -> None:
        self._operations = operations
        self.counts: Counter[tuple[str, int]] = Counter()
        self.lost = 0
        self.samples: dict[tuple[str, int], list[bytes]] = {}

    def note(self, method: str, target: str, status: int, sent: bytes) -> None:
        pair = self._operations.find(method, target), status
        self.counts[pair] += 1
        if status >= 500 and len(sent) <= SAMPLE_BYTES:
            kept = self.samples.setdefault(pair, [])
            if sent not in kept:
                kept[SAMPLES - 1 :] = [sent]  # the last of them is the latest

    def rows(self) -> list[dict[str, Any]]:
        return [{"operation": key, "status": status, "count": count} for (key, status), count in sorted(self.counts.items())]

    def kept(self) -> list[dict[str, Any]]:
        return [
            {"operation": key, "status": status, "request": base64.b64encode(sent).decode()}
            for (key, status), samples in sorted(self.samples.items())
            for sent in samples
        ]


class Side(asyncio.Protocol):
    """One side of a proxied connection; bytes go to the other side, and by ``watch`` into the record."""

    def __init__(self, pair: "Pair", *, client: bool) -> None:
        self._pair = pair
        self._client = client
        self.other: Side | None = None
        self.transport: Any = None
        self._early: list[bytes] = []
        self._ended = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        if self._client:
            self._pair.open_server(self)

    def joined(self, other: "Side") -> None:
        self.other = other
        for data in self._early:
            other.transport.write(data)
        if self._ended:
            other.transport.write_eof()

    def data_received(self, data: bytes) -> None:
        self._pair.watch(data, client=self._client)
        if self.other is None:
            self._early.append(data)
        else:
            self.other.transport.write(data)

    def eof_received(self) -> bool:
        """A client may end its side and still wait for the answer; a server that ends its side has said all."""
        self._ended = True
        if self._client and self.other is not None:
            self.other.transport.write_eof()
        return self._client

    def connection_lost(self, exc: Exception | None) -> None:
        if self.other is not None:
            self.other.transport.close()

    def pause_writing(self) -> None:
        if self.other is not None:
            self.other.transport.pause_reading()

    def resume_writing(self) -> None:
        if self.other is not None:
            self.other.transport.resume_reading()


class Pair:
    """The two sides of one connection and what goes on between them."""

    def __init__(self, record: Record, host: str, port: int) -> None:
        self._record = record
        self._address = host, port
        self._methods: deque[str] = deque()
        self._asked: deque[tuple[str, str]] = deque()
        self._requests = Requests()
        self._responses = Responses(self._methods)
        self._followed = True
        self._sent = b""
        self._opening: asyncio.Task[None] | None = None

    def open_server(self, client: Side) -> None:
        self._opening = asyncio.get_running_loop().create_task(self._open(client))

    async def _open(self, client: Side) -> None:
        try:
            _, server = await asyncio.get_running_loop().create_connection(lambda: Side(self, client=False), *self._address)
        except OSError:
            client.transport.abort()
            return
        server.other = client
        client.joined(server)

    def watch(self, data: bytes, *, client: bool) -> None:
        if not self._followed:
            return
        try:
            if client:
                self._sent += data
                for method, target in self._requests.feed(data):
                    self._asked.append((method, target))
                    self._methods.append(method)
            else:
                for status in self._responses.feed(data):
                    if self._asked:
                        self._record.note(*self._asked.popleft(), status, self._sent)  # nobody sends before the answer is there
                    self._sent = b""
        except (Lost, ValueError):
            self._followed = False
            self._record.lost += 1


async def serve(record: Record, target: str, out: Path) -> None:
    """Proxy to ``target`` until SIGTERM; then write the record, as JSON."""
    address = urlsplit(target)
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, ended.set)
    server = await loop.create_server(
        lambda: Side(Pair(record, address.hostname or "127.0.0.1", address.port or 80), client=True), "127.0.0.1", 0
    )
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    await ended.wait()
    out.write_text(json.dumps({"rows": record.rows(), "lost": record.lost, "samples": record.kept()}))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--target", required=True, help="base URL of the server, without a path")
    parser.add_argument("--document", required=True, type=Path, help="the OpenAPI document, as JSON")
    parser.add_argument("--prefix", default="", help="path before the document's paths, as in /v1")
    parser.add_argument("--out", required=True, type=Path, help="where the counts are written at the end")
    arguments = parser.parse_args()
    operations = Operations(json.loads(arguments.document.read_text("utf-8")), arguments.prefix)
    uvloop.run(serve(Record(operations), arguments.target, arguments.out))
    return 0


if __name__ == "__main__":
    sys.exit(main())
