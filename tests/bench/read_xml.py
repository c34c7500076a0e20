"""An XML body, read back as values by OpenAPI's ``xml`` objects (OpenAPI 3.1, 4.8.26): name, attribute, wrapped, namespace.

An element is called as its property is, or as its ``xml.name`` says. An array has no element of its own unless it is ``wrapped``: its
items are called by their own ``xml.name``, or as the property; the array's ``xml.name`` is that of the wrapper, and of the items in it
that have none. XML tells neither types nor lists of one: all that an element can be by its schema is given, up to a bound.
"""

from typing import Any
from xml.etree import ElementTree as ET

from tests.bench.read_text import products
from tests.bench.shape import Shape, scalars

_DEPTH = 40
_LIST = frozenset({"array"})


def elements_of(shape: Shape, schema: Any, data: bytes) -> list[Any]:
    """The values that a document can be. Raises ValueError where it is no XML with namespaces, or is called otherwise than documented."""
    try:
        root = ET.fromstring(data)
    except ET.ParseError as error:
        raise ValueError(str(error)) from None
    xml = shape.xml(schema)
    if not _is(root.tag, xml, xml.get("name") or _local(root.tag)) and "array" not in shape.kinds(schema):
        raise ValueError(f"the root is called {root.tag!r}")
    return _values(shape, schema, root, 0)


def _local(name: str) -> str:
    return name.rpartition("}")[2]


def _is(tag: str, xml: dict[str, Any], name: str) -> bool:
    """Whether an element or attribute is the one of this name; where no namespace is documented, any may be in force."""
    return tag == f"{{{xml['namespace']}}}{name}" if xml.get("namespace") else _local(tag) == name


def _values(shape: Shape, schema: Any, element: ET.Element, depth: int) -> list[Any]:
    """What one element can be."""
    kinds = shape.kinds(schema)
    children = list(element)
    found: list[Any] = []
    if not children and not element.attrib:
        found += scalars(element.text or "", kinds - {"array", "object"}) if kinds - {"array", "object"} else []
    if depth > _DEPTH:
        return found
    item = shape.xml(shape.items(schema))
    is_list = all(_is(child.tag, item, item.get("name") or _local(element.tag)) for child in children) and not element.attrib
    if "array" in kinds and is_list and not (element.text or "").strip():
        found += _array(shape, schema, children, depth)
    if "object" in kinds and (children or element.attrib or not (element.text or "").strip()):
        found += _object(shape, schema, element, depth)
    return found or [element.text or ""]


def _array(shape: Shape, schema: Any, children: list[ET.Element], depth: int) -> list[Any]:
    item = shape.items(schema)
    return [list(some) for some in products(_values(shape, item, child, depth + 1) for child in children)]


def _object(shape: Shape, schema: Any, element: ET.Element, depth: int) -> list[Any]:
    named = shape.properties(schema)
    choices: dict[str, list[Any]] = {}
    for name, text in element.attrib.items():
        key = next(
            (key for key, part in named.items() if shape.xml(part).get("attribute") and _is_called(shape, key, part, name)), _local(name)
        )
        choices[key] = scalars(text, shape.kinds(shape.property(schema, key)))
    grouped: dict[str, list[ET.Element]] = {}
    for child in element:
        key = next((key for key, part in named.items() if _is_element(shape, key, part, child.tag)), _local(child.tag))
        grouped.setdefault(key, []).append(child)
    for key, group in grouped.items():
        part = shape.property(schema, key)
        is_bare = _is_bare(shape, part)
        values = _array(shape, part, group, depth) if is_bare else []
        if len(group) == 1 and (not is_bare or shape.kinds(part) != _LIST):
            values += _values(shape, part, group[0], depth + 1)
        choices[key] = values or [[child.text for child in group]]
    return [dict(zip(choices, some, strict=True)) for some in products(choices.values())]


def _is_bare(shape: Shape, part: Any) -> bool:
    """Whether it may be an array without an element of its own."""
    return "array" in shape.kinds(part) and not shape.xml(part).get("wrapped")


def _is_called(shape: Shape, key: str, part: Any, tag: str) -> bool:
    xml = shape.xml(part)
    return _is(tag, xml, xml.get("name") or key)


def _is_element(shape: Shape, key: str, part: Any, tag: str) -> bool:
    """Whether an element is a property, or an item of it: it may be an array and something else."""
    if _is_bare(shape, part) and _is_called(shape, key, shape.items(part), tag):
        return True
    return (not _is_bare(shape, part) or shape.kinds(part) != _LIST) and _is_called(shape, key, part, tag)
