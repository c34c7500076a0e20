"""Bodies by media type."""

from msgspec import Struct
from msgspec.msgpack import Ext

from pipeline.messages import EXT_RAW, Body, MediaType
from stages.execute.serialise import form, multipart, single
from stages.execute.serialise.schemas import Schemas


class Payload(Struct, frozen=True):
    """A body ready for the wire. ``content_type`` carries the boundary of a multipart body; empty: no Content-Type is sent."""

    data: bytes
    content_type: str


def payload(body: Body, media: MediaType | None, schemas: Schemas) -> Payload:
    """Serialise by media type, and by the value's type where no rule is known. ``media`` is the documented entry, if any.

    Raises ``Unserialisable``.
    """
    content_type = single.concrete(body.media_type, body.value)
    if isinstance(body.value, Ext) and body.value.code == EXT_RAW:
        return Payload(bytes(body.value.data), content_type)
    essence = single.essence(content_type)
    if essence == "application/x-www-form-urlencoded":
        return Payload(body.value if isinstance(body.value, bytes) else form.encode(body.value, media), content_type)
    if essence.startswith("multipart/"):
        if isinstance(body.value, bytes):
            return Payload(body.value, content_type)
        data, boundary = multipart.encode(body.value, media, schemas)
        return Payload(data, f"{essence}; boundary={boundary}")
    return Payload(single.encode(body.value, content_type, media.schema if media else None, schemas), content_type)
