"""Parameters by style and explode (OpenAPI 3.1, 4.8.12.3 and RFC 6570, 3.2).

Null is RFC 6570's *undefined*: null members of arrays and objects are left out, and so is a parameter that is null, has no members, and
is not required. A required one without members is sent empty; required and null it has no form. How arrays and objects inside of an array
or object are written OpenAPI leaves open (3.1, 4.8.12.3): but in ``deepObject`` they are sent as JSON text, which many servers read.
"""

from collections.abc import Callable
from typing import Any

from pipeline.messages import Parameter
from stages.execute.serialise.json_text import encode as encode_json
from stages.execute.serialise.text import (
    Quoting,
    Unserialisable,
    cookie_text,
    header_text,
    is_nested,
    percent,
    percent_name,
    percent_path,
    percent_reserved,
    plain,
    quoted,
)

DEFAULT_STYLE = {"path": "simple", "query": "form", "header": "simple", "cookie": "form"}
_STYLES = {"path": {"simple", "label", "matrix"}, "query": {"form", "spaceDelimited", "pipeDelimited", "deepObject"}}
_DELIMITER = {"form": ",", "spaceDelimited": "%20", "pipeDelimited": "%7C"}


def undocumented(location: str, name: str) -> Parameter:
    """The definition that an argument without one is serialised by."""
    style = DEFAULT_STYLE[location]
    return Parameter(name=name, location=location, style=style, explode=style == "form")  # type: ignore[arg-type]  # a key of the table above is a Location


def in_path(parameter: Parameter, value: Any) -> str:
    """What replaces ``{name}`` in the path template."""
    if parameter.media_type:
        return percent_path(_content(parameter, value))
    if value is None:
        raise Unserialisable(f"path parameter {parameter.name!r} is null")
    if not is_nested(value) and _style(parameter) == "simple":
        return quoted(value, percent_path)
    name = percent(parameter.name)
    match _style(parameter):
        case "label":
            return _expanded(value, percent, first=".", separator="." if parameter.explode else ",", explode=parameter.explode)
        case "matrix":
            return _matrix(name, value, explode=parameter.explode)
        case _:
            return _expanded(value, percent, first="", separator=",", explode=parameter.explode)


def in_query(parameter: Parameter, value: Any) -> list[str]:
    """The "name=value" parts that the parameter adds to the query; they are joined by "&"."""
    quoting = percent_reserved if parameter.allow_reserved else percent
    name = percent_name(parameter.name)
    if parameter.media_type:
        return [] if value is None and not parameter.required else [f"{name}={quoting(_content(parameter, value))}"]
    if value is None:
        return _null(parameter)
    style = _style(parameter)
    if not is_nested(value):
        return [f"{name}={quoted(value, quoting)}"]
    if style == "deepObject" and isinstance(value, dict):
        parts = list(_deep(parameter.name, value, quoting))
    else:
        parts = pairs(name, value, quoting, _DELIMITER.get(style, ","), explode=parameter.explode, quote_name=percent_name)
    return parts or ([f"{name}="] if parameter.required else [])


def in_header(parameter: Parameter, value: Any) -> str | None:
    """The header's value; None where it is left out."""
    if parameter.media_type:
        return None if value is None and not parameter.required else header_text(_content(parameter, value))
    if value is None:
        _null(parameter)
        return None
    if is_nested(value) and not members(value) and not parameter.required:
        return None
    return header_text(_expanded(value, header_text, first="", separator=",", explode=parameter.explode))


def in_cookie(parameter: Parameter, value: Any) -> list[str]:
    """The "name=value" pairs that the parameter adds to the Cookie header; they are joined by "; "."""
    if parameter.media_type:
        return [] if value is None and not parameter.required else [f"{parameter.name}={cookie_text(_content(parameter, value))}"]
    if value is None:
        return _null(parameter)
    header_text(parameter.name)
    parts = pairs(parameter.name, value, cookie_text, ",", explode=parameter.explode, quote_name=header_text)
    return parts or ([f"{parameter.name}="] if parameter.required else [])


def pairs(name: str, value: Any, quoting: Quoting, delimiter: str, *, explode: bool, quote_name: Callable[[str], str]) -> list[str]:
    """Form style: "name=value" parts of a primitive, an array or an object. ``name`` is quoted already."""
    if not is_nested(value):
        return [f"{name}={quoted(value, quoting)}"]
    if not (items := members(value)):
        return []
    if isinstance(value, dict):
        if explode:
            return [f"{quote_name(key)}={member(item, quoting)}" for key, item in items]
        return [f"{name}={delimiter.join(f'{quoting(key)}{delimiter}{member(item, quoting)}' for key, item in items)}"]
    if explode:
        return [f"{name}={member(item, quoting)}" for _, item in items]
    return [f"{name}={delimiter.join(member(item, quoting) for _, item in items)}"]


def member(value: Any, quoting: Quoting) -> str:
    """A part of an array or object."""
    return quoting(encode_json(value)) if is_nested(value) else quoted(value, quoting)


def members(value: Any) -> list[tuple[str, Any]]:
    """The members of an array (with empty names) or an object that are not null."""
    entries = value.items() if isinstance(value, dict) else (("", item) for item in value)
    return [(key, item) for key, item in entries if item is not None]


def _expanded(value: Any, quoting: Quoting, *, first: str, separator: str, explode: bool) -> str:
    """simple and label: members joined by ``separator``, behind ``first``."""
    if not is_nested(value):
        return first + quoted(value, quoting)
    items = members(value)
    if not items:
        return ""
    if isinstance(value, dict):
        parts = [f"{quoting(key)}={member(item, quoting)}" if explode else f"{quoting(key)},{member(item, quoting)}" for key, item in items]
    else:
        parts = [member(item, quoting) for _, item in items]
    return first + separator.join(parts)


def _matrix(name: str, value: Any, *, explode: bool) -> str:
    parts = pairs(name, value, percent, ",", explode=explode, quote_name=percent)
    # RFC 6570, 3.2.7: an empty value stands without its "=".
    return "".join(f";{part.removesuffix('=')}" for part in parts)


def _deep(name: str, value: Any, quoting: Quoting) -> list[str]:
    parts: list[str] = []
    for key, item in members(value):
        inner = name if isinstance(value, list) else f"{name}[{key}]"
        if is_nested(item):
            parts.extend(_deep(inner, item, quoting))
        else:
            parts.append(f"{percent_name(inner)}={quoted(item, quoting)}")
    return parts


def _content(parameter: Parameter, value: Any) -> str | bytes:
    """A parameter described by ``content``: the media type's text, still unquoted."""
    if "json" in parameter.media_type or is_nested(value):
        return encode_json(value)
    return plain(value)


def _null(parameter: Parameter) -> list[str]:
    if parameter.required:
        raise Unserialisable(f"required {parameter.location} parameter {parameter.name!r} is null")
    return []


def _style(parameter: Parameter) -> str:
    known = _STYLES.get(parameter.location, set())
    return parameter.style if parameter.style in known else DEFAULT_STYLE[parameter.location]
