"""A request body's bytes, read back as values by its media type: JSON, forms, multipart (by python-multipart), XML (``read_xml``), text."""

from typing import Any
from urllib.parse import unquote_plus

from python_multipart.multipart import MultipartParser, parse_options_header

from tests.bench.documented import Way
from tests.bench.json_values import loads
from tests.bench.read_text import Texts, as_json, products
from tests.bench.read_xml import elements_of
from tests.bench.shape import Shape, scalars

_YAML = ("application/yaml", "application/x-yaml", "text/yaml")  # what Sentinel writes there is JSON
_LINES = ("ndjson", "jsonl", "jsonlines", "json-lines")


class Part:
    """A part of a multipart body."""

    def __init__(self) -> None:
        self.headers: dict[str, str] = {}
        self.data = b""
        self.field = self.value = b""

    def name(self) -> str:
        _, options = parse_options_header(self.headers.get("content-disposition", ""))
        return options.get(b"name", b"").decode().replace("%22", '"').replace("%0D", "\r").replace("%0A", "\n")


def body_values(shape: Shape, data: bytes, content_type: str, ways: dict[str, Way]) -> list[Any]:
    """All values that the body can be. Raises ValueError where it is none of its media type."""
    essence, _, options = content_type.partition(";")
    essence = essence.strip().lower()
    if essence.endswith(("/json", "+json")) or essence in _YAML:
        return [loads(data)]
    if essence == "application/x-www-form-urlencoded":
        return Texts(shape, unquote_plus).form(shape.root, data.decode(), ways)
    if essence.startswith("multipart/"):
        return _multipart(shape, parts_of(data, options), {name: way for name, way in ways.items() if way.styled})
    if essence.endswith(_LINES):
        return [[loads(line) for line in data.splitlines() if line]]
    if essence.endswith(("/xml", "+xml")):
        return elements_of(shape, shape.root, data)
    return scalars(_text(data), shape.kinds(shape.root))


def _text(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data.decode("latin-1")  # bytes that are no text: a character each


def parts_of(data: bytes, options: str) -> list[Part]:
    """The parts of a multipart body; ``options``: the parameters of its media type."""
    boundary = options.partition("boundary=")[2].strip().strip('"')
    found: list[Part] = []
    ended: list[bool] = []

    def header_end() -> None:
        part = found[-1]
        part.headers[part.field.decode().lower()] = part.value.decode()
        part.field = part.value = b""

    def grow(name: str) -> Any:
        def add(chunk: bytes, start: int, end: int) -> None:
            setattr(found[-1], name, getattr(found[-1], name) + chunk[start:end])

        return add

    parser = MultipartParser(
        boundary.encode(),
        {
            "on_part_begin": lambda: found.append(Part()),
            "on_header_field": grow("field"),
            "on_header_value": grow("value"),
            "on_header_end": header_end,
            "on_part_data": grow("data"),
            "on_end": lambda: ended.append(True),
        },
    )
    parser.write(data)
    if not ended:
        raise ValueError("a multipart body without its last boundary")
    return found


def _multipart(shape: Shape, parts: list[Part], ways: dict[str, Way]) -> list[Any]:
    """``ways``: of the members whose style counts. One that is joined is in one part, and its text is not encoded."""
    grouped: dict[str, list[Part]] = {}
    for part in parts:
        grouped.setdefault(part.name(), []).append(part)
    choices = []
    for name, group in grouped.items():
        schema = shape.property(shape.root, name)
        items = shape.items(schema)
        way = ways.get(name)
        if way is not None and not way.explode and way.style != "deepObject":
            delimiter = {"spaceDelimited": " ", "pipeDelimited": "|"}.get(way.style, ",")
            choices.append(Texts(shape, str).values(schema, [_text(group[0].data)], (delimiter,)))
            continue
        found = _part_values(shape, schema, group[0]) if len(group) == 1 else []
        if "array" in shape.kinds(schema) or len(group) > 1:
            found += [list(some) for some in products(_part_values(shape, items, part) for part in group)]
        choices.append(found)
    return [dict(zip(grouped, some, strict=True)) for some in products(choices)]


def _part_values(shape: Shape, schema: Any, part: Part) -> list[Any]:
    essence, _, options = part.headers.get("content-type", "").partition(";")
    if essence.endswith(("/xml", "+xml")):
        return elements_of(shape, schema, part.data)
    charset = options.partition("charset=")[2].strip().strip('"')
    text = part.data.decode(charset) if charset else _text(part.data)
    return [as_json(text)] if "json" in essence else scalars(text, shape.kinds(schema))
