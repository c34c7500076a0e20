"""XML bodies by OpenAPI's ``xml`` object (OpenAPI 3.1, 4.8.26): name, attribute, wrapped, namespace, prefix."""

import re
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from msgspec.msgpack import Ext

from pipeline.messages import EXT_RAW
from stages.execute.serialise.schemas import Schemas
from stages.execute.serialise.text import Unserialisable, plain

# What an XML 1.0 document cannot hold, not even as a character reference (XML 1.0, 2.2).
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_NAME = re.compile(r"[^\W\d][\w.-]*(:[^\W\d][\w.-]*)?")


def encode(value: Any, schema: Any, schemas: Schemas) -> bytes:
    """The document, UTF-8. The root is named by ``xml.name``, by the shared schema's name, or "root"."""
    try:
        text = _element(_root_name(schema, schemas), value, schema, schemas)
    except RecursionError:
        raise Unserialisable("the value is nested too deeply for XML") from None
    return b'<?xml version="1.0" encoding="UTF-8"?>' + text


def _root_name(schema: Any, schemas: Schemas) -> str:
    resolved, shared_name = schemas.resolve(schema)
    return str(_xml(resolved).get("name") or shared_name or "root")


def _element(name: str, value: Any, schema: Any, schemas: Schemas) -> bytes:
    resolved, _ = schemas.resolve(schema)
    tag = _tag(name, _xml(resolved))
    head = tag + _namespace(_xml(resolved))
    match value:
        case None:
            return f"<{head}/>".encode()
        case dict():
            attributes, content = _members(value, resolved, schemas)
            return f"<{head}".encode() + attributes + b">" + content + f"</{tag}>".encode()
        case list():
            return f"<{head}>".encode() + _items(name, value, resolved, schemas) + f"</{tag}>".encode()
        case _:
            return f"<{head}>".encode() + _text(value) + f"</{tag}>".encode()


def _members(value: dict[str, Any], schema: dict[str, Any], schemas: Schemas) -> tuple[bytes, bytes]:
    attributes, content = b"", b""
    for key, item in value.items():
        part = schemas.property(schema, key)
        resolved, _ = schemas.resolve(part)
        xml = _xml(resolved)
        name = str(xml.get("name") or key)
        if xml.get("attribute") and not isinstance(item, list | dict):
            if item is not None:
                attributes += f" {_tag(name, xml)}{_namespace(xml)}=".encode() + _quoted(item)
        elif isinstance(item, list) and not xml.get("wrapped"):
            content += _items(name, item, resolved, schemas)
        else:
            content += _element(name, item, part, schemas)
    return attributes, content


def _items(name: str, value: list[Any], schema: dict[str, Any], schemas: Schemas) -> bytes:
    """The elements of an array, without a wrapper; their own ``xml.name`` wins over the array's name."""
    items = schemas.items(schema)
    resolved, _ = schemas.resolve(items)
    item_name = str(_xml(resolved).get("name") or name)
    return b"".join(_element(item_name, item, items, schemas) for item in value)


def _quoted(value: Any) -> bytes:
    """An attribute's value; raw bytes stand there as they are, whether or not they are UTF-8."""
    text = _text(value, escaped=False)
    is_raw = isinstance(value, Ext) and value.code == EXT_RAW
    return b'"' + text + b'"' if is_raw else quoteattr(text.decode()).encode()


def _text(value: Any, *, escaped: bool = True) -> bytes:
    if isinstance(value, Ext) and value.code == EXT_RAW:
        return bytes(value.data)
    text = plain(value)
    try:
        text = text.decode() if isinstance(text, bytes) else text
    except UnicodeDecodeError:
        raise Unserialisable("XML has no form for bytes that are not UTF-8") from None
    if _FORBIDDEN.search(text):
        raise Unserialisable("XML has no form for control characters and lone surrogates")
    return (escape(text) if escaped else text).encode()


def _xml(schema: dict[str, Any]) -> dict[str, Any]:
    xml = schema.get("xml")
    return xml if isinstance(xml, dict) else {}


def _tag(name: str, xml: dict[str, Any]) -> str:
    prefix = xml.get("prefix")
    tag = f"{prefix}:{name}" if prefix else name
    if not _NAME.fullmatch(tag):
        raise Unserialisable(f"{tag!r} is not a name in XML")
    return tag


def _namespace(xml: dict[str, Any]) -> str:
    if not (namespace := xml.get("namespace")):
        return ""
    prefix = xml.get("prefix")
    return f" xmlns{':' + str(prefix) if prefix else ''}={quoteattr(str(namespace))}"
