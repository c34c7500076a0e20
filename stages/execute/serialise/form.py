"""application/x-www-form-urlencoded bodies (OpenAPI 3.1, 4.8.14.3 and 4.8.15)."""

from typing import Any

from pipeline.messages import MediaType
from stages.execute.serialise.json_text import encode as encode_json
from stages.execute.serialise.style import member, members, pairs
from stages.execute.serialise.text import Quoting, Unserialisable, form_text, is_nested, percent_reserved, quoted

_DELIMITER = {"spaceDelimited": "+", "pipeDelimited": "%7C"}


def encode(value: Any, media: MediaType | None) -> bytes:
    """The object's properties as pairs, in order. A property without an encoding entry: an object as JSON, an array as repeated pairs."""
    if not isinstance(value, dict):
        raise Unserialisable("only an object has a form as application/x-www-form-urlencoded")
    encodings = {encoding.name: encoding for encoding in media.encoding} if media else {}
    parts: list[str] = []
    for key, item in members(value):
        name = form_text(key)
        encoding = encodings.get(key)
        if encoding is None:
            parts.extend(f"{name}={member(part, form_text)}" for part in (item if isinstance(item, list) else [item]) if part is not None)
        elif "json" in encoding.content_type:
            parts.append(f"{name}={form_text(encode_json(item))}")
        elif encoding.style == "deepObject" and is_nested(item):
            parts.extend(_deep(key, item))
        else:
            quoting: Quoting = percent_reserved if encoding.allow_reserved else form_text
            delimiter = _DELIMITER.get(encoding.style, ",")
            parts.extend(pairs(name, item, quoting, delimiter, explode=encoding.explode, quote_name=form_text))
    return "&".join(parts).encode()


def _deep(name: str, value: Any) -> list[str]:
    """``name[key]=value``, nested as deep as the value is; the members of an array repeat its name with ``[]``."""
    parts: list[str] = []
    for key, item in members(value):
        inner = f"{name}[{key}]"
        if is_nested(item):
            parts.extend(_deep(inner, item))
        else:
            parts.append(f"{form_text(inner)}={quoted(item, form_text)}")
    return parts
