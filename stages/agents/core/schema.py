"""The normalised model of a schema: alternatives without references, each one conjunction (GENERATION.md, section 8)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import Struct

from stages.agents.core.grid import Bounds, Grid

if TYPE_CHECKING:
    from collections.abc import Callable

    from pipeline.messages import Schema, Value
    from stages.agents.core.equality import Kind
    from stages.agents.core.pattern import Tree

MAX_ROOM = 24
"""Levels of nesting beyond which the generators do not go, however much the schema asks for them."""


class Flat(Struct, eq=False):
    """One alternative of a schema: what all its parts together ask for, by kind. Children are nodes, made when asked for."""

    label: str = ""  # which branches were taken: "oneOf/1+anyOf/0"
    kinds: tuple[Kind, ...] = ()  # that are made
    allowed: tuple[Kind, ...] = ()  # that the types allow; more than kinds where these are only implied
    said: bool = False  # whether the schema names kinds or implies them by a keyword; else anything goes
    values: list[Value] | None = None  # of enum and const, those that the rest admits
    samples: list[Value] = []  # examples, then defaults, as documented
    risky: bool = False  # has a keyword that generation does not guarantee: a validator must look at the result
    read_only: bool = False
    # numbers
    bounds: Bounds = Bounds()
    number_grids: list[Grid] = []
    integer_grids: list[Grid] = []
    # strings
    min_length: int = 0
    max_length: int | None = None
    format: str = ""
    patterns: tuple[Tree, ...] = ()
    unsupported: str = ""  # why the pattern is beyond the generator
    # arrays
    prefix: list[Node] = []
    items: Node | None = None
    min_items: int = 0
    max_items: int | None = None
    unique: bool = False
    # objects
    properties: dict[str, Node] = {}
    required: tuple[str, ...] = ()
    additional: Node | None = None
    open: bool = False  # additionalProperties is said to be allowed
    min_properties: int = 0
    max_properties: int | None = None
    # made from the above when first asked for
    scratch: dict[Any, Any] = {}

    def usable_kinds(self, room: int) -> tuple[Kind, ...]:
        """The kinds that can be made within so many levels of nesting."""
        if room not in self.scratch:
            self.scratch[room] = tuple(kind for kind in self.kinds if self._is_usable(kind, room))
        known: tuple[Kind, ...] = self.scratch[room]
        return known

    def fits(self, room: int) -> bool:
        return bool(self.values) if self.values is not None else bool(self.usable_kinds(room))

    def item(self, index: int) -> Node | None:
        """What the item at an index must be; None: anything."""
        return self.prefix[index] if index < len(self.prefix) else self.items

    def _is_usable(self, kind: Kind, room: int) -> bool:
        match kind:
            case "integer":
                return bool(self.integer_grids)
            case "number":
                return bool(self.number_grids)
            case "string":
                return not self.unsupported and (self.max_length is None or self.min_length <= self.max_length)
            case "array":
                return self._array_fits(room)
            case "object":
                return self._object_fits(room)
            case _:
                return True

    def _array_fits(self, room: int) -> bool:
        if self.max_items is not None and self.min_items > self.max_items:
            return False
        if self.min_items == 0:
            return True
        first = range(min(self.min_items, len(self.prefix) + 1))
        return room > 0 and all((node := self.item(index)) is None or node.fits(room - 1) for index in first)

    def _object_fits(self, room: int) -> bool:
        if self.max_properties is not None and max(self.min_properties, len(self.required)) > self.max_properties:
            return False
        if not self.required:
            return self.min_properties == 0 or room > 0
        return room > 0 and all((node := self.property(name)) is None or node.fits(room - 1) for name in self.required)

    def property(self, name: str) -> Node | None:
        """What the property of a name must be; None: anything."""
        return self.properties.get(name, self.additional)


class Node:
    """Schemas that must hold together (mostly it is one): their alternatives. None of them: no value satisfies it.

    Alternatives are made when first asked for, which is what lets schemas refer to themselves.
    """

    __slots__ = ("_alternatives", "_make", "reason", "schemas", "scratch")

    def __init__(self, schemas: tuple[Schema, ...], make: Callable[[Node], list[Flat]]) -> None:
        self.schemas = schemas
        self.reason = ""  # why there is no alternative
        self.scratch: dict[Any, Any] = {}
        self._make = make
        self._alternatives: list[Flat] | None = None

    @property
    def alternatives(self) -> list[Flat]:
        if self._alternatives is None:
            self._alternatives = self._make(self)
        return self._alternatives

    def fitting(self, room: int) -> list[int]:
        """Which alternatives can be made within so many levels of nesting."""
        if room not in self.scratch:
            self.scratch[room] = [index for index, flat in enumerate(self.alternatives) if flat.fits(room)]
        known: list[int] = self.scratch[room]
        return known

    def fits(self, room: int) -> bool:
        return bool(self.fitting(room))

    def least_room(self) -> int | None:
        """How many levels of nesting the smallest value needs; None: more than MAX_ROOM, or there is no value."""
        return next((room for room in range(MAX_ROOM + 1) if self.fits(room)), None)

    def why_not(self) -> str:
        """Why nothing can be made of it: proved empty, or given up on."""
        return self.blame("", set()) or f"gave up: nothing fits within {MAX_ROOM} levels"

    def blame(self, pointer: str, seen: set[Node]) -> str:
        """The first part, down the required ones of the first alternatives, that cannot be made, by its pointer in the value."""
        if not self.alternatives:
            return f"proved empty at {pointer or 'its root'}: {self.reason}"
        seen.add(self)
        flat = self.alternatives[0]
        if flat.unsupported and flat.kinds == ("string",):
            return f"gave up at {pointer or 'its root'}: pattern with {flat.unsupported}"
        parts = [(name, flat.property(name)) for name in flat.required]
        parts += [(str(index), flat.item(index)) for index in range(min(flat.min_items, len(flat.prefix) + 1))]
        for name, node in parts:
            if node is not None and node not in seen and node.least_room() is None:
                reason = node.blame(f"{pointer}/{name}", seen)
                if reason:
                    return reason
        return ""
