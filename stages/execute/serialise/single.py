"""One value as its media type says: JSON, JSON lines, XML, text, or bytes as they are."""

from typing import Any

from msgspec.msgpack import Ext

from pipeline.messages import EXT_RAW
from stages.execute.serialise import xml
from stages.execute.serialise.json_text import encode as encode_json
from stages.execute.serialise.schemas import Schemas
from stages.execute.serialise.text import Unserialisable, plain

# A range is no media type: what something of it is sent as, by the value at hand.
_STRUCTURED = "application/json"
_RANGES = {
    "text/*": "text/plain",
    "image/*": "image/png",
    "multipart/*": "multipart/form-data",
    "audio/*": "audio/mpeg",
    "video/*": "video/mp4",
}
_LINES = {"application/x-ndjson", "application/ndjson", "application/jsonl", "application/x-jsonlines", "application/json-lines"}


def encode(value: Any, content_type: str, schema: Any, schemas: Schemas) -> bytes:
    """The bytes of a value, by its own type where no rule is known for the media type.

    Text and XML are written in the character set that the media type names; JSON is UTF-8, whatever it names (RFC 8259, 8.1 and 11).
    """
    if isinstance(value, Ext) and value.code == EXT_RAW:
        return bytes(value.data)
    kind = essence(content_type)
    if isinstance(value, bytes) and not is_json(kind):
        return value
    if is_json(kind) or (not kind and not isinstance(value, str)):
        return encode_json(value)
    if kind in _LINES:
        return b"".join(encode_json(item) + b"\n" for item in (value if isinstance(value, list) else [value]))
    if kind.endswith(("/xml", "+xml")):
        return xml.encode(value, schema, schemas, _charset(content_type) or "UTF-8")
    if isinstance(value, list | dict):
        return _of_text(encode_json(value), content_type)
    text = plain(value)
    return text if isinstance(text, bytes) else _encoded(text, content_type)


def concrete(media_type: str, value: Any) -> str:
    """The media type that a value of a documented one, or of a range of them, is sent as."""
    if "*" not in media_type:
        return media_type
    if known := of_range(media_type):
        return known
    return "application/octet-stream" if isinstance(value, bytes) else _STRUCTURED


def of_range(media_type: str) -> str:
    """A media type of a range that says what kind of thing it is; "" where it says nothing, and of what is no range."""
    return _RANGES.get(media_type, "")


def essence(content_type: str) -> str:
    """A media type without its parameters, in lower case."""
    return content_type.partition(";")[0].strip().lower()


def is_json(kind: str) -> bool:
    """Whether what is sent as this is JSON text."""
    return kind.endswith(("/json", "+json")) or kind in {"application/yaml", "application/x-yaml", "text/yaml"}  # JSON is YAML 1.2


def _of_text(written: bytes, content_type: str) -> bytes:
    """JSON text that stands as text, unless it is none because raw bytes are in it."""
    try:
        text = written.decode()
    except UnicodeDecodeError:
        return written
    return _encoded(text, content_type)


def _encoded(text: str, content_type: str) -> bytes:
    charset = _charset(content_type) or "utf-8"
    try:
        return text.encode(charset)
    except UnicodeEncodeError:
        raise Unserialisable(f"the text has no form in the character set {charset!r}") from None
    except LookupError:
        raise Unserialisable(f"the character set {charset!r} is not known") from None


def _charset(content_type: str) -> str:
    for parameter in content_type.split(";")[1:]:
        name, _, setting = parameter.partition("=")
        if name.strip().lower() == "charset":
            return setting.strip().strip('"')
    return ""
