"""Bodies by media type."""

from typing import Any

from msgspec import Struct
from msgspec.msgpack import Ext

from pipeline.messages import EXT_RAW, Body, MediaType
from stages.execute.serialise import form, multipart, xml
from stages.execute.serialise.json_text import encode as encode_json
from stages.execute.serialise.schemas import Schemas
from stages.execute.serialise.text import Unserialisable, plain

_LINES = {"application/x-ndjson", "application/ndjson", "application/jsonl", "application/x-jsonlines", "application/json-lines"}
# A range is no media type: what a body of it is sent as, by the value at hand.
_STRUCTURED = "application/json"
_RANGES = {
    "text/*": "text/plain",
    "image/*": "image/png",
    "multipart/*": "multipart/form-data",
    "audio/*": "audio/mpeg",
    "video/*": "video/mp4",
}


class Payload(Struct, frozen=True):
    """A body ready for the wire. ``content_type`` carries the boundary of a multipart body; empty: no Content-Type is sent."""

    data: bytes
    content_type: str


def payload(body: Body, media: MediaType | None, schemas: Schemas) -> Payload:
    """Serialise by media type, and by the value's type where no rule is known. ``media`` is the documented entry, if any.

    Raises ``Unserialisable``.
    """
    content_type = _concrete(body.media_type, body.value)
    if isinstance(body.value, Ext) and body.value.code == EXT_RAW:
        return Payload(bytes(body.value.data), content_type)
    essence = content_type.partition(";")[0].strip().lower()
    if essence == "application/x-www-form-urlencoded":
        return Payload(body.value if isinstance(body.value, bytes) else form.encode(body.value, media), content_type)
    if essence.startswith("multipart/"):
        if isinstance(body.value, bytes):
            return Payload(body.value, content_type)
        data, boundary = multipart.encode(body.value, media, schemas)
        return Payload(data, f"{essence}; boundary={boundary}")
    return Payload(_single(body.value, essence, content_type, media, schemas), content_type)


def _single(value: Any, essence: str, content_type: str, media: MediaType | None, schemas: Schemas) -> bytes:
    if isinstance(value, bytes) and not _is_json(essence):
        return value
    if _is_json(essence) or (not essence and not isinstance(value, str)):
        return encode_json(value)
    if essence in _LINES:
        return b"".join(encode_json(item) + b"\n" for item in (value if isinstance(value, list) else [value]))
    if essence.endswith(("/xml", "+xml")):
        return xml.encode(value, media.schema if media else None, schemas)
    if isinstance(value, list | dict):
        return encode_json(value)
    text = plain(value)
    return text if isinstance(text, bytes) else _encoded(text, content_type)


def _encoded(text: str, content_type: str) -> bytes:
    charset = "utf-8"
    for parameter in content_type.split(";")[1:]:
        name, _, setting = parameter.partition("=")
        if name.strip().lower() == "charset":
            charset = setting.strip().strip('"')
    try:
        return text.encode(charset)
    except (UnicodeEncodeError, LookupError):
        raise Unserialisable(f"the text has no form in the character set {charset!r}") from None


def _is_json(essence: str) -> bool:
    return essence.endswith(("/json", "+json")) or essence in {"application/yaml", "application/x-yaml", "text/yaml"}  # JSON is YAML 1.2


def _concrete(media_type: str, value: Any) -> str:
    if "*" not in media_type:
        return media_type
    if media_type in _RANGES:
        return _RANGES[media_type]
    return "application/octet-stream" if isinstance(value, bytes) else _STRUCTURED
