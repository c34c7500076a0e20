"""Headers of the parts of a multipart body (OpenAPI 3.1, 4.8.15): a value for those that the document requires, and for some of the others.

No case holds values for them: they are made here, of the header's schema alone, so that equal cases stay equal requests.
"""

import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import Any

from pipeline.messages import Header
from stages.execute.serialise.schemas import Schemas
from stages.execute.serialise.style import members
from stages.execute.serialise.text import Unserialisable, header_text, is_nested, plain

_OWN = frozenset({"content-disposition", "content-type"})  # what the part says of itself
_FORMATS = {
    "date": "2024-05-17",
    "date-time": "2024-05-17T12:30:00Z",
    "email": "sample@example.com",
    "time": "12:30:00Z",
    "uri": "https://example.com/sample",
    "uuid": "00000000-0000-4000-8000-000000000000",
}
_DEPTH = 8
_LONGEST = 1024  # characters, items: servers take no longer headers
_FORBIDDEN = re.compile("[\x00-\x08\x0a-\x1f\x7f]")


def lines(headers: Iterable[Header], schemas: Schemas, mark: int) -> Iterator[str]:
    """The required headers, each as a line with its end; of the others those that have a documented value and their bit in ``mark``."""
    for index, header in enumerate(headers):
        if header.name.lower() in _OWN:
            continue
        if header.required:
            yield f"{header.name}: {_text(header, _values(header.schema, schemas, _DEPTH))}\r\n"
        elif mark >> (index % 16 + 8) & 1:
            with suppress(Unserialisable):
                yield f"{header.name}: {_text(header, _documented(header.schema, schemas, _DEPTH))}\r\n"


def _text(header: Header, values: Iterable[Any]) -> str:
    """The first value that can stand in a header, in style simple."""
    for value in values:
        if is_nested(value):
            pairs = [single for key, item in members(value) for single in ((key, item) if isinstance(value, dict) else (item,))]
            written = ",".join(_plain(single) for single in pairs)
        else:
            written = _plain(value)
        if not _FORBIDDEN.search(written):
            return header_text(written.strip())
    raise Unserialisable(f"nothing that the document allows for the part header {header.name} can stand in a header")


def _plain(value: Any) -> str:
    text = plain(value)
    return text.decode("utf-8", "replace") if isinstance(text, bytes) else text


def _values(schema: Any, schemas: Schemas, depth: int) -> Iterator[Any]:
    """What the document names for it, else the simplest value."""
    resolved, _ = schemas.resolve(schema)
    yield from _named(resolved)
    if "const" not in resolved and "enum" not in resolved:
        yield _simplest(resolved, schemas, depth)


def _documented(schema: Any, schemas: Schemas, depth: int) -> Iterator[Any]:
    """What the document names for it, if only in what it refers to or combines."""
    resolved, _ = schemas.resolve(schema)
    yield from _named(resolved)
    for branch in resolved.get("allOf") or () if depth else ():
        yield from _documented(branch, schemas, depth - 1)


def _named(resolved: dict[str, Any]) -> Iterator[Any]:
    if "example" in resolved:
        yield resolved["example"]
    yield from resolved.get("examples") or ()
    for keyword in ("default", "const"):
        if keyword in resolved:
            yield resolved[keyword]
    yield from resolved.get("enum") or ()


def _simplest(schema: dict[str, Any], schemas: Schemas, depth: int) -> Any:
    for keyword in ("allOf", "oneOf", "anyOf"):
        for branch in schema.get(keyword) or ():
            if depth and "type" not in schema:
                return next(_values(branch, schemas, depth - 1), "sample")
    kinds = schema.get("type", "string")
    match next((kind for kind in kinds if kind != "null"), "string") if isinstance(kinds, list) else kinds:
        case "boolean":
            return True
        case "integer" | "number":
            return schema.get("minimum", schema.get("maximum", 1))
        case "array" if depth:
            return [next(_values(schemas.items(schema), schemas, depth - 1), "sample")] * max(_count(schema.get("minItems")), 1)
        case "object" if depth:
            return {
                name: next(_values(schemas.property(schema, name), schemas, depth - 1), "sample") for name in schema.get("required", ())
            }
        case _:
            text = _FORMATS.get(schema.get("format", ""), "sample")
            low = _count(schema.get("minLength"))
            if len(text) < low:
                return (text * (low // len(text) + 1))[:low]
            return text[: _count(schema["maxLength"])] if "maxLength" in schema else text


def _count(value: Any) -> int:
    return min(value, _LONGEST) if isinstance(value, int) else 0 if value is None else _LONGEST
