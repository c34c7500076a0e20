"""The strict FastAPI server is fit to be a clean target."""

import json
import urllib.request
from collections.abc import Iterator

import pytest

from tests.servers import launch
from tests.servers.obedience import Document, Seen
from tests.servers.rough import Rough, exchange


@pytest.fixture(scope="module")
def strict() -> Iterator[str]:
    with launch.strict() as server:
        yield server.url


@pytest.fixture(scope="module")
def document(strict: str) -> Document:
    with urllib.request.urlopen(f"{strict}/openapi.json", timeout=10) as reply:
        return Document(json.loads(reply.read()))


async def send(url: str, method: str, path: str, body: object, content_type: str = "application/json") -> Seen:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    lines = [f"{method} {path} HTTP/1.1", "Host: a", "Connection: close", "Authorization: Bearer token-clerk"]
    head = "\r\n".join([*lines, f"Content-Type: {content_type}", f"Content-Length: {len(raw)}", "", ""])
    seen = await exchange(int(url.rpartition(":")[2]), head.encode() + raw, method)
    assert seen is not None
    return seen


@pytest.mark.parametrize("seed", [1, 2])
async def test_it_obeys_its_document_whatever_it_is_sent(strict: str, document: Document, seed: int) -> None:
    """750 requests, nearly right or far off, each get an answer that the document has; every kind of answer is among them."""
    rough = Rough(document, seed, "Bearer token-clerk")
    statuses: set[int] = set()
    complaints: list[str] = []
    for _ in range(750):
        method, target, request = rough.request()
        seen = await exchange(int(strict.rpartition(":")[2]), request, method)
        assert seen is not None, request
        rough.learn(seen)
        statuses.add(seen.status)
        complaints += document.complaints(method, target, seen)
    assert complaints == []
    assert statuses >= {200, 201, 204, 400, 401, 404, 405, 409, 422}


def test_it_has_at_least_25_operations_of_many_kinds(document: Document) -> None:
    """Path, query, header and cookie parameters, forms, files, discriminators and empty answers are all there."""
    text = json.dumps(document.document)
    assert len(document.operations) >= 25
    for part in ['"in": "path"', '"in": "query"', '"in": "header"', '"in": "cookie"', "multipart/form-data", "x-www-form-urlencoded"]:
        assert part in text
    for part in ["discriminator", "octet-stream", '"204"', '"uuid"', '"date-time"', '"date"', '"oauth2"']:
        assert part in text


async def test_numbers_and_times_are_taken_as_the_document_says(strict: str) -> None:
    """5.0 is an integer, the year 0 a year and 23:59:60 a time; "5", true and 10**400 are no numbers in range; and all is answered."""
    dimensions = {"width_mm": 5.0, "height_mm": 1, "weight_kg": 1}
    product = {"name": "n", "price": "1.00", "category": "tools", "dimensions": dimensions, "available_from": "0000-02-29"}
    taken = await send(strict, "POST", "/products", product)
    assert taken.status == 201, taken.body
    for wrong in ("5", True, 10**400, 1e308, 0.5, None, [], {}):
        refused = await send(strict, "POST", "/products", {**product, "dimensions": {**dimensions, "width_mm": wrong}})
        assert refused.status == 422, wrong
    for wrong in ("5", True, 10**400, []):
        refused = await send(strict, "POST", "/products", {**product, "dimensions": {**dimensions, "weight_kg": wrong}})
        assert refused.status == 422, wrong
    customer = json.loads((await send(strict, "POST", "/customers", {"name": "n"})).body)["id"]
    line = {"product_id": json.loads(taken.body)["id"], "quantity": 1}
    order = {"customer_id": customer, "lines": [line], "payment": {"kind": "invoice", "due_days": 0}, "deliver_at": "2016-12-31t23:59:60z"}
    assert (await send(strict, "POST", "/orders", order)).status == 201
    assert (await send(strict, "GET", "/customers/" + "9" * 5000, b"")).status == 404
    assert (await send(strict, "GET", "/customers/1_0", b"")).status == 422


async def test_a_form_takes_a_file_with_or_without_a_name(strict: str) -> None:
    """A part is a file whether or not it says a file name; the bytes come back as they were sent."""
    for name in ('; filename="a.bin"', ""):
        parts = b'--b\r\nContent-Disposition: form-data; name="title"\r\n\r\nT\r\n--b\r\nContent-Disposition: form-data; name="file"'
        body = parts + name.encode() + b"\r\n\r\nsome bytes\r\n--b--\r\n"
        made = await send(strict, "POST", "/files", body, "multipart/form-data; boundary=b")
        assert made.status == 201, made.body
        assert (await send(strict, "GET", made.headers["location"], b"")).body == b"some bytes"
