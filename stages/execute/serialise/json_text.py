"""JSON text of structured values, numbers exact to the digit."""

import json
from typing import Any

import msgspec
from msgspec import Raw
from msgspec.msgpack import Ext

from pipeline.messages import EXT_DECIMAL, EXT_INTEGER, EXT_RAW, EXT_TEXT, EXT_VARIABLE
from stages.execute.serialise.text import UnknownVariable, Unserialisable


def encode(value: Any) -> bytes:
    """The value as compact JSON, UTF-8. Binary data becomes base64 text, extension 4 stands as it is (the text may then be no JSON)."""
    if isinstance(value, Ext):
        return bytes(_extension(value))
    try:
        return _encoder.encode(value)
    except UnicodeEncodeError:
        raise Unserialisable("a string with lone surrogates that is not marked as such") from None
    except RecursionError:
        raise Unserialisable("the value is nested too deeply for JSON text") from None


def _extension(value: Any) -> Raw:
    if isinstance(value, Ext):
        if value.code in {EXT_INTEGER, EXT_DECIMAL, EXT_RAW}:
            return Raw(bytes(value.data))
        if value.code == EXT_TEXT:
            return Raw(json.dumps(bytes(value.data).decode("utf-8", "surrogatepass")).encode("ascii"))
        if value.code == EXT_VARIABLE:
            raise UnknownVariable(bytes(value.data).decode("utf-8", "replace"))
    raise Unserialisable(f"JSON has no form for {type(value).__name__}")


_encoder = msgspec.json.Encoder(enc_hook=_extension)
