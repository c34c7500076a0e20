"""multipart bodies (RFC 2046, 5.1; RFC 7578; OpenAPI 3.1, 4.8.14.4)."""

import hashlib
from typing import Any

from msgspec.msgpack import Ext

from pipeline.messages import EXT_RAW, Encoding, MediaType
from stages.execute.serialise import part_headers
from stages.execute.serialise.json_text import encode as encode_json
from stages.execute.serialise.schemas import Schemas
from stages.execute.serialise.style import members
from stages.execute.serialise.text import Unserialisable, is_nested, plain

_FILE_TYPE = "application/octet-stream"


def encode(value: Any, media: MediaType | None, schemas: Schemas) -> tuple[bytes, str]:
    """The body and its boundary, which depends on nothing but the content."""
    if not isinstance(value, dict):
        raise Unserialisable("only an object has a form as multipart")
    encodings = {encoding.name: encoding for encoding in media.encoding} if media else {}
    schema = media.schema if media else None
    parts: list[bytes] = []
    for key, item in members(value):
        is_file = schemas.is_binary(schemas.property(schema, key))
        singles = [single for single in (item if isinstance(item, list) else [item]) if single is not None]
        extra = "".join(part_headers.lines(encodings[key].headers, schemas)) if key in encodings else ""
        parts.extend(_part(key, single, encodings.get(key), extra, is_file=is_file) for single in singles)
    boundary = _boundary(parts)
    return b"".join(b"--%b\r\n%b\r\n" % (boundary, part) for part in parts) + b"--%b--\r\n" % boundary, boundary.decode()


def _part(name: str, value: Any, encoding: Encoding | None, extra: str, *, is_file: bool) -> bytes:
    content_type = _concrete(encoding.content_type) if encoding else ""
    is_file = is_file or isinstance(value, bytes)
    if is_nested(value):
        content, default = encode_json(value), "application/json"
    elif "json" in content_type and not isinstance(value, bytes) and not (isinstance(value, Ext) and value.code == EXT_RAW):
        content, default = encode_json(value), content_type
    else:
        text = plain(value)
        content, default = text if isinstance(text, bytes) else _utf8(text), _FILE_TYPE if is_file else ""
    disposition = f'form-data; name="{_escaped(name)}"' + (f'; filename="{_escaped(name)}"' if is_file else "")
    head = f"Content-Disposition: {disposition}\r\n" + (f"Content-Type: {content_type or default}\r\n" if content_type or default else "")
    return _utf8(head + extra) + b"\r\n" + content


def _concrete(content_type: str) -> str:
    """The first type of a list such as "image/png, image/*" that is no range; none: the part's default."""
    return next((item for item in (part.strip() for part in content_type.split(",")) if item and "*" not in item), "")


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
