"""The vectors of what is told by how it is sent: bytes of documented lengths."""

from pipeline.messages import ApiSlice, Job, MediaType, RequestBody, Schema
from tests.golden.inputs import NEGATIVE, job, operation

_BYTES: dict[str, tuple[str, Schema]] = {
    "short": ("application/octet-stream", {"type": "string", "format": "binary", "maxLength": 3}),
    "bounds": ("image/png", {"allOf": [{"$ref": "#/$defs/File"}], "minLength": 8}),
    "texts": ("application/pdf", {"type": "string", "minLength": 30, "maxLength": 40}),
    "encoded": ("image/png", {"type": "string", "format": "byte", "maxLength": 3}),
    "object": ("image/png", {"type": "object"}),
    "anything": ("video/mp4", {}),
    "large": ("font/ttf", {"type": "string", "maxLength": 16384}),
    "never": ("audio/mpeg", {"type": "string", "minLength": 2_000_000}),
    "encodings": (
        "application/json",
        {"type": "array", "items": {"oneOf": [{"type": "string", "format": name} for name in ("base16", "base32", "quoted-printable")]}},
    ),
    "part": (
        "multipart/form-data",
        {
            "type": "object",
            "required": ["file"],
            "properties": {"file": {"type": "string", "format": "binary", "minLength": 2, "maxLength": 9}},
        },
    ),
}


def sent() -> dict[str, tuple[ApiSlice, Job]]:
    """The vectors by name."""
    operations = [
        operation(f"POST /{name}", body=RequestBody(content=[MediaType(media_type=media_type, schema=schema)], required=True))
        for name, (media_type, schema) in _BYTES.items()
    ]
    schemas: dict[str, Schema] = {"File": {"type": ["string", "null"], "maxLength": 12}}
    slice_ = ApiSlice(digest="sent", group="/sent", operations=operations, schemas=schemas)
    return {
        "sent": (slice_, job(slice_, 12, (0, 20), (5000, 4))),
        "sent-negative": (slice_, job(slice_, 12, (0, 24), (5000, 2), agent=NEGATIVE)),
    }
