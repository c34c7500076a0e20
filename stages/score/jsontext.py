"""JSON bodies to values and back to the exact values of messages (native/PROTOCOL.md, section 4)."""

import json
from decimal import Decimal
from typing import Any, Final

import msgspec
from msgspec.msgpack import Ext

from pipeline.messages import EXT_DECIMAL, EXT_INTEGER, EXT_TEXT
from stages.score import media


class NotJson(ValueError):
    """A body that is no JSON text; the message says what and where."""


class TooDeep(ValueError):
    """A body nested deeper than can be judged: no verdict on it."""


_decoder: Final = msgspec.json.Decoder(float_hook=Decimal)
_MAX_EXPONENT = 10_000
_BOM = b"\xef\xbb\xbf"


def parse(body: bytes, content_type: str = "") -> Any:
    """The value of a JSON text; numbers with a fraction or an exponent as Decimal. A byte order mark is ignored (RFC 8259, 8.1).

    Raises NotJson, and TooDeep where nesting goes beyond what can be judged.
    """
    try:
        return _decoder.decode(body)
    except RecursionError:
        raise TooDeep("nested too deeply to be judged") from None
    except (msgspec.DecodeError, UnicodeDecodeError):
        return _parse_slowly(body, content_type)


def _parse_slowly(body: bytes, content_type: str) -> Any:
    """The same for texts that the fast decoder refuses although the grammar holds them: other charsets, lone surrogate escapes."""
    encoding = media.charset(content_type) or "utf-8"
    try:
        text = body.removeprefix(_BOM).decode(encoding)
    except LookupError:
        raise NotJson(f"unknown charset {encoding}") from None
    except UnicodeDecodeError as error:
        raise NotJson(f"not {encoding}: {error.reason} at byte {error.start}") from None
    try:
        return json.loads(text, parse_float=Decimal, parse_constant=_no_constant)
    except RecursionError:
        raise TooDeep("nested too deeply to be judged") from None
    except json.JSONDecodeError as error:
        raise NotJson(f"{error.msg} at line {error.lineno} column {error.colno}") from None
    except ValueError as error:
        if isinstance(error, NotJson):
            raise
        raise TooDeep("a number too long to be judged") from None


def _no_constant(name: str) -> Any:
    raise NotJson(f"{name} is no JSON value")


def plain(value: Any) -> Any:
    """A message value with its extension values as ints, Decimals and strings, for validators and comparisons."""
    if isinstance(value, Ext):
        return _plain_ext(value)
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    return value


def _plain_ext(value: Ext) -> Any:
    data = bytes(value.data)
    if value.code == EXT_DECIMAL:
        return Decimal(data.decode("ascii"))
    if value.code == EXT_INTEGER:
        try:
            return int(data)
        except ValueError:  # more digits than int() takes
            return Decimal(data.decode("ascii"))
    if value.code == EXT_TEXT:
        return data.decode("utf-8", "surrogatepass")
    return value


def exact(scalar: Any) -> Any:
    """A scalar of a parsed body as a message value: integers past 64 bits, decimals and lone surrogates as extension values."""
    kind = type(scalar)
    if kind is str and scalar.isascii():
        return scalar
    if kind is bool or scalar is None:
        return scalar
    if kind is int:
        return scalar if -(2**63) <= scalar < 2**63 else Ext(EXT_INTEGER, str(scalar).encode("ascii"))
    if isinstance(scalar, Decimal):
        return _exact_decimal(scalar)
    try:
        scalar.encode("utf-8")
    except UnicodeEncodeError:
        return Ext(EXT_TEXT, scalar.encode("utf-8", "surrogatepass"))
    return scalar


def _exact_decimal(number: Decimal) -> Any:
    exponent = number.as_tuple().exponent
    if isinstance(exponent, int) and -_MAX_EXPONENT < exponent < _MAX_EXPONENT and number == number.to_integral_value():
        return exact(int(number))
    text = format(number, "f")
    if len(text.lstrip("-").replace(".", "")) > 20:
        text = format(number.normalize(), "E").replace("E+", "E")
    elif "." in text:
        text = text.rstrip("0")
    return Ext(EXT_DECIMAL, text.encode("ascii"))
