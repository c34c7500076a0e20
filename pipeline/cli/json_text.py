"""Messages as JSON text: what JSON has no form for is written as the agent protocol's JSON encoding writes it."""

import base64
from typing import Any

import msgspec
from msgspec.msgpack import Ext


def encoded(value: Any) -> str:
    """One line. ``Ext`` values are {"$ext": [code, base64]}, bytes {"$bin": base64} (native/PROTOCOL.md, section 1)."""
    return msgspec.json.encode(plain(msgspec.to_builtins(value, builtin_types=(bytes, Ext)))).decode()


def plain(value: Any) -> Any:
    match value:
        case Ext(code=code, data=data):
            return {"$ext": [code, base64.b64encode(bytes(data)).decode()]}
        case bytes():
            return {"$bin": base64.b64encode(value).decode()}
        case dict():
            return {key: plain(item) for key, item in value.items()}
        case list() | tuple():
            return [plain(item) for item in value]
        case _:
            return value
