"""Ways to bend what would be made: one thing is tried at one place, the rest stays as it would be (GENERATION.md, section 10)."""

from typing import TypeAlias

from msgspec import Struct

from pipeline.messages import Value
from stages.agents.core.equality import Kind


class Emit(Struct, frozen=True):
    """This value."""

    value: Value


class Length(Struct, frozen=True):
    """Text of so many characters, an array of so many items."""

    length: int


class OfKind(Struct, frozen=True):
    """A value of this JSON type."""

    kind: Kind


class Branch(Struct, frozen=True):
    """A value of this alternative of the node."""

    index: int
    inner: "Steer | None" = None


class Property(Struct, frozen=True):
    """An object with this property."""

    name: str
    inner: "Steer | None" = None


class Item(Struct, frozen=True):
    """An array with an item at this index."""

    index: int
    inner: "Steer | None" = None


class Bare(Struct, frozen=True):
    """An object without optional properties."""


def is_sealed(steer: "Steer") -> bool:
    """Whether the steered part itself is what is tried, rather than which parts it has."""
    while isinstance(steer, (Branch, Property, Item)):
        if steer.inner is None:
            return False
        steer = steer.inner
    return not isinstance(steer, Bare)


Steer: TypeAlias = Emit | Length | OfKind | Branch | Property | Item | Bare
