"""multipart bodies (RFC 2046, 5.1; RFC 7578; OpenAPI 3.1, 4.8.14.4)."""

import hashlib
from typing import Any, NamedTuple
from zlib import crc32

from pipeline.messages import Encoding, MediaType
from stages.execute.serialise import part_headers, single
from stages.execute.serialise.json_text import encode as encode_json
from stages.execute.serialise.schemas import Schemas
from stages.execute.serialise.style import members
from stages.execute.serialise.text import Unserialisable, is_nested, plain

_DELIMITER = {"spaceDelimited": b" ", "pipeDelimited": b"|"}
_FILE_TYPE = "application/octet-stream"


class _Part(NamedTuple):
    """A part before it is written: a member of the body, or an item of one."""

    name: str
    value: Any
    schema: Any
    is_file: bool

    def mark(self) -> int:
        """A number that equal parts have in common, by which what the document leaves open is chosen."""
        written = self.value if isinstance(self.value, bytes) else encode_json(self.value)
        return crc32(b"%b\0%b" % (_utf8(self.name), written))


def encode(value: Any, media: MediaType | None, schemas: Schemas) -> tuple[bytes, str]:
    """The body and its boundary, which depends on nothing but the content."""
    if not isinstance(value, dict):
        raise Unserialisable("only an object has a form as multipart")
    encodings = {encoding.name: encoding for encoding in media.encoding} if media else {}
    schema = media.schema if media else None
    parts: list[bytes] = []
    for key, item in members(value):
        encoding = encodings.get(key)
        own = schemas.property(schema, key)
        if encoding and encoding.styled and is_nested(item) and not _has_bytes(item):
            extra = "".join(part_headers.lines(encoding.headers, schemas, _Part(key, item, own, is_file=False).mark()))
            parts.extend(_headed(name, text, extra) for name, text in _by_style(key, item, encoding))
            continue
        is_file = schemas.is_binary(own)
        singles = (
            [_Part(key, one, schemas.items(own), is_file) for one in item] if isinstance(item, list) else [_Part(key, item, own, is_file)]
        )
        parts.extend(_written(part, encoding, schemas) for part in singles if part.value is not None)
    boundary = _boundary(parts)
    return b"".join(b"--%b\r\n%b\r\n" % (boundary, part) for part in parts) + b"--%b--\r\n" % boundary, boundary.decode()


def _written(part: _Part, encoding: Encoding | None, schemas: Schemas) -> bytes:
    value = part.value
    mark = part.mark() if encoding else 0
    content_type = _chosen(encoding.content_type, mark) if encoding else ""
    extra = "".join(part_headers.lines(encoding.headers, schemas, mark)) if encoding else ""
    is_file = part.is_file or isinstance(value, bytes)
    if isinstance(value, bytes):
        content = value
    elif content_type:
        content = single.encode(value, content_type, part.schema, schemas)
    elif is_nested(value):
        content, content_type = encode_json(value), "application/json"
    else:
        text = plain(value)
        content = text if isinstance(text, bytes) else _utf8(text)
    content_type = content_type or (_FILE_TYPE if is_file else "")
    disposition = f'form-data; name="{_escaped(part.name)}"' + (f'; filename="{_escaped(part.name)}"' if is_file else "")
    head = f"Content-Disposition: {disposition}\r\n" + (f"Content-Type: {content_type}\r\n" if content_type else "")
    return _utf8(head + extra) + b"\r\n" + content


def _by_style(name: str, value: Any, encoding: Encoding) -> list[tuple[str, str | bytes]]:
    """Names and texts as in a form, but that nothing is percent-encoded."""
    if encoding.style == "deepObject":
        return _deep(name, value)
    named = members(value)
    if encoding.explode:
        return [(key or name, plain(item)) for key, item in named]
    texts = [one for key, item in named for one in ((key, plain(item)) if isinstance(value, dict) else (plain(item),))]
    delimiter = _DELIMITER.get(encoding.style, b",")
    return [(name, delimiter.join(one if isinstance(one, bytes) else _utf8(one) for one in texts))] if named else []


def _deep(name: str, value: Any) -> list[tuple[str, str | bytes]]:
    found: list[tuple[str, str | bytes]] = []
    for key, item in members(value):
        inner = f"{name}[{key}]"
        found += _deep(inner, item) if is_nested(item) else [(inner, plain(item))]
    return found


def _has_bytes(value: Any) -> bool:
    """Whether files are in it, which have no text to be joined."""
    return any(isinstance(item, bytes) for _, item in members(value))


def _headed(name: str, text: str | bytes, extra: str) -> bytes:
    """A part that is a field of text."""
    head = f'Content-Disposition: form-data; name="{_escaped(name)}"\r\n{extra}'
    return _utf8(head) + b"\r\n" + (text if isinstance(text, bytes) else _utf8(text))


def _chosen(listed: str, mark: int) -> str:
    """One of the types of a list such as "image/png, image/jpeg, image/*"; one of a range where it has nothing else; else the default."""
    types = [item for item in (one.strip() for one in listed.split(",")) if item]
    named = [item for item in types if "*" not in item] or [item for item in map(single.of_range, types) if item]
    return named[mark % len(named)] if named else ""


def _escaped(name: str) -> str:
    # HTML, "multipart/form-data encoding algorithm": exactly these three are escaped.
    return name.replace("\r", "%0D").replace("\n", "%0A").replace('"', "%22")


def _utf8(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError:
        raise Unserialisable("a string with lone surrogates that is not marked as such") from None


def _boundary(parts: list[bytes]) -> bytes:
    digest = hashlib.sha256(b"\0".join(parts)).hexdigest().encode()
    boundary = b"sentinel-" + digest[:32]
    while any(boundary in part for part in parts):
        boundary = b"sentinel-" + hashlib.sha256(boundary).hexdigest()[:32].encode()
    return boundary
