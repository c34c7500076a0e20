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


class Only(Struct, frozen=True):
    """An object without optional properties but these, as far as they are declared."""

    names: tuple[str, ...] = ()


class Size(Struct, frozen=True):
    """An object of so many properties."""

    count: int


def is_sealed(steer: "Steer") -> bool:
    """Whether the steered part itself is what is tried, rather than which parts it has."""
    while isinstance(steer, (Branch, Property, Item)):
        if steer.inner is None:
            return False
        steer = steer.inner
    return not isinstance(steer, (Only, Size))


Steer: TypeAlias = Emit | Length | OfKind | Branch | Property | Item | Only | Size

Way: TypeAlias = tuple[Branch | Property | Item, ...]
"""The steps from a value to a part of it."""


def steered(way: Way, steer: Steer) -> Steer:
    """The steer at the end of a way."""
    return wrapped(way, steer) or steer


def wrapped(way: Way, steer: Steer | None) -> Steer | None:
    """The steer at the end of a way, or one that only makes sure of the part there; None where there is neither."""
    for step in reversed(way):
        match step:
            case Branch(index):
                steer = Branch(index, steer)
            case Property(name):
                steer = Property(name, steer)
            case Item(index):
                steer = Item(index, steer)
    return steer
