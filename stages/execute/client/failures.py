"""Why an answer did not come, in the words of ``NoReply``."""

import ssl
from typing import Literal, TypeAlias

import aiohttp
from aiohttp.http_exceptions import ContentEncodingError, HttpProcessingError, TransferEncodingError

Kind: TypeAlias = Literal["refused", "reset", "timeout", "tls", "malformed", "dns", "unserialisable"]

UNSENT: frozenset[str] = frozenset({"refused", "dns", "tls"})
"""Kinds that mean that no byte of the request reached the target."""


def kind_of(error: BaseException) -> Kind | None:
    """The kind of a failed request; None for an error that is not the network's or the target's."""
    match error:
        case aiohttp.ClientConnectorDNSError():
            return "dns"
        case aiohttp.ClientConnectorCertificateError() | aiohttp.ClientSSLError() | ssl.SSLError():
            return "tls"
        case TimeoutError():
            return "timeout"
        case aiohttp.ClientConnectorError() | aiohttp.ClientProxyConnectionError():
            return "refused"
        case aiohttp.ClientPayloadError() if _is_broken_coding(error):
            return "malformed"
        case aiohttp.ClientPayloadError() | aiohttp.ClientOSError() | aiohttp.ServerDisconnectedError():
            return "reset"
        case aiohttp.ClientHttpProxyError():
            return "refused"
        case aiohttp.ClientResponseError() | HttpProcessingError():
            return "malformed"
        case aiohttp.InvalidURL() | ValueError():
            return "unserialisable"
        case aiohttp.ClientConnectionError() | ConnectionError():
            return "reset"
        case aiohttp.ClientError():
            return "malformed"
        case _:
            return None


def _is_broken_coding(error: BaseException) -> bool:
    """A body whose chunks or compression are wrong, as opposed to one that ends early."""
    cause = error.__cause__ or error.__context__
    return isinstance(cause, ContentEncodingError) or (isinstance(cause, TransferEncodingError) and "Not enough data" not in str(cause))
