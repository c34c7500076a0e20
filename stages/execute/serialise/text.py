"""Single values as text, and the ways to quote that text for its place on the wire."""

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any, TypeAlias
from urllib.parse import quote, quote_from_bytes, quote_plus

from msgspec.msgpack import Ext

from pipeline.messages import EXT_DECIMAL, EXT_INTEGER, EXT_RAW, EXT_TEXT, EXT_VARIABLE

Quoting: TypeAlias = Callable[[str | bytes], str]


class Unserialisable(Exception):
    """A value that has no form in its place; the text says which and why."""


class UnknownVariable(Exception):
    """A variable that no earlier step of the case has filled."""


_RESERVED = ":/?#[]@!$&'()*+,;="
_TRIPLET = re.compile(r"(%[0-9A-Fa-f]{2})")
# In a query these would end the value, begin another parameter, or be read as a space.
_RESERVED_IN_QUERY = "".join(character for character in _RESERVED if character not in "#&+")
_NAME_SAFE = "$:@!*'(),/?"
# RFC 6265, 4.1.1 cookie-octet; "%" is quoted for the sake of servers that decode.
_COOKIE_SAFE = "!#$&'()*+-./:<=>?@[]^_`{|}~"
_HEADER_FORBIDDEN = re.compile("[\x00\r\n\ud800-\udfff]")


def percent(text: str | bytes) -> str:
    """Everything but RFC 3986's unreserved characters percent-encoded, as UTF-8."""
    if isinstance(text, bytes):
        return quote_from_bytes(text, safe="")
    if text.isascii() and text.isalnum():
        return text
    return quote(text, safe="")


def percent_path(text: str | bytes) -> str:
    """``percent`` for a whole path segment: "." and ".." are encoded too, or they would be taken for steps (RFC 3986, 5.2.4)."""
    quoted = percent(text)
    return quoted.replace(".", "%2E") if quoted in {".", ".."} else quoted


def percent_reserved(text: str | bytes) -> str:
    """RFC 6570's reserved expansion: reserved characters and percent-encoded triplets stay, but what would break a query."""
    if isinstance(text, bytes):
        return quote_from_bytes(text, safe=_RESERVED_IN_QUERY)
    parts = _TRIPLET.split(text)
    return "".join(part if index % 2 else quote(part, safe=_RESERVED_IN_QUERY) for index, part in enumerate(parts))


@lru_cache(maxsize=4096)  # documents have few names, and every request repeats them
def percent_name(text: str) -> str:
    """A parameter's name in a query; brackets are encoded, what OData and its like put into names is not."""
    return quote(text, safe=_NAME_SAFE)


def form_text(text: str | bytes) -> str:
    """application/x-www-form-urlencoded: like ``percent``, with "+" for a space."""
    return quote_plus(text, safe="*")


def cookie_text(text: str | bytes) -> str:
    """A cookie's value: what cookies cannot hold percent-encoded, so that decoding and non-decoding servers read the same."""
    return quote(text, safe=_COOKIE_SAFE)


def header_text(text: str | bytes) -> str:
    """A header's value, unquoted. Raises ``Unserialisable`` for what would end the header or is not UTF-8."""
    if isinstance(text, bytes):
        text = utf8(text, "a header")
    if _HEADER_FORBIDDEN.search(text):
        raise Unserialisable("a header cannot hold CR, LF, NUL or lone surrogates")
    return text


def utf8(raw: bytes, place: str) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        raise Unserialisable(f"bytes that are not UTF-8 cannot stand in {place}") from None


def plain(value: Any) -> str | bytes:
    """The text of a primitive before quoting; bytes where it is binary, or a string with lone surrogates."""
    match value:
        case str() | bytes():
            return value
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case float():
            return repr(value)
        case None:
            return "null"
        case Ext():
            return _plain_extension(value)
        case _:
            raise Unserialisable(f"{_kind(value)} inside a value that has no form for nesting")


def _plain_extension(value: Ext) -> str | bytes:
    match value.code:
        case code if code in {EXT_INTEGER, EXT_DECIMAL}:
            return utf8(bytes(value.data), "a number")
        case code if code in {EXT_TEXT, EXT_RAW}:
            return bytes(value.data)
        case code if code == EXT_VARIABLE:
            raise UnknownVariable(bytes(value.data).decode("utf-8", "replace"))
        case code:
            raise Unserialisable(f"no meaning is known for extension code {code}")


def quoted(value: Any, quoting: Quoting) -> str:
    """A primitive as it stands on the wire; extension 4 goes through as it is."""
    if isinstance(value, str):
        try:
            return quoting(value)
        except UnicodeEncodeError:
            raise Unserialisable("a string with lone surrogates that is not marked as such") from None
    if isinstance(value, Ext) and value.code == EXT_RAW:
        return utf8(bytes(value.data), "a request head")
    if isinstance(value, int):
        return quoting("true" if value is True else "false" if value is False else str(value))
    return quoting(plain(value))


def is_nested(value: Any) -> bool:
    return isinstance(value, list | dict)


def _kind(value: Any) -> str:
    match value:
        case list():
            return "an array"
        case dict():
            return "an object"
        case _:
            return f"a {type(value).__name__}"
