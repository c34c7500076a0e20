"""How the parts of a value are written beside one another, and which values could be read as others then (GENERATION.md, section 9)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, cast

from msgspec import Struct
from msgspec.msgpack import Ext

from pipeline.messages import EXT_DECIMAL, EXT_INTEGER

if TYPE_CHECKING:
    from pipeline.messages import Encoding, Parameter, Value

_DELIMITERS = {"spaceDelimited": " ", "pipeDelimited": "|"}
_TRIPLET = re.compile("%[0-9A-Fa-f]{2}")
_BRACKETED = re.compile(r"[^\[\]]+")


class Way(Struct, frozen=True):
    """What in a value would be read otherwise. None of these: whatever it is, it arrives as it was meant.

    ``texts``: characters that part the members of an array or object; ``names``: those that part a name from the rest, too. ``joined``:
    nothing at all stands for one empty text. ``deep``: names stand in brackets. ``reserved``: percent-encoded triplets are left alone.
    """

    texts: str = ""
    names: str = ""
    joined: bool = False
    deep: bool = False
    reserved: bool = False

    def tells(self, value: Value) -> bool:
        """Whether the value can be told from every other on the wire."""
        if self.reserved and _has_triplet(value):
            return False
        if isinstance(value, dict):
            mapping = cast("dict[str, Value]", value)
            if self.deep:
                return _is_deep(mapping)
            is_parted = any(character in name for name in mapping for character in self.names)
            return not is_parted and not any(map(self._is_cut, mapping.values()))
        if isinstance(value, list):
            is_nothing = self.joined and [item for item in value if item is not None] == [""]
            return not is_nothing and not any(map(self._is_cut, value)) and not (self.deep and any(map(_is_nested, value)))
        return True

    def _is_cut(self, item: Value) -> bool:
        text = _text(item)
        return any(character in text for character in self.texts)


def way_of(parameter: Parameter) -> Way | None:
    """That of a parameter by style; None where every value can be told."""
    if parameter.media_type:
        return Way(reserved=True) if parameter.allow_reserved and parameter.location == "query" else None
    match parameter.location:
        case "path":
            # "." is never quoted (RFC 6570, 3.2.5; RFC 3986, 2.3)
            return Way(texts=".", names=".") if parameter.style == "label" and parameter.explode else None
        case "header":
            return Way(texts=",", names=",=" if parameter.explode else ",")
        case "query":
            return _of_query(parameter)
        case "cookie":
            return None


def ways_of(encodings: list[Encoding], *, quoted: bool) -> dict[str, Way]:
    """Those of the members of a form; of multipart, where nothing is ``quoted``, if their style counts there."""
    if quoted:
        ways = {encoding.name: _of_query(encoding) for encoding in encodings if "json" not in encoding.content_type}
    else:
        ways = {encoding.name: _of_part(encoding) for encoding in encodings if encoding.styled}
    return {name: way for name, way in ways.items() if way is not None}


def exploded_of(encodings: list[Encoding], *, quoted: bool) -> frozenset[str]:
    """The members of a form of which an object is written as its own members."""
    counting = (one for one in encodings if ("json" not in one.content_type if quoted else one.styled))
    return frozenset(encoding.name for encoding in counting if is_exploded(encoding))


def is_exploded(written: Parameter | Encoding) -> bool:
    """Whether an object is written as its members, beside whatever else there is."""
    return written.explode and written.style == "form"


def is_written_twice(values: dict[str, Value], exploded: frozenset[str]) -> bool:
    """Whether two of the values are written under one name. ``exploded``: of which of them an object is written as its members."""
    names: list[str] = []
    for name, value in values.items():
        names += cast("dict[str, Value]", value) if name in exploded and isinstance(value, dict) else [name]
    return len(set(names)) < len(names)


def _of_query(written: Parameter | Encoding) -> Way | None:
    delimiter = "" if written.explode else _DELIMITERS.get(written.style, "," if written.allow_reserved else "")
    is_deep = written.style == "deepObject"
    if written.explode and not is_deep and not written.allow_reserved:
        return None
    return Way(delimiter, delimiter, joined=not written.explode, deep=is_deep, reserved=written.allow_reserved)


def _of_part(encoding: Encoding) -> Way | None:
    is_deep = encoding.style == "deepObject"
    if encoding.explode or is_deep:
        return Way(deep=True) if is_deep else None
    delimiter = _DELIMITERS.get(encoding.style, ",")
    return Way(delimiter, delimiter, joined=True)


def _is_deep(mapping: dict[str, Value]) -> bool:
    """Whether names in brackets say where each text belongs: none has brackets, and lists have texts only."""
    for name, item in mapping.items():
        if not _BRACKETED.fullmatch(name) or (isinstance(item, list) and any(map(_is_nested, item))):
            return False
        if isinstance(item, dict) and not _is_deep(cast("dict[str, Value]", item)):
            return False
    return True


def _is_nested(value: Value) -> bool:
    return isinstance(value, (list, dict))


def _has_triplet(value: Value) -> bool:
    if isinstance(value, dict):
        return any(map(_has_triplet, [*value, *value.values()]))
    if isinstance(value, list):
        return any(map(_has_triplet, value))
    return isinstance(value, str) and _TRIPLET.search(value) is not None


def _text(value: Value) -> str:
    """The text of a value as far as characters in it can part anything."""
    if isinstance(value, str):
        return value
    return bytes(value.data).decode("latin-1") if isinstance(value, Ext) and value.code in (EXT_INTEGER, EXT_DECIMAL) else ""
