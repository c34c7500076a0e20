"""One request, one answer or the reason why there is none."""

import io
import time
from types import TracebackType
from typing import Self

import aiohttp
from aiohttp.http_exceptions import HttpProcessingError
from yarl import URL

from pipeline.messages import NoReply, Reply
from stages.execute.client.failures import kind_of
from stages.execute.client.transport import Dropped, request_timeout, session
from stages.execute.config import ExecuteConfig
from stages.execute.outgoing import Outgoing

# RFC 9110, 9.2.2: sending one of these twice asks for no more than sending it once.
_IDEMPOTENT = frozenset({"GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"})
_STREAMED = 1_048_576  # bytes; larger bodies are written in parts, so that they do not hold up the loop
_UNTYPED = frozenset({"Content-Type"})


class Client:
    """Sends to the allowed origins and nowhere else. Redirects are answers; bodies end at the cap; errors come back as ``NoReply``.

    ``allowed`` are origins ("http://127.0.0.1:8000"); ``allow`` adds one.
    """

    def __init__(self, config: ExecuteConfig, allowed: set[str]) -> None:
        self._config = config
        self._allowed = set(allowed)
        self._timeout = request_timeout(config)
        self._cap = config.body_cap_bytes
        self._session: aiohttp.ClientSession | None = None
        self._fresh: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        self._session = session(self._config, keep_connections=True)
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        for open_session in (self._session, self._fresh):
            if open_session is not None:
                await open_session.close()
        self._session = self._fresh = None

    def allow(self, origin: str) -> None:
        self._allowed.add(origin)

    async def exchange(self, request: Outgoing, *, timeout_ms: int | None = None, fresh: bool = False) -> Reply | NoReply:
        """Send the request. An idempotent one whose kept connection turns out to be closed is sent once more on a fresh connection.

        ``fresh``: on a connection of its own from the start, so that what is seen is no doing of an earlier request. So leaves a request
        that is ``framed`` too, and never by a proxy, which would judge it in the target's stead.
        """
        assert self._session is not None, "the client is not open"
        if request.origin not in self._allowed:
            return NoReply(kind="withheld", detail=f"{request.origin} is not among the allowed destinations (execute.allow_hosts)")
        if request.framed and self._config.proxy:
            return NoReply(kind="unserialisable", detail="a Content-Length of the case's own does not pass a proxy (execute.proxy)")
        started = time.perf_counter()
        try:
            try:
                return await self._once(self._unshared() if fresh or request.framed else self._session, request, started, timeout_ms)
            except Dropped as dropped:
                if not dropped.reused or request.method not in _IDEMPOTENT:
                    raise
                return await self._once(self._unshared(), request, started, timeout_ms)
        except Dropped as dropped:
            detail = _text(dropped.__cause__, request) + (", on a reused connection" if dropped.reused else "")
            return NoReply(kind="reset", detail=detail, total_ms=_since(started))
        except Exception as error:
            kind = kind_of(error)
            if kind is None:
                raise
            return NoReply(kind=kind, detail=_text(error, request), total_ms=_since(started))

    def _unshared(self) -> aiohttp.ClientSession:
        self._fresh = self._fresh or session(self._config, keep_connections=False)
        return self._fresh

    async def _once(self, by: aiohttp.ClientSession, request: Outgoing, started: float, timeout_ms: int | None) -> Reply:
        body = request.body
        data = io.BytesIO(body) if body is not None and len(body) >= _STREAMED else body
        response = await by.request(
            request.method,
            _url(request),
            headers=request.headers,
            data=data,
            allow_redirects=False,
            skip_auto_headers=None if request.typed else _UNTYPED,
            timeout=self._timeout if timeout_ms is None else aiohttp.ClientTimeout(total=timeout_ms / 1000),
        )
        first_byte_ms = _since(started)
        try:
            read, truncated = b"", False
            content = response.content
            if response.status == 101:
                response.close()  # another protocol than HTTP would follow
            else:
                while not content.at_eof():
                    read += await content.readany()
                    if len(read) > self._cap:
                        read, truncated = read[: self._cap], True
                        break
        except BaseException:
            response.close()
            raise
        if truncated:
            response.close()
        return Reply(
            status=response.status,
            headers=[(_decoded(name), _decoded(value)) for name, value in response.raw_headers],
            body=read,
            truncated=truncated,
            first_byte_ms=first_byte_ms,
            total_ms=_since(started),
        )


def _url(request: Outgoing) -> URL:
    """The URL in pieces, so that nothing parses, and thereby changes, the target."""
    scheme, _, authority = request.origin.partition("://")
    path, mark, query = request.target.partition("?")
    # yarl drops the mark before an empty query; as part of the path it stays.
    return URL.build(scheme=scheme, authority=authority, path=path if query else path + mark, query_string=query, encoded=True)


def _since(started: float) -> float:
    return (time.perf_counter() - started) * 1000


def _decoded(raw: bytes) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def _text(error: BaseException | None, request: Outgoing) -> str:
    """What happened, in one line, without the request's credentials and the lone surrogates that would keep it out of the store."""
    # aiohttp gives an answer that it cannot read the number 400, which the target never said.
    unread = error.__cause__ if isinstance(error, aiohttp.ClientPayloadError) else error
    said = unread.message.replace("\n ^", "") if isinstance(unread, aiohttp.ClientResponseError | HttpProcessingError) else str(error)
    text = f"{type(error).__name__}: {said}".encode("utf-8", "replace").decode()
    text = text.replace(request.origin + request.target, request.shown.url)
    return " ".join(text.split())[:500]
