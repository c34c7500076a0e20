"""aiohttp, set up so that nothing happens behind our back: no proxy of the environment, no cookies kept, no hidden second sending."""

import ssl
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
from aiohttp.client_proto import ResponseHandler
from aiohttp.client_reqrep import ClientRequest, ClientResponse
from aiohttp.connector import Connection
from aiohttp.tracing import Trace
from yarl import URL

from pipeline.errors import ConfigError
from stages.execute.config import ExecuteConfig


class Dropped(Exception):
    """The connection ended before an answer; ``reused``: it had served another request before. The cause is chained."""

    def __init__(self, *, reused: bool) -> None:
        super().__init__("the connection ended before an answer")
        self.reused = reused


class _Request(ClientRequest):
    """Writes its body whole, whatever its headers say of the length: a case may want it said wrong."""

    on_reused_connection = False

    def _get_content_length(self) -> None:
        return None


class _Connector(aiohttp.TCPConnector):
    """Tells a request whether its connection is a fresh one."""

    _created = 0

    async def _create_connection(self, req: ClientRequest, traces: list[Trace], timeout: aiohttp.ClientTimeout) -> ResponseHandler:  # noqa: ASYNC109  # aiohttp's signature
        self._created += 1
        return await super()._create_connection(req, traces, timeout)

    async def connect(self, req: ClientRequest, traces: list[Trace], timeout: aiohttp.ClientTimeout) -> Connection:  # noqa: ASYNC109  # aiohttp's signature
        # A kept connection is handed out without waiting, so another request's new one cannot be counted here by mistake.
        before = self._created
        connection = await super().connect(req, traces, timeout)
        if isinstance(req, _Request):
            req.on_reused_connection = before == self._created
        return connection


class _Response(ClientResponse):
    """Gives up the connection that brought a 5xx: servers that meet an unexpected error often close it behind the answer, and the next
    request on it would look dropped."""

    async def start(self, connection: Connection) -> ClientResponse:
        protocol = connection.protocol
        await super().start(connection)
        if self.status >= 500 and protocol is not None:
            if self.content.is_eof():
                protocol.close()  # it is back among the kept ones already
            else:
                protocol.force_close()
        return self


async def _no_hidden_retry(request: ClientRequest, handler: Callable[[ClientRequest], Awaitable[ClientResponse]]) -> ClientResponse:
    """aiohttp sends idempotent requests again after any lost connection; whether that is right is for ``Client`` to decide."""
    try:
        return await handler(request)
    except aiohttp.ClientConnectorError:
        raise
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as error:
        raise Dropped(reused=isinstance(request, _Request) and request.on_reused_connection) from error


def session(config: ExecuteConfig, *, keep_connections: bool) -> aiohttp.ClientSession:
    """A session by the config. Raises ``ConfigError`` for certificates that cannot be read."""
    per_host = config.connections_per_host or config.concurrency
    kept: dict[str, Any] = {"keepalive_timeout": config.idle_connection_ms / 1000} if keep_connections else {"force_close": True}
    return aiohttp.ClientSession(
        connector=_Connector(limit=0, limit_per_host=per_host, ssl=tls(config), **kept),
        request_class=_Request,
        response_class=_Response,
        middlewares=(_no_hidden_retry,),
        cookie_jar=aiohttp.DummyCookieJar(),
        trust_env=False,
        proxy=URL(config.proxy) if config.proxy else None,
        timeout=request_timeout(config),
        max_line_size=config.header_cap_bytes,
        max_field_size=config.header_cap_bytes,
        max_headers=1024,
    )


def request_timeout(config: ExecuteConfig) -> aiohttp.ClientTimeout:
    """The configured time limits of one request. aiohttp takes ``timeout=None`` for "no limit", so a request names them."""
    return aiohttp.ClientTimeout(total=config.timeout_ms / 1000, sock_connect=config.connect_timeout_ms / 1000)


def tls(config: ExecuteConfig) -> ssl.SSLContext | bool:
    """How certificates are checked and shown. Raises ``ConfigError``."""
    if not config.ca_file and config.client_cert is None:
        return config.verify_tls
    context = ssl.create_default_context()
    try:
        if config.ca_file:
            context.load_verify_locations(config.ca_file)
        if certificate := config.client_cert:
            context.load_cert_chain(certificate.cert_file, certificate.key_file or None, certificate.key_password or None)
    except (OSError, ValueError) as error:
        raise ConfigError(f"execute: the files of ca_file and client_cert cannot be used: {error}") from error
    if not config.verify_tls:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context
