"""XML bodies by OpenAPI's ``xml`` object (OpenAPI 3.1, 4.8.26): name, attribute, wrapped, namespace, prefix."""

import codecs
import re
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from msgspec.msgpack import Ext

from pipeline.messages import EXT_RAW
from stages.execute.serialise.schemas import Schemas
from stages.execute.serialise.text import Unserialisable, plain
from stages.execute.serialise.xml_names import Attribute, Scope, Start, possible

_ENCODING_NAME = re.compile(r"[A-Za-z][A-Za-z0-9._-]*")  # XML 1.0, 4.3.3


def encode(value: Any, schema: Any, schemas: Schemas, charset: str = "UTF-8") -> bytes:
    """The document, in the character set that its media type names; characters that this does not have are references.

    The root is named by ``xml.name``, by the shared schema's name, or "root".
    """
    document = _Document(schemas)
    try:
        document.element(str(schemas.xml(schema).get("name") or schemas.name(schema) or "root"), value, schema, {})
    except RecursionError:
        raise Unserialisable("the value is nested too deeply for XML") from None
    return _encoded([f'<?xml version="1.0" encoding="{charset}"?>', *document.pieces], document.names, charset)


def _encoded(pieces: list[str | bytes], names: set[str], charset: str) -> bytes:
    if not _ENCODING_NAME.fullmatch(charset):
        raise Unserialisable(f"{charset!r} is not the name of a character set in XML")
    try:
        for name in names:  # in a name no reference can stand for a character
            name.encode(charset)
        encoder = codecs.getincrementalencoder(charset)("xmlcharrefreplace")
        written = [piece if isinstance(piece, bytes) else encoder.encode(piece) for piece in pieces]
        return b"".join([*written, encoder.encode("", final=True)])
    except (UnicodeEncodeError, LookupError):
        raise Unserialisable(f"the document has no form in the character set {charset!r}") from None


class _Document:
    """What is written of a document: ``pieces`` to be encoded (bytes stand as they are), and the ``names`` in them."""

    def __init__(self, schemas: Schemas) -> None:
        self._schemas = schemas
        self.pieces: list[str | bytes] = []
        self.names: set[str] = set()

    def element(self, name: str, value: Any, schema: Any, around: Scope) -> None:
        """One element; a ``xml.name`` is in ``name`` already."""
        named = self._members(value, schema) if isinstance(value, dict) else []
        attributes = [
            Attribute(called, xml, _quoted(item)) for called, item, _, xml in named if _is_attribute(xml, item) and item is not None
        ]
        start = Start(name, self._schemas.xml(schema), attributes, around)
        self.names |= start.names
        self.pieces += start.pieces
        if value is None:
            self.pieces.append("/>")
            return
        self.pieces.append(">")
        if isinstance(value, dict):
            for called, item, part, xml in named:
                if isinstance(item, list) and not xml.get("wrapped"):
                    self._items(called, item, part, start.scope)
                elif not _is_attribute(xml, item):
                    self.element(called, item, part, start.scope)
        elif isinstance(value, list):
            self._items(name, value, schema, start.scope)
        else:
            self.pieces.append(_text(value))
        self.pieces.append(f"</{start.name}>")

    def _members(self, value: dict[str, Any], schema: Any) -> list[tuple[str, Any, Any, dict[str, Any]]]:
        """Of every property what it is called, its value, schema and ``xml`` object. The name of an array that is not wrapped says
        nothing: there is no element of it."""
        found = []
        for key, item in value.items():
            part = self._schemas.property(schema, key)
            xml = self._schemas.xml(part)
            is_bare = isinstance(item, list) and not xml.get("wrapped")
            found.append((key if is_bare else str(xml.get("name") or key), item, part, xml))
        return found

    def _items(self, name: str, value: list[Any], schema: Any, around: Scope) -> None:
        """The elements of an array, without a wrapper, which has the ``name``; their own ``xml.name`` wins over it."""
        items = self._schemas.items(schema)
        item_name = str(self._schemas.xml(items).get("name") or name)
        for item in value:
            self.element(item_name, item, items, around)


def _is_attribute(xml: dict[str, Any], value: Any) -> bool:
    return bool(xml.get("attribute")) and not isinstance(value, list | dict)


def _quoted(value: Any) -> str | bytes:
    """An attribute's value; raw bytes stand there as they are, whatever the character set."""
    text = _text(value, escaped=False)
    return b'"' + text + b'"' if isinstance(text, bytes) else quoteattr(text)


def _text(value: Any, *, escaped: bool = True) -> str | bytes:
    if isinstance(value, Ext) and value.code == EXT_RAW:
        return bytes(value.data)
    text = plain(value)
    try:
        text = text.decode() if isinstance(text, bytes) else text
    except UnicodeDecodeError:
        raise Unserialisable("XML has no form for bytes that are not UTF-8") from None
    return escape(possible(text)) if escaped else possible(text)
