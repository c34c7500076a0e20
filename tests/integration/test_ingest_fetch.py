"""Documents from real servers on loopback: good ones, and every way in which fetching one can go wrong."""

import asyncio
import gzip
import json
import pathlib
import socket
import ssl
import time
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
import trustme
from aiohttp import web

from pipeline.errors import DocumentError
from stages.ingest import IngestConfig, load_api

DOCUMENT: dict[str, Any] = {"openapi": "3.0.0", "paths": {"/a": {"get": {"responses": {}}}}}
TEXT = json.dumps(DOCUMENT)
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@asynccontextmanager
async def serving(routes: dict[str, Handler], tls: ssl.SSLContext | None = None) -> AsyncIterator[str]:
    """A server with these GET routes on a free port; its address."""
    application = web.Application()
    for path, handler in routes.items():
        application.router.add_get(path, handler)
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls)
    await site.start()
    try:
        yield f"{'https' if tls else 'http'}://127.0.0.1:{site._server.sockets[0].getsockname()[1]}"
    finally:
        await runner.cleanup()


@asynccontextmanager
async def answering(data: bytes) -> AsyncIterator[str]:
    """A server that sends these bytes to whoever connects, whatever is asked; its address."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(100)
        writer.write(data)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


def text(body: str, **options: Any) -> Handler:
    async def answer(_: web.Request) -> web.Response:
        return web.Response(text=body, **options)

    return answer


async def refused(source: str, config: IngestConfig | None = None) -> str:
    """Why a source is refused: one line, within bounded time."""
    with pytest.raises(DocumentError) as error:
        await asyncio.wait_for(load_api(source, config), 20)
    assert "\n" not in str(error.value)
    return str(error.value)


async def test_a_document_is_fetched_from_its_address() -> None:
    """JSON and YAML alike; the servers are resolved against where it came from."""
    async with serving(
        {"/d.json": text(TEXT), "/d.yaml": text("openapi: 3.0.0\nservers: [{url: /v1}]\npaths: {/a: {get: {responses: {}}}}\n")}
    ) as url:
        assert (await load_api(f"{url}/d.json")).source == f"{url}/d.json"
        assert (await load_api(f"{url}/d.yaml")).servers == [f"{url}/v1"]


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
async def test_compressed_documents_are_understood(encoding: str) -> None:
    """As servers and proxies send them."""

    async def answer(_: web.Request) -> web.Response:
        body = gzip.compress(TEXT.encode()) if encoding == "gzip" else zlib.compress(TEXT.encode())
        return web.Response(body=body, headers={"Content-Encoding": encoding})

    async with serving({"/openapi.json": answer}) as url:
        assert len((await load_api(f"{url}/openapi.json")).operations) == 1


@pytest.mark.parametrize(
    ("place", "given"),
    [
        ("/openapi.json", ""),
        ("/swagger.json", "/"),
        ("/v1/__api__", ""),
        ("/base/v3/api-docs", "/base"),
        ("/__api__", "/some/path"),
        ("/api/openapi.json", "/api"),
    ],
)
async def test_the_document_of_a_server_is_found_at_the_usual_places(place: str, given: str) -> None:
    """Below the given path, then above it."""
    async with serving({place: text(TEXT)}) as url:
        assert (await load_api(url + given)).source == url + place


async def test_the_document_is_found_by_way_of_a_page() -> None:
    """Swagger UI's page names an address that nobody would guess; a JSON answer that is no document does not stop the search."""
    page = '<!doctype html><script>SwaggerUIBundle({url: "/hidden/my-openapi-v7"})</script>'
    async with serving(
        {"/docs": text(page, content_type="text/html"), "/hidden/my-openapi-v7": text(TEXT), "/openapi.json": text('{"no": 1}')}
    ) as url:
        assert (await load_api(f"{url}/docs")).source == f"{url}/hidden/my-openapi-v7"


async def test_a_redirect_is_followed_and_the_last_address_counts() -> None:
    """Relative servers belong to where the document was in the end."""

    async def elsewhere(_: web.Request) -> web.Response:
        raise web.HTTPFound("/v9/openapi.json")

    async with serving({"/openapi.json": elsewhere, "/v9/openapi.json": text(TEXT)}) as url:
        assert (await load_api(f"{url}/openapi.json")).source == f"{url}/v9/openapi.json"


async def test_a_redirect_loop_ends() -> None:
    """After a few, with the reason."""

    async def again(request: web.Request) -> web.Response:
        raise web.HTTPFound(request.path)

    async with serving({"/openapi.json": again}) as url:
        assert "more than 5 redirects" in await refused(f"{url}/openapi.json")


async def test_a_closed_port_is_named() -> None:
    """No server, no search for other places."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    before = time.monotonic()
    assert f"no connection to 127.0.0.1:{port}" in await refused(f"http://127.0.0.1:{port}/")
    assert time.monotonic() - before < 5


async def test_a_server_without_tls_is_named() -> None:
    """https to a port that speaks http."""
    async with serving({"/openapi.json": text(TEXT)}) as url:
        assert "no secure connection" in await refused(url.replace("http:", "https:") + "/openapi.json")


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("http://", "not a URL"),
        ("http://[::1", "not a URL"),
        ("http://127.0.0.1:99999/x", "not a URL"),
        ("ftp://127.0.0.1/openapi.json", "ftp is not known"),
        ("http://no-such-host.invalid/openapi.json", "no-such-host.invalid"),
    ],
)
async def test_a_wrong_url_is_named(source: str, said: str) -> None:
    """What is wrong with it, in one line."""
    assert said in await refused(source)


async def test_an_answer_that_is_no_document_is_named() -> None:
    """The status where there is one, the search that found nothing."""
    async with serving(
        {"/page": text("<html></html>", content_type="text/html"), "/bad.json": text("{"), "/error.json": text("no", status=500)}
    ) as url:
        assert "what it answers is no OpenAPI document, and at the usual places (openapi.json, " in await refused(f"{url}/page")
        assert "the server answers 404 Not Found" in await refused(f"{url}/missing.json")
        assert "the server answers 500" in await refused(f"{url}/error.json")
        assert "not valid JSON at line 1" in await refused(f"{url}/bad.json")


async def test_an_endless_body_ends_at_the_limit() -> None:
    """In size, not in memory."""

    async def endless(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        try:
            while True:
                await response.write(b" " * 65_536)
        except ConnectionError:
            return response

    async with serving({"/openapi.json": endless}) as url:
        assert "larger than 5000000 bytes" in await refused(f"{url}/openapi.json", IngestConfig(document_cap_bytes=5_000_000))


async def test_a_body_that_never_comes_ends_in_time() -> None:
    """The timeout is for the whole document, not for each piece."""
    ended = asyncio.Event()

    async def slow(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        await response.write(b"{")
        await ended.wait()
        return response

    async with serving({"/openapi.json": slow}) as url:
        assert "no complete answer within 300 ms" in await refused(f"{url}/openapi.json", IngestConfig(fetch_timeout_ms=300))
        ended.set()


async def test_a_gzip_bomb_does_not_go_off() -> None:
    """A hundred kilobytes that stand for a hundred megabytes are counted while they unfold."""
    bomb = gzip.compress(b" " * 100_000_000)

    async def answer(_: web.Request) -> web.Response:
        return web.Response(body=bomb, headers={"Content-Encoding": "gzip"})

    async with serving({"/openapi.json": answer}) as url:
        assert "larger than 1000000 bytes" in await refused(f"{url}/openapi.json", IngestConfig(document_cap_bytes=1_000_000))


@pytest.mark.parametrize(("header", "said"), [("gzip", "the body is not gzip"), ("br", "'br' is not understood")])
async def test_a_wrong_content_encoding_is_named(header: str, said: str) -> None:
    """The header says one thing, the bytes another."""

    async def answer(_: web.Request) -> web.Response:
        return web.Response(body=TEXT.encode(), headers={"Content-Encoding": header})

    async with serving({"/openapi.json": answer}) as url:
        assert said in await refused(f"{url}/openapi.json")


@pytest.mark.parametrize("data", [b"", b"\x00\xff\n\n", b"HTTP/1.1 2x OK\r\n\r\n", b"SSH-2.0-x\r\n"])
async def test_what_is_no_http_is_named(data: bytes) -> None:
    """A port where something else listens."""
    async with answering(data) as url:
        assert "proper HTTP" in await refused(f"{url}/openapi.json")


async def test_an_answer_that_ends_early_is_named() -> None:
    """By the connection or by its compression: half a document would be refused for something that it never had."""
    async with answering(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{}") as url:
        assert "the connection ended before the answer was complete" in await refused(f"{url}/openapi.json")

    async def cut(_: web.Request) -> web.Response:
        return web.Response(body=gzip.compress(TEXT.encode())[:-20], headers={"Content-Encoding": "gzip"})

    async with serving({"/openapi.json": cut}) as url:
        assert "the body ends before its gzip data does" in await refused(f"{url}/openapi.json")


@pytest.mark.parametrize(("location", "said"), [("ftp://a.example/x", "redirects to ftp://a.example/x"), ("http://[", "that is no URL")])
async def test_a_redirect_to_what_cannot_be_fetched_is_named(location: str, said: str) -> None:
    """Where it would lead, and that it is not the address given that is wrong."""

    async def away(_: web.Request) -> web.Response:
        return web.Response(status=302, headers={"Location": location})

    async with serving({"/openapi.json": away}) as url:
        assert said in await refused(f"{url}/openapi.json")


async def test_an_address_that_is_none_is_not_tried_at_the_usual_places() -> None:
    """It is told by itself."""
    for source in "http://", "http://a.example:99999/":
        assert (await refused(source)).endswith(": this is not a URL that can be fetched")


async def test_remote_references_are_followed_only_when_allowed() -> None:
    """Off, they are problems; on, they are fetched, those of fetched documents included."""
    fetched: list[str] = []

    def part(body: str) -> Handler:
        async def answer(request: web.Request) -> web.Response:
            fetched.append(request.path)
            return web.Response(text=body)

        return answer

    root = {"openapi": "3.0.0", "paths": {"/a": {"$ref": "parts/a.json"}, "/b": {"get": {"responses": {}}}}}
    item = {"get": {"responses": {"200": {"content": {"application/json": {"schema": {"$ref": "s.yaml#/S"}}}}}}}
    routes = {"/d.json": text(json.dumps(root)), "/parts/a.json": part(json.dumps(item)), "/parts/s.yaml": part("S: {type: string}\n")}
    async with serving(routes) as url:
        closed = await load_api(f"{url}/d.json")
        assert [each.key for each in closed.operations] == ["GET /b"]
        assert "allow_remote_refs" in closed.problems[0].message
        assert fetched == []
        opened = await load_api(f"{url}/d.json", IngestConfig(allow_remote_refs=True))
        assert opened.problems == []
        assert opened.schemas == {"S": {"type": "string"}}
        assert fetched == ["/parts/a.json", "/parts/s.yaml"]


async def test_a_remote_reference_that_fails_is_a_problem() -> None:
    """The rest of the document is usable."""
    root = {"openapi": "3.0.0", "paths": {"/a": {"$ref": "missing.json"}, "/b": {"get": {"responses": {}}}}}
    async with serving({"/d.json": text(json.dumps(root))}) as url:
        api = await load_api(f"{url}/d.json", IngestConfig(allow_remote_refs=True))
        assert [each.key for each in api.operations] == ["GET /b"]
        assert [problem.code for problem in api.problems] == ["unresolved-ref"]


async def test_credentials_of_an_address_are_used_and_not_kept() -> None:
    """They reach the server and nothing else."""
    seen: list[str] = []

    async def answer(request: web.Request) -> web.Response:
        seen.append(request.headers.get("Authorization", ""))
        return web.Response(text=TEXT)

    async with serving({"/openapi.json": answer}) as url:
        api = await load_api(url.replace("//", "//user:secret@") + "/openapi.json")
        assert seen[0].startswith("Basic ")
        assert api.source == f"{url}/openapi.json"


async def test_a_directory_is_read_with_the_files_it_refers_to(tmp_path: pathlib.Path) -> None:
    """From the directory's name alone."""
    (tmp_path / "openapi.yaml").write_text("openapi: 3.0.0\npaths: {/a: {$ref: a.yaml}}\n")
    (tmp_path / "a.yaml").write_text("get: {responses: {}}\n")
    api = await load_api(str(tmp_path))
    assert [each.key for each in api.operations] == ["GET /a"]
    assert api.problems == []


async def test_a_certificate_that_nobody_vouches_for_is_named(tmp_path: pathlib.Path) -> None:
    """Trusting its authority by ``ca_file`` makes the same address work."""
    certificate, key = tmp_path / "certificate.pem", tmp_path / "key.pem"
    authority = trustme.CA()
    issued = authority.issue_cert("127.0.0.1")
    certificate.write_bytes(b"".join(blob.bytes() for blob in issued.cert_chain_pems))
    key.write_bytes(issued.private_key_pem.bytes())
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    async with serving({"/openapi.json": text(TEXT)}, context) as url:
        assert "no secure connection: " in await refused(f"{url}/openapi.json")
        assert "ingest.ca_file" in await refused(url)
        assert (await load_api(url, IngestConfig(ca_file=str(tmp_path / "ca.pem")))).source == f"{url}/openapi.json"
        missing = await refused(url, IngestConfig(ca_file="missing.pem"))
        assert missing.startswith("ingest.ca_file missing.pem: cannot be used")
