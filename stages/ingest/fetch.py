"""Fetching documents: bounded in time, size and redirects; every failure one clear sentence."""

import os
import ssl
import zlib
from types import TracebackType
from typing import Protocol, Self

import aiohttp
from msgspec import Struct

from pipeline.errors import DocumentError
from stages.ingest.config import IngestConfig
from stages.ingest.discovery import shown
from stages.ingest.parse import too_large

MAX_REDIRECTS = 5
_CHUNK_BYTES = 65_536
_HEADERS = {
    "Accept": "application/json, application/yaml, text/yaml, */*;q=0.5",
    "Accept-Encoding": "gzip, deflate",
    "User-Agent": "sentinel-ingest",
}


class Access(Protocol):
    """What lets requests for documents in: a client middleware of aiohttp's. ``hint``: what to do when one was refused, "" or a clause."""

    @property
    def hint(self) -> str: ...
    async def __call__(self, request: aiohttp.ClientRequest, send: aiohttp.ClientHandlerType, /) -> aiohttp.ClientResponse: ...


class Unreachable(DocumentError):
    """No answer came from the server at all, so no other address there is worth trying."""


class Fetched(Struct, frozen=True, kw_only=True):
    """An answer of status 2xx; ``url`` is where it came from in the end."""

    url: str
    data: bytes


class Fetcher:
    """A client for documents, as an async context manager."""

    def __init__(self, config: IngestConfig, access: Access | None = None) -> None:
        self._config = config
        self._access = access

    async def __aenter__(self) -> Self:
        timeout = aiohttp.ClientTimeout(total=self._config.fetch_timeout_ms / 1000)
        context: ssl.SSLContext | bool = True
        if self._config.ca_file:
            try:
                context = ssl.create_default_context(cafile=self._config.ca_file)
            except OSError as error:
                raise DocumentError(f"ingest.ca_file {self._config.ca_file}: cannot be used: {error.strerror or error}") from None
        connector = aiohttp.TCPConnector(ssl=context)
        middlewares = [self._access] if self._access is not None else []
        self._session = aiohttp.ClientSession(
            connector=connector, timeout=timeout, headers=_HEADERS, auto_decompress=False, middlewares=middlewares
        )
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self._session.close()

    async def fetch(self, url: str) -> Fetched:
        """Get one document. Raises ``Unreachable`` where there is no server that answers, ``DocumentError`` for a useless answer."""
        name = shown(url)
        try:
            async with self._session.get(url, max_redirects=MAX_REDIRECTS) as response:
                if not 200 <= response.status < 300:
                    hint = self._access.hint if self._access is not None and response.status in {401, 403} else ""
                    raise DocumentError(f"{name}: the server answers {response.status} {response.reason or ''}".rstrip() + hint)
                return Fetched(url=str(response.url), data=await self._body(response, name))
        except aiohttp.TooManyRedirects:
            raise DocumentError(f"{name}: more than {MAX_REDIRECTS} redirects; give the address they should end at") from None
        except (aiohttp.ClientConnectorCertificateError, aiohttp.ClientConnectorSSLError, ssl.SSLError) as error:
            why = getattr(error, "certificate_error", None) or error
            raise Unreachable(f"{name}: no secure connection: {why}; ingest.ca_file may name the authority to trust") from None
        except aiohttp.ClientConnectorDNSError as error:
            raise Unreachable(f"{name}: the host {error.host} is not known") from None
        except aiohttp.ClientConnectorError as error:
            why = _reason(error.os_error)
            raise Unreachable(f"{name}: no connection to {error.host}:{error.port}: {why}; is the server running?") from None
        except TimeoutError:
            raise Unreachable(f"{name}: no complete answer within {self._config.fetch_timeout_ms} ms (ingest.fetch_timeout_ms)") from None
        except aiohttp.NonHttpUrlRedirectClientError as error:
            raise DocumentError(f"{name}: it redirects to {shown(str(error))}, which is no http or https address") from None
        except (aiohttp.InvalidUrlRedirectClientError, aiohttp.RedirectClientError):
            raise DocumentError(f"{name}: it redirects to an address that is no URL") from None
        except aiohttp.InvalidURL:
            raise Unreachable(f"{name}: this is not a URL that can be fetched") from None
        except aiohttp.ClientPayloadError:
            raise Unreachable(f"{name}: the connection ended before the answer was complete") from None
        except aiohttp.ClientError as error:
            raise Unreachable(f"{name}: the server does not speak proper HTTP: {type(error).__name__}: {error}") from None
        except ValueError:  # the last, for some of the errors above are ValueErrors as well
            raise Unreachable(f"{name}: this is not a URL that can be fetched") from None

    async def _body(self, response: aiohttp.ClientResponse, name: str) -> bytes:
        """The body, decompressed here so that a small answer cannot become a huge one before it is counted."""
        encoding = response.headers.get("Content-Encoding", "identity").lower()
        if encoding not in ("gzip", "x-gzip", "deflate", "identity"):
            raise DocumentError(f"{name}: the content encoding {encoding!r} is not understood")
        inflater = zlib.decompressobj(wbits=47) if encoding != "identity" else None  # 47: gzip or zlib, whichever it is
        found = bytearray()
        async for chunk in response.content.iter_chunked(_CHUNK_BYTES):
            room = self._config.document_cap_bytes + 1 - len(found)
            try:
                found += inflater.decompress(chunk, room) if inflater else chunk
            except zlib.error as error:
                raise DocumentError(f"{name}: the body is not {encoding} as its header says: {error}") from None
            if len(found) > self._config.document_cap_bytes:
                raise too_large(name, self._config.document_cap_bytes)
        if inflater and not inflater.eof:
            raise DocumentError(f"{name}: the body ends before its {encoding} data does")
        return bytes(found)


def _reason(error: OSError) -> str:
    """Why there is no connection, in the system's words; the event loop's own are less clear or none at all."""
    if isinstance(error.errno, int) and error.errno > 0:
        return os.strerror(error.errno)
    return error.strerror or str(error) or "it was closed before anything was said (https to a port that speaks http?)"
