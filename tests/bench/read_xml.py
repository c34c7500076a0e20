"""An XML body, read back as values by OpenAPI's ``xml`` objects (OpenAPI 3.1, 4.8.26): name, attribute, wrapped.

XML tells neither types nor lists of one: all that an element can be by its schema is given, up to a bound.
"""

from typing import Any
from xml.etree import ElementTree as ET

from tests.bench.read_text import products
from tests.bench.shape import Shape, scalars

_DEPTH = 40


def elements_of(shape: Shape, data: bytes) -> list[Any]:
    """The values that a document can be. Raises ValueError where it is no XML."""
    try:
        root = ET.fromstring(data)
    except ET.ParseError as error:
        raise ValueError(str(error)) from None
    return _values(shape, shape.root, root, 0)


def _local(name: str) -> str:
    return name.rpartition("}")[2]


def _xml(shape: Shape, schema: Any) -> dict[str, Any]:
    return next((part["xml"] for part in shape.parts(schema) if isinstance(part.get("xml"), dict)), {})


def _values(shape: Shape, schema: Any, element: ET.Element, depth: int) -> list[Any]:
    """What one element can be."""
    kinds = shape.kinds(schema)
    children = list(element)
    found: list[Any] = []
    if not children and not element.attrib:
        found += scalars(element.text or "", kinds - {"array", "object"}) if kinds - {"array", "object"} else []
    if depth > _DEPTH:
        return found
    item_name = str(_xml(shape, shape.items(schema)).get("name") or _local(element.tag))
    is_list = all(_local(child.tag) == item_name for child in children) and not element.attrib and not (element.text or "").strip()
    if "array" in kinds and is_list:
        found += _array(shape, schema, children, depth)
    if "object" in kinds and (children or element.attrib or not (element.text or "").strip()):
        found += _object(shape, schema, element, depth)
    return found or [element.text or ""]


def _array(shape: Shape, schema: Any, children: list[ET.Element], depth: int) -> list[Any]:
    item = shape.items(schema)
    return [list(some) for some in products(_values(shape, item, child, depth + 1) for child in children)]


def _object(shape: Shape, schema: Any, element: ET.Element, depth: int) -> list[Any]:
    named = shape.properties(schema)
    wire = {_wire_name(shape, name, part): name for name, part in named.items()}
    attributes = {str(_xml(shape, part).get("name") or name): name for name, part in named.items() if _xml(shape, part).get("attribute")}
    choices: dict[str, list[Any]] = {}
    for name, text in element.attrib.items():
        key = attributes.get(_local(name), _local(name))
        choices[key] = scalars(text, shape.kinds(shape.property(schema, key)))
    grouped: dict[str, list[ET.Element]] = {}
    for child in element:
        tag = _local(child.tag)
        grouped.setdefault(wire.get(tag, tag), []).append(child)
    for key, group in grouped.items():
        part = shape.property(schema, key)
        is_unwrapped = "array" in shape.kinds(part) and not _xml(shape, part).get("wrapped")
        values = _array(shape, part, group, depth) if is_unwrapped else []
        if len(group) == 1 and (not is_unwrapped or shape.kinds(part) != {"array"}):
            values += _values(shape, part, group[0], depth + 1)
        choices[key] = values or [[child.text for child in group]]
    return [dict(zip(choices, some, strict=True)) for some in products(choices.values())]


def _wire_name(shape: Shape, name: str, part: Any) -> str:
    """The element that a property is written as: items of an array that is not wrapped have their own name."""
    xml = _xml(shape, part)
    own = str(xml.get("name") or name)
    if "array" in shape.kinds(part) and not xml.get("wrapped"):
        return str(_xml(shape, shape.items(part)).get("name") or own)
    return own
