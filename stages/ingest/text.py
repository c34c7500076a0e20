"""From the bytes of a document to its value: encodings, JSON or YAML, and what can be mended on the way."""

import codecs
import re

from msgspec.msgpack import Ext

from pipeline.errors import DocumentError
from pipeline.messages import EXT_TEXT, Value
from stages.ingest.jsontext import JsonSyntaxError, read_json, visit_mappings
from stages.ingest.problems import Problems, pointer_of
from stages.ingest.yamltext import YamlLimits, read_yaml

_ESCAPED_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_MARKUP = re.compile(r"<(?:!doctype|html|\?xml|[a-z])", re.IGNORECASE)
_BOMS = (  # the longer ones first: UTF-32's begins with UTF-16's
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_LENIENT_BELOW = 10_000_000  # characters: larger texts that are nearly JSON are not tried as YAML


def read_text(data: bytes, source: str, problems: Problems, prefix: str = "") -> Value:
    """The value that a document's bytes stand for.

    ``source`` names the document in errors, ``prefix`` comes before the pointers of problems. Raises ``DocumentError``.
    """
    text, undecoded = _decode(data, source)
    start = text.lstrip()[:200]
    if not start:
        raise DocumentError(f"{source}: the document is empty; an OpenAPI document in JSON or YAML is expected")
    if _MARKUP.match(start):
        raise DocumentError(f"{source}: this is an HTML or XML page, not an OpenAPI document; give the address of the JSON or YAML itself")
    try:
        value = _json(text, data, source, problems, prefix) if start[0] in "{[" else _yaml(text, source, problems, prefix)
        if ("\\ud" in text or "\\uD" in text) and _ESCAPED_SURROGATE.search(text):  # a plain search is far faster
            _mend_surrogates(value, problems, prefix)
    except DocumentError:
        if undecoded:
            raise DocumentError(f"{source}: {undecoded}; save the document as UTF-8") from None
        raise
    except RecursionError:
        raise DocumentError(f"{source}: the document is nested too deeply to be read (hundreds of levels)") from None
    if undecoded and not isinstance(value, dict):
        raise DocumentError(f"{source}: {undecoded}; an OpenAPI document in JSON or YAML is expected")
    if undecoded:
        problems.add(prefix, "not-utf8", f"{undecoded}; such bytes are read as U+FFFD")
    return value


def _decode(data: bytes, source: str) -> tuple[str, str]:
    """The text, and what is wrong with its encoding ("" if nothing)."""
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            try:
                return data.decode(encoding).removeprefix("\ufeff"), ""
            except UnicodeDecodeError as error:
                raise DocumentError(f"{source}: the document claims to be {encoding.upper()} and is not: {error.reason}") from None
    try:
        return data.decode(), ""
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        column = error.start - data.rfind(b"\n", 0, error.start)
        wrong = f"the document is not UTF-8: byte 0x{data[error.start]:02x} at line {line}, column {column}"
        return data.decode(errors="replace"), wrong


def _json(text: str, data: bytes, source: str, problems: Problems, prefix: str) -> Value:
    try:
        value, faults = read_json(text, data)
    except JsonSyntaxError as error:
        place = f"line {error.line}, column {error.column}"
        if len(text) < _LENIENT_BELOW:
            document = read_yaml(text, YamlLimits(), marked=False)
            if document.complete and isinstance(document.value, dict):
                problems.add(prefix, "not-json", f"not valid JSON ({error} at {place}); it is read as YAML")
                return document.value
        raise DocumentError(f"{source}: not valid JSON at {place}: {error}") from None
    for fault in faults:
        problems.add(prefix + fault.pointer, "duplicate-key", fault.message)
    return value


def _yaml(text: str, source: str, problems: Problems, prefix: str) -> Value:
    document = read_yaml(text, YamlLimits(), marked=False)
    if not document.complete:
        fault = document.faults[-1]
        raise DocumentError(f"{source}: not valid YAML at line {fault.line}, column {fault.column}: {fault.message}")
    for fault in document.faults:
        problems.add(prefix + pointer_of(fault.path), "yaml", f"line {fault.line}, column {fault.column}: {fault.message}")
    return document.value


def _mend_surrogates(root: Value, problems: Problems, prefix: str) -> None:
    """Half surrogate pairs in values become extension values; a name with one has no form on the wire and goes."""

    def look(mapping: dict[str, Value], path: tuple[str | int, ...]) -> None:
        for key in [key for key in mapping if _SURROGATE.search(key)]:
            problems.add(prefix + pointer_of((*path, key)), "surrogate", "a name with half a surrogate pair; it is left out")
            del mapping[key]
        for key, value in mapping.items():
            mapping[key] = _mended(value)

    visit_mappings(root, look)


def _mended(value: Value) -> Value:
    if isinstance(value, str) and _SURROGATE.search(value):
        return Ext(EXT_TEXT, value.encode("utf-8", "surrogatepass"))
    if isinstance(value, list):
        for index, item in enumerate(value):
            if not isinstance(item, dict):
                value[index] = _mended(item)
    return value
