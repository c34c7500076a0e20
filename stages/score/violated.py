"""What of the document an invalid request breaks: the keyword's pointer, its bound, and the value that was sent."""

import json
from collections.abc import Callable, Iterator, Sized
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

from msgspec import Struct

from pipeline.messages import Operation, Parameter, Schema, Step
from stages.score.filled import parameter_of
from stages.score.inputs import body_schema
from stages.score.jsontext import plain
from stages.score.model import Model
from stages.score.violations import OF_FREE_NAMES

_NODES_MAX = 64
_SHOWN_CHARS = 60
_DIGITS_MAX = 400
_SIZES: Final[dict[str, tuple[type[Sized], str]]] = {
    "Length": (str, "character"),
    "Items": (list, "item"),
    "Properties": (dict, "property"),
}
_HOLDS: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "minimum": lambda value, bound: value >= bound,
    "maximum": lambda value, bound: value <= bound,
    "exclusiveMinimum": lambda value, bound: value > bound,
    "exclusiveMaximum": lambda value, bound: value < bound,
    "multipleOf": lambda value, bound: value % bound == 0,
}
_MEMBERS: Final = ("allOf", "anyOf", "oneOf")


class Violated(Struct, frozen=True):
    """``pointer``: of the keyword in the document, "" where it is not known; ``said``: the value against the bound, or ""."""

    pointer: str
    said: str


class _Node(Struct, frozen=True):
    """A schema that speaks of a part; ``pointer`` is None below what the document has at a place that is not known."""

    schema: dict[str, Any]
    pointer: str | None

    def at(self, *tokens: str) -> str | None:
        escaped = (token.replace("~", "~0").replace("/", "~1") for token in tokens)
        return None if self.pointer is None else "/".join([self.pointer, *escaped])


def violated(model: Model, operation: Operation, step: Step, place: str, label: str) -> Violated:
    """What ``label`` is violated of at ``place`` ("query/ids/0", "body/a") by the step's own values."""
    parameter = parameter_of(operation, place)
    if parameter is None and not f"{place}/".startswith("body/"):
        return Violated("", "")
    whole = "body" if parameter is None else f"{parameter.location}/{parameter.name}"
    tokens = [token.replace("~1", "/").replace("~0", "~") for token in place[len(whole) :].split("/")[1:]]
    keyword, _, rest = label.partition("/")
    keyword = rest if keyword == "allOf" else keyword
    if keyword == "required" and not tokens:
        return Violated("" if parameter is not None or model.is_swagger else f"{model.pointer(operation)}/requestBody/required", "")
    last = tokens.pop() if tokens and (keyword == "required" or keyword in OF_FREE_NAMES) else ""
    media_type = step.body.media_type if parameter is None and step.body is not None else ""
    key = ("violated", operation.key, whole, media_type)
    nodes = model.remember(key, lambda: _nodes(model, [_root(model, operation, step, parameter)]))
    value = _sent(step, parameter)
    for token in tokens:
        nodes = _nodes(model, _below(nodes, token, is_item=isinstance(value, list)))
        value = _part(value, token)
    found = [node for node in nodes if keyword in node.schema]
    if keyword == "required":
        found = [node for node in found if last in node.schema[keyword]]
    said = [(node, text) for node in found if (text := _said(keyword, plain(node.schema[keyword]), value, alone=len(found) == 1))]
    node, text = said[0] if said else (found[0] if len(found) == 1 else None, "")
    if keyword in OF_FREE_NAMES:
        text = f"has the property {_shown(last)}"
    return Violated((node.at(keyword) if node is not None else None) or "", text)


def _root(model: Model, operation: Operation, step: Step, parameter: Parameter | None) -> tuple[Schema, str | None]:
    if parameter is not None:
        return parameter.schema, None
    if step.body is None:
        return True, None
    return body_schema(operation, step.body), model.body_pointer(operation, step.body.media_type)


def _sent(step: Step, parameter: Parameter | None) -> Any:
    if parameter is None:
        return plain(step.body.value) if step.body is not None else None
    arguments = (one for one in step.arguments if (one.location, one.name) == (parameter.location, parameter.name))
    return next((plain(one.value) for one in arguments), None)


def _part(value: Any, token: str) -> Any:
    if isinstance(value, dict):
        return value.get(token)
    if isinstance(value, list) and token.isdecimal() and int(token) < len(value):
        return value[int(token)]
    return None


def _nodes(model: Model, roots: list[tuple[Schema, str | None]]) -> list[_Node]:
    """The schemas with all that they refer to and consist of."""
    nodes: list[_Node] = []
    todo, seen = roots[::-1], set[str]()
    while todo and len(nodes) < _NODES_MAX:
        schema, pointer = todo.pop()
        if not isinstance(schema, dict):
            continue
        node = _Node(schema, pointer)
        nodes.append(node)
        reference = schema.get("$ref")
        if isinstance(reference, str) and reference not in seen:
            seen.add(reference)
            name = reference.removeprefix("#/$defs/").replace("~1", "/").replace("~0", "~")
            todo.append((model.api.schemas.get(name), model.definition_pointer(name)))
        for keyword in _MEMBERS:
            todo.extend((each, node.at(keyword, str(index))) for index, each in enumerate(schema.get(keyword, ())))
    return nodes


def _below(nodes: list[_Node], token: str, *, is_item: bool) -> list[tuple[Schema, str | None]]:
    return [each for node in nodes for each in (_items(node, token) if is_item else _properties(node, token))]


def _items(node: _Node, token: str) -> Iterator[tuple[Schema, str | None]]:
    prefix = node.schema.get("prefixItems", ())
    if token.isdecimal() and int(token) < len(prefix):
        yield prefix[int(token)], node.at("prefixItems", token)
    elif "items" in node.schema:
        yield node.schema["items"], node.at("items")


def _properties(node: _Node, token: str) -> Iterator[tuple[Schema, str | None]]:
    if token in node.schema.get("properties", {}):
        yield node.schema["properties"][token], node.at("properties", token)
    elif "additionalProperties" in node.schema:
        yield node.schema["additionalProperties"], node.at("additionalProperties")


def _said(keyword: str, bound: Any, value: Any, *, alone: bool) -> str:
    """The value against the bound, where it is seen to break it; what only a validator sees (``pattern``, ``format``) where the keyword
    is there once."""
    if keyword in _HOLDS:
        return _of_number(keyword, bound, value)
    kind, noun = _SIZES.get(keyword[3:], (str, ""))
    if noun and isinstance(value, kind):
        size, limit = len(value), int(bound)
        plural = noun if size == 1 else noun.replace("property", "propertie") + "s"
        is_broken = size < limit if keyword.startswith("min") else size > limit
        return f"has {size:,} {plural}, {keyword} is {limit:,}" if is_broken else ""
    if keyword == "enum":
        return f"is {_shown(value)}, enum has {_listed(bound)}" if value not in bound else ""
    if keyword == "const":
        return f"is {_shown(value)}, const is {_shown(bound)}" if value != bound else ""
    if keyword == "type":
        types = bound if isinstance(bound, list) else [bound]
        return f"is {_shown(value)}, type is {' or '.join(map(str, types))}"
    if keyword in {"pattern", "format"} and alone and isinstance(value, str):
        return f"is {_shown(value)}, {keyword} is {bound if keyword == 'format' else _shown(bound)}"
    return ""


def _of_number(keyword: str, bound: Any, value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return ""
    number, limit = Decimal(str(value)), Decimal(str(bound))
    if not number.is_finite() or (number and abs(number.adjusted()) > _DIGITS_MAX) or not limit.is_finite():
        return f"is {_shown(value)}, {keyword} is {_shown(bound)}"
    return "" if _HOLDS[keyword](Fraction(number), Fraction(limit)) else f"is {_shown(value)}, {keyword} is {_shown(bound)}"


def _listed(members: list[Any]) -> str:
    shown = ", ".join(map(_shown, members[:3]))
    return f"{shown} and {len(members) - 3:,} more" if len(members) > 3 else shown


def _shown(value: Any) -> str:
    match value:
        case str():
            text = json.dumps(value, ensure_ascii=False).encode("utf-8", "backslashreplace").decode()
        case bool() | None:
            text = json.dumps(value)
        case int() | float() | Decimal():
            text = str(value)
        case list():
            text = "an array"
        case dict():
            text = "an object"
        case _:
            text = "no JSON"
    return text if len(text) <= _SHOWN_CHARS else f"{text[: _SHOWN_CHARS - 1]}…"
