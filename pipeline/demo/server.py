"""The demo on the wire: aiohttp's low-level server, so that every answer, even to malformed HTTP, is one the document knows."""

import asyncio
import logging
import signal
import sys
from collections import Counter
from collections.abc import AsyncGenerator, Collection, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any

import msgspec
import uvloop
from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from pipeline.demo.clinic import Clinic, Maker, first_day
from pipeline.demo.defects import DEFECTS, Planted, plant
from pipeline.demo.document import BODY_CAP_BYTES, openapi
from pipeline.demo.reading import Answer, Incoming, Refused, Route, Router

INSPECTION = "/_demo/"
_SILENT = logging.getLogger("sentinel.demo.access")
_SILENT.disabled = True
_FORBIDDEN_LENGTH = b"HTTP/1.1 204 No Content\r\nContent-Type: application/json\r\nContent-Length: 16\r\nConnection: close\r\n\r\n"


class Demo:
    """The clinic, its document and its defects. Decides what to answer; sends nothing."""

    def __init__(self, planted: Mapping[str, Planted]) -> None:
        self.planted = planted
        self._document = msgspec.json.encode(openapi())
        self._router = Router()
        self.reset()

    def reset(self) -> None:
        """Back to the first day: the objects made since and all counts are gone."""
        self.clinic: Clinic = first_day()
        self.answered: Counter[tuple[str, int]] = Counter()
        self.requests = 0

    def find(self, incoming: Incoming) -> tuple[Route, dict[str, str]]:
        """The operation, after its door: raises Refused (404, 405, 401)."""
        route, segments = self._router.find(incoming)
        planted = self.planted.get(route.key)
        if planted is None or planted.defect.name != "authentication-ignored":
            route.authorise(incoming.headers)
        return route, segments

    def answer(self, route: Route, segments: Mapping[str, str], incoming: Incoming, raw: bytes) -> Answer:
        """What the operation answers, defect and all. Raises Refused."""
        call = route.read(incoming, segments, raw)
        planted = self.planted.get(route.key)
        shown = planted if planted is not None and planted.place.shows(call) else None
        if shown is not None and shown.defect.instead:
            return shown.place.spoil(Answer(status=200))
        client = incoming.headers.get("User-Agent", "")[:200]
        answer = self.clinic.handle(call, Maker(operation=route.key, request=self.requests, client=client))
        return shown.place.spoil(answer) if shown is not None else answer

    def inspect(self, incoming: Incoming) -> Answer:
        """The operations outside the document, for tests of testers."""
        match incoming.method, incoming.target.removeprefix(INSPECTION):
            case "GET", "requests":
                rows = [{"operation": key, "status": status, "count": count} for (key, status), count in sorted(self.answered.items())]
                return Answer(status=200, body={"total": self.requests, "answered": rows})
            case "GET", "objects":
                return Answer(status=200, body={"made": [{"path": path, **_row(maker)} for path, maker in self.clinic.makers.items()]})
            case "GET", "defects":
                return Answer(status=200, body={"planted": [_planted_row(planted) for planted in self.planted.values()]})
            case "POST", "reset":
                self.reset()
                return Answer(status=204)
            case _:
                raise Refused(404, "Not found", "GET requests, objects or defects; POST reset.")

    def document(self) -> bytes:
        return self._document


def _row(maker: Maker) -> dict[str, Any]:
    return {"operation": maker.operation, "request": maker.request, "client": maker.client}


def _planted_row(planted: Planted) -> dict[str, str]:
    defect, place = planted.defect, planted.place
    return {"name": defect.name, "check": defect.check, "operation": place.operation, "when": place.when}


class _Protocol(web.RequestHandler):
    """aiohttp's HTTP/1.1, but what cannot be parsed is refused with a problem as the document says."""

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        if status >= 500:
            return super().handle_error(request, status, exc, message)
        answer = Refused(400, "Malformed request", "This is not HTTP (RFC 9112).").answer
        response = _response(answer)
        response.force_close()
        return response


class _Server(web.Server):
    def __call__(self) -> web.RequestHandler:
        assert self._loop is not None
        return _Protocol(self, loop=self._loop, access_log=_SILENT, auto_decompress=False)


def _response(answer: Answer) -> web.Response:
    headers = {**answer.headers}
    if answer.body is None:
        return web.Response(status=answer.status, headers=headers)
    headers["Content-Type"] = answer.content_type
    return web.Response(status=answer.status, headers=headers, body=msgspec.json.encode(answer.body))


def _handler(demo: Demo, hang_ms: int) -> Any:
    """The coroutine that moves the bytes of one request."""

    async def handle(request: web.BaseRequest) -> web.StreamResponse:
        target = request.raw_path.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
        incoming = Incoming(method=request.method, target=target, headers=request.headers)
        key = "document"
        try:
            if target.startswith(INSPECTION):
                return _response(demo.inspect(incoming))
            if target.partition("?")[0] == "/openapi.json" and request.method in {"GET", "HEAD"}:
                return web.Response(body=demo.document(), content_type="application/json")
            key = "unknown"
            demo.requests += 1
            route, segments = demo.find(incoming)
            key = route.key
            raw = await _body(request) if route.takes_body else b""
            answer = demo.answer(route, segments, incoming, raw)
        except Refused as refused:
            answer = refused.answer
        response = _response(answer)
        if answer.delivery == "late":
            await asyncio.sleep(hang_ms / 1000)
        elif answer.delivery != "whole":
            _break_off(request, _FORBIDDEN_LENGTH if answer.delivery == "announced" else b"")
        demo.answered[key, answer.status] += 1
        return response

    return handle


async def _body(request: web.BaseRequest) -> bytes:
    try:
        return await request.read()
    except web.HTTPRequestEntityTooLarge:
        raise Refused(413, "Body too large", f"At most {BODY_CAP_BYTES} bytes are read.") from None
    except (web.RequestPayloadError, HttpProcessingError) as error:
        raise Refused(400, "Malformed request", f"body: {error}") from None


def _break_off(request: web.BaseRequest, last_words: bytes) -> None:
    """Close the connection, after bytes that no HTTP library would send or without a word."""
    if request.transport is not None:
        request.transport.write(last_words)
        request.transport.close()


def create_app(seed: int = 0, *, clean: bool = False, off: Collection[str] = ()) -> Demo:
    """A demo with the defects of ``seed`` but those named in ``off``, or with none. Raises ValueError for an unknown name."""
    return Demo(plant(seed, [defect.name for defect in DEFECTS] if clean else off))


@asynccontextmanager
async def running(demo: Demo, host: str = "127.0.0.1", port: int = 0, *, hang_ms: int = 60_000) -> AsyncGenerator[str]:
    """Serve the demo while the context is open; gives its base URL. ``port`` 0: any free one."""
    server = _Server(_handler(demo, hang_ms), handler_cancellation=True)
    runner = web.ServerRunner(server, shutdown_timeout=0.5)
    await runner.setup()
    try:
        site = web.TCPSite(runner, host, port)
        await site.start()
        bound = runner.addresses[0][1]
        yield f"http://{f'[{host}]' if ':' in host else host}:{bound}"
    finally:
        await runner.cleanup()


def serve(
    host: str = "127.0.0.1",
    port: int = 8421,
    seed: int = 0,
    *,
    clean: bool = False,
    off: Collection[str] = (),
    hang_ms: int = 60_000,
) -> None:
    """Serve until SIGINT or SIGTERM; prints the address, then the planted defects. Raises OSError where the port is taken."""
    uvloop.run(_serve(create_app(seed, clean=clean, off=off), host, port, hang_ms))


async def _serve(demo: Demo, host: str, port: int, hang_ms: int) -> None:
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, ended.set)
    async with running(demo, host, port, hang_ms=hang_ms) as url:
        sys.stdout.write(f"demo {url} (document: {url}/openapi.json)\n")
        for planted in demo.planted.values():
            sys.stdout.write(f"  {planted.defect.name}: {planted.place.operation}, {planted.place.when}\n")
        sys.stdout.flush()
        with suppress(asyncio.CancelledError):
            await ended.wait()
