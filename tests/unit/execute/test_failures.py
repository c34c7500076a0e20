"""What a client's errors are called, and what their texts tell."""

import socket
import ssl
from typing import Any

import aiohttp
import pytest
from aiohttp.client_reqrep import ConnectionKey
from aiohttp.http_exceptions import ContentEncodingError, LineTooLong, TransferEncodingError

from pipeline.messages import Request
from stages.execute.client.client import _text
from stages.execute.client.failures import kind_of
from stages.execute.outgoing import Outgoing

KEY = ConnectionKey("host", 80, is_ssl=False, ssl=True, proxy=None, proxy_auth=None, proxy_headers_hash=None)


def caused(error: Exception, cause: Exception) -> Exception:
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (aiohttp.ClientConnectorDNSError(KEY, socket.gaierror(-2, "unknown name")), "dns"),
        (aiohttp.ClientConnectorError(KEY, ConnectionRefusedError(111, "refused")), "refused"),
        (aiohttp.ClientConnectorCertificateError(KEY, ssl.CertificateError("bad")), "tls"),
        (aiohttp.ClientConnectorSSLError(KEY, ssl.SSLError(1, "bad")), "tls"),
        (aiohttp.ConnectionTimeoutError("slow"), "timeout"),
        (TimeoutError(), "timeout"),
        (aiohttp.ServerDisconnectedError(), "reset"),
        (aiohttp.ClientOSError(104, "reset"), "reset"),
        (aiohttp.ClientPayloadError("not complete"), "reset"),
        (caused(aiohttp.ClientPayloadError("x"), ContentEncodingError("bad gzip")), "malformed"),
        (caused(aiohttp.ClientPayloadError("x"), TransferEncodingError("bad chunk")), "malformed"),
        (LineTooLong(b"x", 5), "malformed"),
        (ValueError("bad header"), "unserialisable"),
        (KeyError("a fault of ours"), None),
        (RuntimeError("a fault of ours"), None),
    ],
)
def test_kinds_of_failures(error: Exception, kind: Any) -> None:
    """Each error of the network or the target has one kind; a fault of ours has none and is not swallowed."""
    assert kind_of(error) == kind


def test_texts_of_errors() -> None:
    """One line, no credential, bounded, and nothing that a store could not take."""
    shown = Request(method="GET", url="http://h/a?key=${alice}")
    request = Outgoing("GET", "http://h", "/a?key=s3c", [], None, shown)
    assert _text(ValueError("no\n http://h/a?key=s3c \ud800"), request) == "ValueError: no http://h/a?key=${alice} ?"
    assert len(_text(ValueError("x" * 10_000), request)) == 500
