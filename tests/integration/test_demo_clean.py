"""The demo's clean twin on the wire, under requests that no HTTP library would send."""

import json

import pytest

from pipeline.demo import TOKEN, create_app, running
from tests.servers.obedience import Document
from tests.servers.rough import MALFORMED, Rough, exchange


@pytest.mark.parametrize("seed", [1, 2])
async def test_the_clean_twin_obeys_its_document_whatever_it_is_sent(seed: int) -> None:
    """1,000 requests, nearly right or far off, each get an answer that the document has: status, content type, body, headers."""
    demo = create_app(clean=True)
    document = Document(json.loads(demo.document()))
    rough = Rough(document, seed, f"Bearer {TOKEN}")
    complaints: list[str] = []
    async with running(demo) as url:
        for _ in range(1000):
            method, target, request = rough.request()
            seen = await exchange(int(url.rpartition(":")[2]), request, method)
            assert seen is not None, request
            rough.learn(seen)
            complaints += document.complaints(method, target, seen)
    assert complaints == []
    assert {status for _, status in demo.answered} >= {200, 201, 400, 401, 404, 405, 409, 413, 415, 422}


async def test_what_is_not_http_is_refused_as_a_problem() -> None:
    """Malformed HTTP is answered 400, and a body that is too large 413, in the media type of every refusal of the document."""
    demo = create_app(clean=True)
    document = Document(json.loads(demo.document()))
    async with running(demo) as url:
        port = int(url.rpartition(":")[2])
        for request in MALFORMED:
            seen = await exchange(port, request)
            assert seen is not None, request
            if seen.status != 200:
                assert seen.headers["content-type"] == "application/problem+json", request
                problem = document.validator({"$ref": "#/components/schemas/Problem"})
                assert list(problem.iter_errors(json.loads(seen.body))) == []
        head = b"POST /owners HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 3000000\r\n\r\n"
        seen = await exchange(port, head + b"[" * 3_000_000)
        assert seen is not None
        assert seen.status == 413


async def test_an_interrupted_body_makes_nothing() -> None:
    """A creation whose body breaks off, or whose chunks are malformed, leaves no object."""
    demo = create_app(clean=True)
    head = b"POST /owners HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
    async with running(demo) as url:
        port = int(url.rpartition(":")[2])
        seen = await exchange(port, head + b'Transfer-Encoding: chunked\r\n\r\n5\r\n{"nam\r\nZZ\r\n')
        assert seen is not None
        assert seen.status == 400
    assert demo.clinic.makers == {}
