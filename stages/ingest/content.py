"""Media types: the ``content`` of bodies and answers, encodings, headers."""

import re
from typing import Any

from pipeline.messages import Encoding, Header, MediaType, Value
from stages.ingest.documents import Node
from stages.ingest.examples import examples_of, usable
from stages.ingest.reading import Reading

_MEDIA_TYPE = re.compile(r"\s*([!#$%&'*+.^_`|~0-9A-Za-z-]+/[!#$%&'*+.^_`|~0-9A-Za-z-]+)\s*(;.*)?", re.DOTALL)
_MEANT = {
    "*": "*/*",
    "form-data": "multipart/form-data",
    "html": "text/html",
    "json": "application/json",
    "text": "text/plain",
    "x-www-form-urlencoded": "application/x-www-form-urlencoded",
    "xml": "application/xml",
}
_STYLING = frozenset({"style", "explode", "allowReserved"})
TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 9110, 5.6.2
NO_SCHEMA_KEYS = frozenset({"name", "in", "description", "required", "collectionFormat", "allowEmptyValue", "example", "examples"})


def media_type_of(reading: Reading, node: Node, written: str) -> str:
    """A media type as it is to be sent; "" and a problem where the text is none."""
    if _MEDIA_TYPE.fullmatch(written) and written.isprintable():
        return written.strip()
    meant = _MEANT.get(written.strip().lower(), "")
    done = f"it is read as {meant}" if meant else "it is left out"
    reading.problem(node, "bad-media-type", f"{written!r} is no media type; {done}")
    return meant


def content_of(reading: Reading, node: Node) -> list[MediaType]:
    """The media types of a ``content`` map (OpenAPI 3), sorted by name."""
    found: dict[str, MediaType] = {}
    for written, entry in reading.objects(node, "content"):
        name = media_type_of(reading, entry, written)
        if not name:
            continue
        schema = reading.schemas.of(entry.child("schema")) if entry.value.get("schema") is not None else None
        found[name] = MediaType(media_type=name, schema=schema, examples=examples_of(reading, entry), encoding=_encodings(reading, entry))
    return [found[name] for name in sorted(found)]


def produced(reading: Reading, response: Node, media_types: list[str]) -> list[MediaType]:
    """The media types of an answer of OpenAPI 2.0: its one schema under every type that is produced."""
    examples: dict[str, Value] = {}
    if isinstance(response.value.get("examples"), dict):
        examples = response.value["examples"]
    if response.value.get("schema") is None:
        return []
    node = response.child("schema")
    schema = reading.schemas.of(node.sibling(with_file(node.value)) if isinstance(node.value, dict) else node)
    found: list[MediaType] = []
    for name in sorted(set(media_types) or {"application/json"}):
        values = [examples[name]] if name in examples else []
        found.append(MediaType(media_type=name, schema=schema, examples=usable(reading, response, values)))
    return found


def headers_of(reading: Reading, node: Node, *, with_examples: bool = False) -> list[Header]:
    """The documented headers of an answer or a part, sorted by name; Content-Type says what ``content`` says (3.1, 4.8.17).

    ``with_examples``: the headers are to be sent, so their own examples go with their schemas.
    """
    found: list[Header] = []
    for name, entry in reading.objects(node, "headers"):
        if name.lower() == "content-type":
            continue
        if not TOKEN.fullmatch(name):
            reading.problem(entry, "bad-header-name", f"{name!r} cannot be the name of a header (RFC 9110, 5.6.2); it is left out")
            continue
        schema = schema_of(reading, entry)
        if with_examples and (examples := examples_of(reading, entry)):
            schema = {"allOf": [schema], "examples": examples}
        found.append(Header(name=name, schema=schema, required=reading.flag(entry, "required")))
    return found


def schema_of(reading: Reading, node: Node) -> Any:
    """The schema of a parameter or header: its ``schema``, that of its ``content``, or (2.0) its own keywords."""
    if node.value.get("schema") is not None:
        return reading.schemas.of(node.child("schema"))
    for _, entry in reading.objects(node, "content"):
        return reading.schemas.of(entry.child("schema")) if "schema" in entry.value else True
    own = {key: value for key, value in node.value.items() if key not in NO_SCHEMA_KEYS}
    made = reading.schemas.of(node.sibling(own))
    return True if made == {} else made


def with_file(schema: dict[str, Any]) -> dict[str, Any]:
    """A schema with ``type: file`` (OpenAPI 2.0, 4.3.10) as binary text; any other as it is."""
    return {**schema, "type": "string", "format": "binary"} if schema.get("type") == "file" else schema


def _encodings(reading: Reading, node: Node) -> list[Encoding]:
    """Of multipart, style, explode and allowReserved count since 3.1, where one of them stands there (OpenAPI 3.1, 4.8.15.1)."""
    found: list[Encoding] = []
    for name, entry in reading.objects(node, "encoding"):
        style = reading.string(entry, "style") or "form"
        found.append(
            Encoding(
                name=name,
                content_type=reading.string(entry, "contentType"),
                style=style,
                explode=reading.flag(entry, "explode", default=style == "form"),
                allow_reserved=reading.flag(entry, "allowReserved"),
                styled=reading.version == "3.1" and not _STYLING.isdisjoint(entry.value),
                headers=headers_of(reading, entry, with_examples=True),
            )
        )
    return found
