"""What the text of a request can be read as (GENERATION.md, section 17).

Outside of JSON a text says nothing of its kind: "5" is a number as well as a string, and a list of one is that one. A value is proved wrong
only where no reading of it is right; where it is not plain which readings there are, it counts as right.
"""

import re
from typing import Any, NamedTuple, TypeAlias, cast

from msgspec.msgpack import Ext

from pipeline.messages import EXT_DECIMAL, EXT_INTEGER, Value
from stages.agents.core.compiler import Compiler
from stages.agents.core.equality import Kind, kind_of
from stages.agents.core.exact import read
from stages.agents.core.exact import write as written
from stages.agents.core.schema import Flat, Node
from stages.agents.core.search import MAX_COMBINED
from stages.agents.core.verdict import refuses

MOST_DEPTH = 4
DELIMITERS = (",", "|", " ", ";", "\t")
JOINTS = (",", "|", " ", ".")  # by which lists are written in one text
_OF_NO_TEXT = frozenset({"array", "object", "null", "boolean"})


class Opaque:
    """What could be read in ways that are not looked into."""


OPAQUE = Opaque()
Wire: TypeAlias = "str | list[Any] | dict[str, Any] | Opaque | None"
"""Texts as they stand in a request; None: nothing stands there."""

_NUMBER = re.compile(r"[+-]?([0-9][0-9_]*\.?[0-9_]*|\.[0-9][0-9_]*)([eE][+-]?[0-9]+)?")
_UNCLEAR = re.compile(r"""[\[{"']|[+-]?(0[xXoObB]|[iI][nN][fF]|[nN][aA][nN])""")
_BOOLEANS = frozenset({"true", "false", "1", "0", "yes", "no", "on", "off", "t", "f", "y", "n"})
_NULLS = frozenset({"", "null", "none", "nil"})
_NUMERIC: tuple[Kind, ...] = ("integer", "number")
_BLANK = " \t\r\n"


def wire_of(value: Value, *, joined: bool, level: int = 0) -> Wire:
    """The texts of a value. ``joined``: parts may stand in one text, so that a delimiter in one makes all unclear."""
    if isinstance(value, list):
        items = [wire_of(item, joined=True, level=level + 1) for item in value]
        present = [item for item in items if item is not None]
        return present if all(map(_is_plain_text, present)) else OPAQUE
    if isinstance(value, dict):
        if level:
            return OPAQUE
        members = {key: wire_of(item, joined=joined, level=1) for key, item in cast("dict[str, Value]", value).items()}
        present_members = {key: item for key, item in members.items() if item is not None}
        texts = [item for item in present_members.values() if isinstance(item, str)]
        return OPAQUE if joined and not all(map(_is_plain_text, [*texts, *present_members])) else present_members
    return _text(value)


def _text(value: Value) -> Wire:
    match value:
        case None:
            return None
        case bool():
            return "true" if value else "false"
        case int() | str():
            return str(value)
        case Ext() if value.code in (EXT_INTEGER, EXT_DECIMAL):
            return bytes(value.data).decode("ascii", "replace")
        case _:
            return OPAQUE


def has_character(value: Value, characters: str) -> bool:
    """Whether a text of the value, or a name in it, has one of the characters."""
    if not characters:
        return False
    if isinstance(value, dict):
        return has_character([*value, *value.values()], characters)
    if isinstance(value, list):
        return any(has_character(item, characters) for item in value)
    text = _text(value)
    return isinstance(text, str) and any(character in text for character in characters)


def _is_plain_text(wire: Wire) -> bool:
    return isinstance(wire, str) and not any(delimiter in wire for delimiter in (*DELIMITERS, "=", "&"))


def can_be_right(compiler: Compiler, node: Node, wire: Wire, depth: int = 0) -> bool:
    """Whether there is a reading that the node may accept."""
    flats = node.alternatives
    if isinstance(wire, Opaque) or depth > MOST_DEPTH or len(flats) >= MAX_COMBINED:
        return True
    if not flats:
        return False
    if wire is None:
        return can_be_right(compiler, node, "", depth)
    if isinstance(wire, str):
        return _text_can(compiler, node, wire, depth)
    if isinstance(wire, list):
        if any(_list_can(compiler, flat, wire, depth) for flat in flats):
            return True
        if wire in ([], [""]):  # both are sent as nothing behind the name
            return _text_can(compiler, node, "", depth)
        return any(_scalar_can(compiler, node, one) for one in wire[:1] + wire[-1:]) or _joined_can(compiler, node, wire)
    if any(_members_can(compiler, flat, wire, depth) for flat in flats):
        return True
    return not wire and _text_can(compiler, node, "", depth)


class Elsewhere(NamedTuple):
    """What the parameters may be called among which the members of an object stand: their names; ``any``: anything."""

    names: frozenset[str]
    any: bool

    def may_have(self, name: str) -> bool:
        return self.any or name in self.names


def can_be_scattered(compiler: Compiler, node: Node, members: dict[str, Any], elsewhere: Elsewhere) -> bool:
    """Whether members that are parameters of their own, and those ``elsewhere``, may be an object that the node accepts."""
    flats = node.alternatives
    return len(flats) >= MAX_COMBINED or any(_scattered_can(compiler, flat, members, elsewhere) for flat in flats)


def _scattered_can(compiler: Compiler, flat: Flat, members: dict[str, Any], elsewhere: Elsewhere) -> bool:
    if flat.values is not None or "object" not in flat.allowed:
        return _may_be(flat, "object")
    if any(name not in members and not elsewhere.may_have(name) for name in flat.required):
        return False
    # Whatever has no name in the schema may be another parameter, and the other way round.
    own = {name: item for name, item in members.items() if name in flat.properties and name not in elsewhere.names}
    is_alone = not elsewhere.any and not elsewhere.names
    if (is_alone and len(members) < flat.min_properties) or (flat.max_properties is not None and len(own) > flat.max_properties):
        return False
    return all(_member_can(compiler, flat, name, item, 0) for name, item in own.items())


def _text_can(compiler: Compiler, node: Node, text: str, depth: int) -> bool:
    if _scalar_can(compiler, node, text):
        return True
    for flat in node.alternatives:
        if (("," in text or "=" in text) and _may_be(flat, "object")) or (not text and _members_can(compiler, flat, {}, depth)):
            return True
        cut = [text.split(delimiter) for delimiter in DELIMITERS if delimiter in text] if text else [[]]
        if any(_list_can(compiler, flat, parts, depth) for parts in [[text], *cut]):
            return True
    return False


def _scalar_can(compiler: Compiler, node: Node, text: str) -> bool:
    numbers = any(_may_be(flat, kind) for flat in node.alternatives for kind in _NUMERIC)
    found = readings(text, numbers=numbers)
    return found is None or any(not refuses(compiler, node, value) for value in found)


def _list_can(compiler: Compiler, flat: Flat, items: list[Any], depth: int) -> bool:
    if flat.values is not None or "array" not in flat.allowed:
        return _may_be(flat, "array")
    if len(items) < flat.min_items or (flat.max_items is not None and len(items) > flat.max_items):
        return False
    if flat.unique and len({item for item in items if isinstance(item, str)}) < len(items):
        return False
    nodes = [(flat.item(index), item) for index, item in enumerate(items)]
    return all(node is None or can_be_right(compiler, node, item, depth + 1) for node, item in nodes)


def _joined_can(compiler: Compiler, node: Node, items: list[str]) -> bool:
    """Whether a list that is written in one text may be right as that text, or as names and values in turn."""
    if len(items) < 2:
        return False
    is_of_text = any(not _OF_NO_TEXT.issuperset(flat.allowed) for flat in node.alternatives)
    return has(node, "object") or (is_of_text and any(_scalar_can(compiler, node, joint.join(items)) for joint in JOINTS))


def _may_be(flat: Flat, kind: Kind) -> bool:
    """Whether anything of this kind is right for the alternative, as far as its type and its values say."""
    return kind in flat.allowed and (flat.values is None or any(kind_of(value) == kind for value in flat.values))


def has(node: Node, kind: Kind) -> bool:
    """Whether anything of this kind may be right, as far as types and values say."""
    return any(_may_be(flat, kind) for flat in node.alternatives)


def _members_can(compiler: Compiler, flat: Flat, members: dict[str, Any], depth: int) -> bool:
    if flat.values is not None or "object" not in flat.allowed:
        return _may_be(flat, "object")
    if len(members) < flat.min_properties or (flat.max_properties is not None and len(members) > flat.max_properties):
        return False
    if any(name not in members for name in flat.required):
        return False
    return all(_member_can(compiler, flat, name, item, depth) for name, item in members.items())


def _member_can(compiler: Compiler, flat: Flat, name: str, item: Wire, depth: int) -> bool:
    node = flat.property(name)
    left_out = item == "" and name not in flat.required
    return node is None or left_out or can_be_right(compiler, node, item, depth + 1)


def readings(text: str, *, numbers: bool = True) -> list[Value] | None:
    """The scalars that a text can be read as; None where that is not plain.

    ``numbers``: whether one may be right at all. If not, one that is too long to be read is the text alone.
    """
    bare = text.strip(_BLANK)
    if _UNCLEAR.match(bare):
        return None
    found: list[Value] = [text] if bare == text else [text, bare]
    if _NUMBER.fullmatch(bare):
        number = read(Ext(EXT_DECIMAL, _tidy(bare).encode()))
        if number is None and numbers:
            return None
        if number is not None:
            found.append(written(number))
    lower = bare.lower() if bare.isascii() else bare
    if lower in _BOOLEANS:
        found += [True, False]
    if lower in _NULLS:
        found.append(None)
    return found


def _tidy(number: str) -> str:
    """As JSON writes it: without "+" and "_", with digits on both sides of a point."""
    sign = "-" if number.startswith("-") else ""
    mantissa, mark, exponent = number.lstrip("+-").replace("_", "").replace("E", "e").partition("e")
    whole, point, fraction = mantissa.partition(".")
    shown = f"{whole or '0'}.{fraction}" if point and fraction else whole or "0"
    return f"{sign}{shown}{mark}{exponent}"
