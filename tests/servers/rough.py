"""Rough clients: requests made of raw bytes, from a seed, such as no HTTP library would send, for servers that must stay right."""

import asyncio
import copy
import json
import random
from typing import Any
from urllib.parse import quote

from tests.servers.obedience import Document, Seen

TEXTS = [
    "", " ", "a", "0", "-1", "1", "2", "1.0", "1e3", "007", "0x10", "NaN", "Infinity", "null", "true", "false", "[]", "{}", "*", "?", "%",
    "%00", "%0d%0a", "..", ".", "~", "é", "日本語", "\U0001f9ea", "e\u0301", "\u202e", "\u0000", "\r\n", "\t", "\u2028", "\ufeff", "\x7f",
    "'", '"',
    "' OR 1=1--", "<script>", "{{7*7}}", "../../etc/passwd", "a" * 80, "a" * 81, "a" * 5000, "9" * 18, "9" * 19, "9" * 20, "9" * 400,
    str(2**31), str(2**63 - 1), str(2**63), str(-(2**63)), str(2**64), "1,2,3", "2024-02-29", "2023-02-29", "0001-01-01", "9999-12-31",
    "2024-01-01T00:00:00Z", "2016-12-31T23:59:60Z", "00000000-0000-4000-8000-000000000001", "{00000000-0000-4000-8000-000000000001}",
    "vet-ada", "VET-ADA", "vet-ada\n", "INV-000001", "id", "-name", "cat", "confirmed", "100", "101", "1\u0660", "\u0661",
]  # fmt: skip
VALUES: list[Any] = [
    None, True, False, 0, 1, -1, 5.0, 0.5, 1e308, -0.0, 2**31, 2**53, 2**63 - 1, 2**63, 2**64, 10**30, [], {}, [[]], [None], {"": None},
    {"name": {}}, {"\u0000": 1}, "x" * 70000, *TEXTS,
]  # fmt: skip
BODIES = [
    b"", b" ", b"{", b"}", b"null", b"[]", b"{}", b"0", b'""', b'"\\ud800"', b'{"name":"\\ud800","city":"x"}', b"\xff\xfe",
    b"\xef\xbb\xbf{}", b"NaN",
    b'{"a":1e999}', b"[" * 20000, b'{"a":' * 5000, b"1" * 5000, b"-" * 10, b'{"name":1,"name":2}', b"\x00", b"a=1&b=2", b"<a/>",
    b"x" * 70000,
]  # fmt: skip
CONTENT_TYPES = [
    "", "application/json", "application/json; charset=utf-8", "APPLICATION/JSON", "application/json; charset=utf-16", "text/plain",
    "application/merge-patch+json", "application/x-www-form-urlencoded", "multipart/form-data", "multipart/form-data; boundary=x", "*/*",
    "application/json, text/plain", "/", ";", "application/json;", "\x80", "application/" + "x" * 300,
]  # fmt: skip
HEADERS = [
    "Accept: text/html", "Accept:", "Expect: 100-continue", "Expect: nothing", "Content-Encoding: gzip", "Content-Encoding: nonsense",
    "Authorization: Bearer wrong", "Authorization: Basic Og==", "Authorization: \xff", "Authorization:", "Cookie: a=b; c",
    "Range: bytes=0-1",
    "If-None-Match: *", 'If-None-Match: "0001"', "If-None-Match: \xff\xfe", "If-Modified-Since: yesterday",
    "X-HTTP-Method-Override: DELETE",
    "Upgrade: h2c", "Connection: Upgrade, HTTP2-Settings", "Origin: null", "X-Long: " + "y" * 7000, "Host: other", "TE: trailers",
]  # fmt: skip
MALFORMED = [
    b"GET\r\n\r\n", b"GET /owners\r\n\r\n", b"GET /owners HTTP/9.9\r\n\r\n", b"G\x00T /owners HTTP/1.1\r\nHost: a\r\n\r\n",
    b"GET /owners HTTP/1.1\r\nNo colon\r\n\r\n", b"GET /owners HTTP/1.1\r\nHost: a\r\nX: a\x00b\r\n\r\n",
    b"GET /" + b"a" * 20000 + b" HTTP/1.1\r\n\r\n",
    b"GET /owners HTTP/1.1\r\nHost: a\r\nX: " + b"a" * 70000 + b"\r\n\r\n", b"GET /own\xffers HTTP/1.1\r\nHost: a\r\n\r\n",
    b"POST /owners HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n", b"POST /owners HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n",
    b"POST /owners HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Type: application/json\r\n\r\nzz\r\n",
    b"POST /owners HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n", b"GET http://[/ HTTP/1.1\r\nHost: a\r\n\r\n",
    b"POST /owners HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    b"GET //owners HTTP/1.1\r\nHost: a\r\n\r\n",
    b"GET * HTTP/1.1\r\nHost: a\r\n\r\n", b"OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", b"GET /%zz HTTP/1.1\r\nHost: a\r\n\r\n",
    b"\x16\x03\x01\x02\x00",
]  # fmt: skip


class Rough:
    """Makes requests to a document's operations, some nearly right and some far off, the same for a seed."""

    def __init__(self, document: Document, seed: int, authorization: str = "") -> None:
        self._document = document
        self._draw = random.Random(seed)
        self._authorization = authorization
        self._known: list[str] = []

    def learn(self, seen: Seen) -> None:
        """Use the id of what was just made in later requests."""
        if "location" in seen.headers:
            self._known = [*self._known[-19:], seen.headers["location"].rpartition("/")[2]]

    def request(self) -> tuple[str, str, bytes]:
        """(method, request target, the bytes of the whole request)."""
        draw = self._draw
        method, path, shared, operation = draw.choice(self._document.operations)
        parameters = [self._document.resolve(p) for p in [*shared, *operation.get("parameters", [])]]
        query: list[str] = []
        lines: list[str] = []
        for parameter in parameters:
            name, text = parameter["name"], self._text(parameter)
            if parameter["in"] == "path":
                path = path.replace("{" + name + "}", quote(text, safe="") or "%20")
            elif draw.random() < 0.4:
                if parameter["in"] == "query":
                    query += [f"{quote(name)}={quote(text, safe='')}"] * draw.choice([1, 1, 1, 2])
                else:
                    prefix = "Cookie: " if parameter["in"] == "cookie" else ""
                    clean = "".join(c for c in text if c.isprintable())
                    lines.append(f"{prefix}{name}={clean}" if prefix else f"{name}: {clean}")
        if draw.random() < 0.05:
            query.append(draw.choice(["x", "&&", "=", "%ff=%ff", "limit", "a[b]=c", "+"]))
        if draw.random() < 0.05:
            method = draw.choice(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND", "CONNECT"])
        if self._authorization and draw.random() < 0.8:
            lines.append(f"Authorization: {self._authorization}")
        lines += draw.sample(HEADERS, draw.choice([0, 0, 0, 1, 2]))
        target = path + ("?" + "&".join(query) if query else "")
        content = self._document.resolve(operation.get("requestBody", {})).get("content", {})
        body, content_type = self._body(content)
        if content_type:
            lines.append(f"Content-Type: {content_type}")
        if body or draw.random() < 0.5:
            lines.append(f"Content-Length: {len(body)}")
        head = "\r\n".join([f"{method} {target} HTTP/1.1", "Host: rough", "Connection: close", *lines, "", ""])
        return method, target, head.encode("utf-8") + body

    def _text(self, parameter: dict[str, Any]) -> str:
        schema = self._document.resolve(parameter["schema"])
        choices = [parameter.get("example"), *schema.get("examples", []), *schema.get("enum", [])]
        choices += [schema.get("default"), schema.get("minimum"), schema.get("maximum")]
        near = [str(choice) for choice in choices if choice is not None] + ["1", "2", *self._known[-2:]]
        return self._draw.choice(near) if self._draw.random() < 0.6 else self._draw.choice(TEXTS)

    def _body(self, content: dict[str, Any]) -> tuple[bytes, str]:
        draw = self._draw
        if not content:
            return (draw.choice(BODIES), draw.choice(CONTENT_TYPES)) if draw.random() < 0.1 else (b"", "")
        media_type, media = draw.choice(sorted(content.items()))
        sent_type = draw.choice(CONTENT_TYPES) if draw.random() < 0.15 else media_type
        if draw.random() < 0.15:
            return draw.choice(BODIES), sent_type
        schema = self._document.resolve(media["schema"])
        examples = [entry["value"] for entry in media.get("examples", {}).values()] or schema.get("examples", [{"name": "x"}])
        value = copy.deepcopy(draw.choice(examples))
        for _ in range(draw.choice([0, 0, 1, 1, 2])):
            value = self._bend(value)
        return json.dumps(value).encode(), sent_type

    def _bend(self, value: Any) -> Any:
        draw = self._draw
        if isinstance(value, dict) and value and draw.random() < 0.9:
            name = draw.choice(sorted(value))
            match draw.randrange(4):
                case 0:
                    del value[name]
                case 1:
                    value[draw.choice(TEXTS)] = draw.choice(VALUES)
                case _:
                    value[name] = self._bend(value[name])
            return value
        if isinstance(value, list) and value and draw.random() < 0.5:
            value[0] = self._bend(value[0])
            return value
        return draw.choice(self._known) if self._known and draw.random() < 0.1 else draw.choice(VALUES)


async def exchange(port: int, request: bytes, method: str = "GET", *, timeout_s: float = 10) -> Seen | None:
    """Send the bytes on a connection of their own; the answer that came before it was closed, or None where there was none."""
    async with asyncio.timeout(timeout_s):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            writer.write(request)
            if writer.can_write_eof() and method != "CONNECT":
                await writer.drain()
            return await _read(reader, method)
        except ConnectionError:
            return None
        finally:
            writer.close()


async def _read(reader: asyncio.StreamReader, method: str) -> Seen | None:
    while True:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
        except asyncio.IncompleteReadError:
            return None
        first, *lines = head.decode("latin-1").split("\r\n")
        status = int(first.split(" ")[1])
        if status != 100:
            break
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines if line)}
    if method == "HEAD" or status in {204, 304}:
        body = b""
    elif headers.get("transfer-encoding") == "chunked":
        body = b""
        while size := int((await reader.readline()).split(b";")[0], 16):
            body += await reader.readexactly(size)
            await reader.readline()
    elif "content-length" in headers:
        body = await reader.readexactly(int(headers["content-length"]))
    else:
        body = await reader.read()
    return Seen(status=status, headers=headers, body=body)
