"""The vectors of what is told by how it is sent: bytes of documented lengths, parts beside one another by style."""

from collections.abc import Iterator

from pipeline.messages import ApiSlice, Encoding, Job, Location, MediaType, Operation, Parameter, RequestBody, Schema
from tests.golden.inputs import NEGATIVE, decimal, job, operation

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

_TEXT: Schema = {"type": "string"}
_LIST: Schema = {"type": "array", "items": {"type": ["string", "number"]}, "maxItems": 2}
_ENUM: Schema = {"type": "array", "items": {"enum": ["a,b", "c d", "e|f", "g", decimal("1.5"), "%41", ""]}, "minItems": 1}
_OBJECT: Schema = {
    "type": "object",
    "additionalProperties": _TEXT,
    "properties": {"a,b": _TEXT, "c=d": _TEXT, "e]": _TEXT, "f": {"type": "number"}},
}
_DEEP: Schema = {
    "type": "object",
    "properties": {"in": _OBJECT, "list": {"type": "array", "items": {"type": ["string", "array", "object"]}}},
}
_NULLS: Schema = {"type": "array", "items": {"enum": [None, "x"]}, "minItems": 2}
_STYLES: tuple[tuple[Location, str], ...] = (
    *(("path", style) for style in ("simple", "label", "matrix")),
    *(("query", style) for style in ("form", "spaceDelimited", "pipeDelimited", "deepObject")),
    ("header", "simple"),
    ("cookie", "form"),
)


def _styled() -> Iterator[Operation]:
    """Every style, with explode and without, for lists and objects; in queries reserved characters allowed, too."""
    schemas = {"list": _LIST, "enum": _ENUM, "object": _OBJECT, "deep": _DEEP, "nulls": _NULLS, "one": {"enum": ["%41", "a,b"]}}
    for location, style in _STYLES:
        for explode in (False, True):
            for reserved in (False, True) if location == "query" else (False,):
                for name, schema in schemas.items():
                    how: dict[str, bool] = {"explode": explode, "allow_reserved": reserved}
                    one = Parameter(name="p", location=location, schema=schema, required=True, style=style, **how)
                    path = f"/{style}-{explode}-{reserved}-{name}-{location}{'/{p}' if location == 'path' else ''}"
                    yield operation(f"GET {path}", one)
    encodings = [
        Encoding(name="spaces", style="spaceDelimited", explode=False),
        Encoding(name="pipes", style="pipeDelimited", explode=False),
        Encoding(name="commas", explode=False, allow_reserved=True),
        Encoding(name="deep", style="deepObject"),
        Encoding(name="json", content_type="application/json", explode=False, allow_reserved=True),
    ]
    form: Schema = {"type": "object", "properties": {one.name: _DEEP if one.name == "deep" else _ENUM for one in encodings}}
    media_type = MediaType(media_type="application/x-www-form-urlencoded", schema=form, encoding=encodings)
    yield operation("POST /form", body=RequestBody(content=[media_type], required=True))
    styled = [Encoding(name=one.name, style=one.style, explode=one.explode, styled=True) for one in encodings]
    media_type = MediaType(media_type="multipart/form-data", schema=form, encoding=styled)
    yield operation("POST /multipart", body=RequestBody(content=[media_type], required=True))
    content = Parameter(name="p", location="query", schema=_ENUM, required=True, allow_reserved=True, media_type="application/json")
    yield operation("GET /content", content)
    parts: dict[str, Schema] = {"a": _members("b", "c"), "b": _TEXT, "d": _members("c", "e"), "f": {}}
    query = [Parameter(name=name, location="query", schema=schema, style="form", explode=True) for name, schema in parts.items()]
    yield operation("GET /twice", *query)
    for media_type in ("application/x-www-form-urlencoded", "multipart/form-data"):
        exploded = [Encoding(name=name, styled=name != "d") for name in "ad"]
        content = MediaType(media_type=media_type, schema={"type": "object", "properties": parts}, encoding=exploded)
        yield operation(f"POST /twice/{media_type}", body=RequestBody(content=[content], required=True))


def _members(*names: str) -> Schema:
    return {"type": "object", "properties": dict.fromkeys(names, _TEXT), "additionalProperties": False}


def sent() -> dict[str, tuple[ApiSlice, Job]]:
    """The vectors by name."""
    operations = [
        operation(f"POST /{name}", body=RequestBody(content=[MediaType(media_type=media_type, schema=schema)], required=True))
        for name, (media_type, schema) in _BYTES.items()
    ]
    schemas: dict[str, Schema] = {"File": {"type": ["string", "null"], "maxLength": 12}}
    slice_ = ApiSlice(digest="sent", group="/sent", operations=operations, schemas=schemas)
    styled = ApiSlice(digest="styled", group="/styled", operations=list(_styled()))
    return {
        "styled": (styled, job(styled, 13, (0, 8), (5000, 3))),
        "styled-negative": (styled, job(styled, 13, (0, 3), (5000, 1), agent=NEGATIVE)),
        "sent": (slice_, job(slice_, 12, (0, 20), (5000, 4))),
        "sent-negative": (slice_, job(slice_, 12, (0, 24), (5000, 2), agent=NEGATIVE)),
    }
