"""Addresses without the secrets that people put into them."""

import re
from urllib.parse import urlsplit, urlunsplit

WITHHELD = "${withheld}"

_USERINFO = re.compile(r"^([A-Za-z][A-Za-z0-9+.-]*://)[^/?#]*@")
_TELLING = re.compile(r"(token|key|secret|passw|pwd|auth|sig|credential|session)", re.IGNORECASE)


def telling(name: str) -> bool:
    """Whether a parameter's name says that its value is a secret."""
    return _TELLING.search(name) is not None


def url(address: str) -> str:
    """``address`` without user and password, and with the values of telling query parameters withheld. A file's name stays as it is."""
    if "://" not in address:
        return address
    address = _USERINFO.sub(r"\1", address)
    try:
        parts = urlsplit(address)
    except ValueError:  # no URL after all
        return address
    if not parts.query:
        return address
    pairs = [pair.partition("=") for pair in parts.query.split("&")]
    query = "&".join(f"{name}={WITHHELD}" if equals and telling(name) else name + equals + value for name, equals, value in pairs)
    return urlunsplit(parts._replace(query=query))
