"""Bodies that are no text of their media type (GENERATION.md, section 18)."""

from typing import cast

import msgspec
from msgspec import Raw
from msgspec.msgpack import Ext

from pipeline.messages import EXT_DECIMAL, EXT_INTEGER, EXT_RAW, Body, Value
from stages.agents.core.mode import GaveUp
from stages.agents.core.places import is_json

DEEP = 2000

# Those that no reading makes right, and those that some servers may accept.
JSON_FORMS = ("cut", "trailing-comma", "empty", "utf-8", "nan", "single-quotes", "deep", "deep-object", "latin-1")
UNCLEAR_JSON_FORMS = ("duplicate-key", "surrogate", "utf-16", "utf-16-as-utf-8", "byte-order-mark")
MULTIPART_FORMS = ("unclosed", "no-boundary", "wrong-boundary", "cut-part")
XML_FORMS = ("unclosed-element", "no-element", "no-utf-8", "nul")
UNCLEAR_MULTIPART_FORMS = ("no-utf-8",)
UNCLEAR_XML_FORMS = ("wrong-encoding", "utf-16-undeclared", "deep-element")
UNCLEAR_FORM_FORMS = ("no-utf-8", "percent")
UNCLEAR_TEXT_FORMS = ("no-utf-8",)

# A Content-Length that is no valid one: the server answers 400 and closes the connection (RFC 9112, 6.3). And one by which a body is cut.
LENGTH_FORMS = ("not-a-number", "negative", "differing")
CUTTING = "short"
# One that is larger than the body: the server may wait for the rest, answer at once, or close the connection.
WAITING = "long"
_LENGTHS = {"not-a-number": b"sample", "negative": b"-1"}

_PART = b'--sentinel\r\nContent-Disposition: form-data; name="sample"\r\n\r\nsample\r\n'
_TEXTS = {
    "empty": b"",
    "deep": b"[" * DEEP + b"]" * DEEP,
    "deep-object": b'{"sample":' * DEEP + b"0" + b"}" * DEEP,
    "single-quotes": b"{'sample': 'sample'}",
    "unclosed": _PART,
    "no-boundary": _PART + b"--sentinel--\r\n",
    "wrong-boundary": _PART + b"--sentinel--\r\n",
    "cut-part": _PART[: _PART.index(b"\r\n\r\n")],
    "unclosed-element": b'<?xml version="1.0" encoding="UTF-8"?><root><sample>sample</root>',
    "no-element": b'<?xml version="1.0" encoding="UTF-8"?>',
    "nul": b'<?xml version="1.0" encoding="UTF-8"?><root>sample\0</root>',
    "wrong-encoding": b'<?xml version="1.0" encoding="UTF-16"?><root>sample</root>',
    "utf-16-undeclared": "<root>sample</root>".encode("utf-16-le"),
    "deep-element": b"<root>" * DEEP + b"</root>" * DEEP,
}
_TYPES = {
    "unclosed": "multipart/form-data; boundary=sentinel",
    "no-boundary": "multipart/form-data",
    "wrong-boundary": "multipart/form-data; boundary=other",
    "cut-part": "multipart/form-data; boundary=sentinel",
}
_PART_NO_UTF_8 = _PART.replace(b"\r\nsample\r\n", b"\r\nsample\xff\r\n") + b"--sentinel--\r\n"
# Bodies that say nothing but "sample", and with a byte that is no UTF-8.
_FORM, _XML = "application/x-www-form-urlencoded", '<?xml version="1.0" encoding="UTF-8"?>'
_SAMPLES = {
    _FORM: b"sample=sample",
    "multipart/form-data": _PART + b"--sentinel--\r\n",
    "xml": _XML.encode() + b"<root>sample</root>",
    "text": b"sample",
}
_NO_UTF_8 = {_FORM: b"sample=%FF", "xml": _XML.encode() + b"<root>sample\xff</root>", "text": b"sample\xff"}
# Multipart without a part and without a line end: of a body whose length is said wrong no line may be read as one more request.
_LINES = {**_SAMPLES, "multipart/form-data": b"--sentinel--"}
# The last bytes of texts that are nothing whole without them; of a form and of plain text there are none.
_CUT_AT = {"json": b'}]"', "xml": b">", "multipart/form-data": b"-"}
# What stands before the end of an object, and of an array.
_ENDS = {
    "trailing-comma": (b",", b","),
    "nan": (b',"sample":NaN', b",NaN"),
    "surrogate": (b',"sample":"\\ud800"', b',"\\ud800"'),
    "cut": (b"", b""),
}


def broken(form: str, media_type: str, value: Value) -> Body:
    """The body broken in the way of this name. Raises GaveUp where it cannot be broken in this way."""
    if form in _TEXTS:
        return _raw(_TYPES.get(form, media_type), _TEXTS[form])
    kind = kind_of_text(media_type)
    match form:
        case "no-utf-8" if kind == "multipart/form-data":
            return _raw(_TYPES["unclosed"], _PART_NO_UTF_8)
        case "no-utf-8":
            return _raw(f"{media_type}; charset=utf-8" if kind == "text" else media_type, _NO_UTF_8[kind])
        case "percent":
            return _raw(media_type, b"sample=%zz")
        case "untyped":
            return _raw("", _SAMPLES[kind])
        case "as-text":
            return _raw("text/plain", b"sample")
        case "as-json":
            return _raw("application/json", b'"sample"')
        case _:
            pass
    text = json_text(value)
    if form == "utf-8":
        quote = text.find(b'"') + 1 or len(text)
        return _raw(media_type, text[:quote] + b"\xff" + text[quote:])
    match form:
        case "utf-16":
            return _raw(f"{media_type}; charset=utf-16", text.decode().encode("utf-16-le"))
        case "utf-16-as-utf-8":
            return _raw(f"{media_type}; charset=utf-8", text.decode().encode("utf-16-le"))
        case "latin-1":
            return _raw(f"{media_type}; charset=utf-8", _in_latin_1(value))
        case "byte-order-mark":
            return _raw(media_type, b"\xef\xbb\xbf" + text)
        case _:
            pass
    last = text[-1:]
    if last not in (b"}", b"]") or len(text) == 2:
        raise GaveUp("gave up: no object or array with anything in it")
    if form == "duplicate-key":
        if last == b"]":
            raise GaveUp("gave up: no object")
        return _raw(media_type, text[:-1] + b"," + text[1:])
    before = _ENDS[form][0 if last == b"}" else 1]
    return _raw(media_type, text[:-1] + before + (b"" if form == "cut" else last))


def kind_of_text(media_type: str) -> str:
    """What the text of a body that is no JSON is written as: "xml", "text", or the media type of a form."""
    essence = media_type.partition(";")[0].strip().lower()
    if essence.endswith(("/xml", "+xml")):
        return "xml"
    return essence if essence in _SAMPLES else "text"


def as_text(media_type: str, value: Value) -> Body:
    """The body as JSON text under this media type; empty: under none. Raises GaveUp."""
    return _raw(media_type, json_text(value))


def mismeasured(form: str, media_type: str, value: Value) -> tuple[Body, list[bytes]]:
    """The body as its text, of one line, and the lengths that are said of it (RFC 9112, 6.3). Raises GaveUp.

    Of two that differ both are lengths of the same, as a blank stands behind it: whichever a server takes, it does not fail for that.
    """
    kind = "json" if is_json(media_type.partition(";")[0].strip().lower()) else kind_of_text(media_type)
    text = json_text(value) if kind == "json" else _LINES[kind]
    media_type = _TYPES["unclosed"] if kind == "multipart/form-data" else media_type
    if form == "differing":
        return _raw(media_type, text + b" "), [str(len(text) + 1).encode(), str(len(text)).encode()]
    if form == WAITING:
        return _raw(media_type, text), [str(len(text) + 1).encode()]
    if form == CUTTING:
        if text[-1:] not in _CUT_AT.get(kind, b""):
            raise GaveUp("gave up: a body that may be right without its last character")
        return _raw(media_type, text), [str(len(text) - 1).encode()]
    return _raw(media_type, text), [_LENGTHS[form]]


def _in_latin_1(value: Value) -> bytes:
    accented = _accented(value)
    if accented is None:
        raise GaveUp("gave up: no text in the body")
    try:
        return json_text(accented).decode().encode("latin-1")
    except UnicodeEncodeError as error:
        raise GaveUp("gave up: no Latin-1 of the body") from error


def _accented(value: Value) -> Value | None:
    """The value with an accent behind the first text in it; None where there is none."""
    if isinstance(value, str):
        return f"{value}\u00e9"
    parts = cast("dict[str | int, Value]", value if isinstance(value, dict) else dict(enumerate(value)) if isinstance(value, list) else {})
    for key, part in parts.items():
        changed = _accented(part)
        if changed is not None:
            made = {**parts, key: changed}
            return made if isinstance(value, dict) else list(made.values())
    return None


def _raw(media_type: str, text: bytes) -> Body:
    return Body(media_type=media_type, value=Ext(EXT_RAW, text))


def json_text(value: Value) -> bytes:
    """Compact JSON, numbers exact. Raises GaveUp for what JSON has no form for."""
    try:
        return _encoder.encode(value)
    except TypeError as error:
        raise GaveUp("gave up: no JSON text of the body") from error


def _extension(value: object) -> Raw:
    if isinstance(value, Ext) and value.code in (EXT_INTEGER, EXT_DECIMAL):
        return Raw(bytes(value.data))
    raise TypeError("no JSON")


_encoder = msgspec.json.Encoder(enc_hook=_extension)
