"""Access to documents that are not for everybody: ingest asks for them, and here, where credentials are, its requests get the target's."""

from collections.abc import Mapping
from urllib.parse import urlsplit

import aiohttp
from yarl import URL


class DocumentAccess:
    """Headers that go with every request to one origin and to no other, wherever redirects lead."""

    def __init__(self, origin: URL | None = None, headers: Mapping[str, str] | None = None) -> None:
        self._headers = dict(headers or {})
        self._origin = origin

    async def __call__(self, request: aiohttp.ClientRequest, send: aiohttp.ClientHandlerType) -> aiohttp.ClientResponse:
        """The client middleware: aiohttp asks it anew for every hop."""
        if self._origin is not None and request.url.origin() == self._origin:
            request.headers.update(self._headers)
        return await send(request)

    @property
    def hint(self) -> str:
        """What to do where a document was refused and there are credentials that were kept back."""
        return "; with --url of the same server it is asked for with the run's headers" if self._headers and self._origin is None else ""


def document_access(headers: Mapping[str, str], spec: str, url: str) -> DocumentAccess:
    """That of a run with these fixed headers: a document may lie anywhere, so they go only to where ``url`` is, or to the server that
    ``spec`` names as such (its address without a path), which is the target then."""
    try:
        named = url or (spec if urlsplit(spec).path in ("", "/") else "")
        return DocumentAccess(URL(named).origin() if named else None, headers)
    except ValueError:
        return DocumentAccess(None, headers)
