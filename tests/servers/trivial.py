"""The cheapest server there can be in Python, for measuring clients: every GET is answered with the same 1 kB of JSON.

Its own protocol on uvloop: nothing is parsed but where a request ends. ``/openapi.json`` is the document, ``/_count`` the number of other
requests so far. ``python -m tests.servers.trivial`` prints the base URL.
"""

import asyncio
import json
from typing import Any

import uvloop

ITEM = {
    "id": 7,
    "name": "Bench item",
    "price": 12.5,
    "available": True,
    "tags": ["small", "steel", "round"],
    "maker": {"name": "Bench and Sons", "country": "CH"},
    "description": "x" * 640,
    "sizes": [{"width": n, "height": n * 2, "unit": "mm"} for n in range(1, 6)],
}
BODY = json.dumps(ITEM, separators=(",", ":")).encode().ljust(1024)
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
ANSWER = HEAD % len(BODY) + BODY
NOT_ALLOWED = b"HTTP/1.1 405 Method Not Allowed\r\nAllow: GET\r\nContent-Length: 0\r\n\r\n"


def document() -> dict[str, Any]:
    """Four operations with path and query parameters; all give the item."""
    text = {"type": "string"}
    number = {"type": "integer", "minimum": 1}
    size = {"type": "object", "properties": {"width": number, "height": number, "unit": {"enum": ["mm", "cm"]}}, "required": ["width"]}
    item = {
        "type": "object",
        "properties": {
            "id": number,
            "name": {"type": "string", "minLength": 1, "maxLength": 80},
            "price": {"type": "number", "minimum": 0},
            "available": {"type": "boolean"},
            "tags": {"type": "array", "items": text, "maxItems": 10},
            "maker": {"type": "object", "properties": {"name": text, "country": {"type": "string", "pattern": "^[A-Z]{2}$"}}},
            "description": {"type": "string", "maxLength": 1000},
            "sizes": {"type": "array", "items": size},
        },
        "required": ["id", "name", "price", "maker", "sizes"],
    }
    answer = {"200": {"description": "The item.", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Item"}}}}}
    paging = [
        {"name": "limit", "in": "query", "schema": {"type": "integer", "minimum": 1, "maximum": 100}},
        {"name": "sort", "in": "query", "schema": {"enum": ["name", "price"]}},
        {"name": "q", "in": "query", "schema": {"type": "string", "maxLength": 20}},
    ]
    item_id = {"name": "itemId", "in": "path", "required": True, "schema": {"type": "integer", "minimum": 1, "maximum": 1_000_000}}
    slug = {"name": "slug", "in": "path", "required": True, "schema": {"type": "string", "pattern": "^[a-z]{1,12}$"}}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Trivial", "version": "1"},
        "paths": {
            "/items/first": {"get": {"operationId": "first", "parameters": paging, "responses": answer}},
            "/items/{itemId}": {"get": {"operationId": "item", "parameters": [item_id], "responses": answer}},
            "/makers/{slug}/item": {"get": {"operationId": "byMaker", "parameters": [slug, *paging[:2]], "responses": answer}},
            "/random": {"get": {"operationId": "random", "responses": answer}},
        },
        "components": {"schemas": {"Item": item}},
    }


DOCUMENT = json.dumps(document()).encode()
DOCUMENT = HEAD % len(DOCUMENT) + DOCUMENT


class Trivial(asyncio.Protocol):
    """One connection. ``answered`` counts for all of them."""

    answered = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport: Any = transport
        self._held = b""

    def data_received(self, data: bytes) -> None:
        data = self._held + data
        while (end := data.find(b"\r\n\r\n")) >= 0:
            if data.startswith(b"GET /"):
                Trivial.answered += 1
                self._transport.write(ANSWER if data[5:6] not in b"o_" else self._rare(data))
                data = data[end + 4 :]
                continue
            length = _body_length(data[:end].lower())
            if len(data) < end + 4 + length:
                break
            Trivial.answered += 1
            self._transport.write(NOT_ALLOWED)
            data = data[end + 4 + length :]
        self._held = data

    def _rare(self, data: bytes) -> bytes:
        Trivial.answered -= 1
        if data.startswith(b"GET /openapi.json"):
            return DOCUMENT
        count = b"%d" % Trivial.answered
        return HEAD % len(count) + count


def _body_length(head: bytes) -> int:
    """By Content-Length; a chunked body is not asked for here, and would be taken for malformed requests."""
    _, found, rest = head.partition(b"content-length:")
    return int(rest.partition(b"\r\n")[0]) if found else 0


async def main() -> None:
    server = await asyncio.get_running_loop().create_server(Trivial, "127.0.0.1", 0)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(main())
