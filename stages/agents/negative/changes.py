"""What is done to a valid request so that it is not valid any more (GENERATION.md, section 16).

Changes of a part make another value of it; changes of the request are applied where it is put together.
"""

from typing import Any, TypeAlias, cast

from msgspec import Struct

from pipeline.messages import Value
from stages.agents.core import text
from stages.agents.core.draws import Draws
from stages.agents.core.exact import Exact, read
from stages.agents.core.exact import write as written
from stages.agents.core.grid import Grid
from stages.agents.core.mode import GaveUp

FAR = 1 << 32  # how many points beyond a bound random numbers go
LONGER = 64  # how much longer than allowed random lengths are
LETTERS = 8


class Put(Struct, frozen=True):
    """This value instead."""

    value: Value


class Letters(Struct, frozen=True):
    """A word instead; at random any small letters."""


class Beyond(Struct, frozen=True):
    """The number of the grid at k instead; at random one further from the bound, on the side of ``step`` (1 or -1)."""

    grid: Grid
    k: int
    step: int


class Sized(Struct, frozen=True):
    """The text, bytes or array cut or repeated to a length; at random to one that is further from what is allowed.

    ``distinct``: repeated texts and integers are made different.
    """

    length: int
    longer: bool
    distinct: bool = False


class Without(Struct, frozen=True):
    """The object without a property."""

    name: str


class With(Struct, frozen=True):
    """The object with one more property."""

    name: str
    value: Value


class Members(Struct, frozen=True):
    """The object with so many properties: the last that are not needed dropped, or ``extraN`` added."""

    count: int
    needed: tuple[str, ...]


class Repeat(Struct, frozen=True):
    """The array with its first item once more at its end."""


class Absent(Struct, frozen=True):
    """The parameter, or the body, is not sent."""


class Twice(Struct, frozen=True):
    """The parameter is sent twice, with two values."""


class Broken(Struct, frozen=True):
    """The body's text is broken in a way that ``malformed`` knows by this name."""

    form: str


class Typed(Struct, frozen=True):
    """The body as it is under another media type; empty: under none."""

    media_type: str


class Headed(Struct, frozen=True):
    """A header says of the body what is not so."""

    name: str
    value: str


class Mismeasured(Struct, frozen=True):
    """The body's length is said wrong, in a way that ``malformed`` knows by this name."""

    form: str


class Method(Struct, frozen=True):
    """Another method, without a body."""

    name: str


PartChange: TypeAlias = Put | Letters | Beyond | Sized | Without | With | Members | Repeat
Change: TypeAlias = PartChange | Absent | Twice | Broken | Typed | Headed | Mismeasured | Method

PART_CHANGES = (Put, Letters, Beyond, Sized, Without, With, Members, Repeat)


def is_sealing(change: Change) -> bool:
    """Whether nothing of the part that was there before is left."""
    return isinstance(change, (Put, Letters, Beyond, Without, Absent))


def changed(change: PartChange, part: Value, draws: Draws | None) -> Value:
    """The part as it is after the change; ``draws``: at random. Raises GaveUp where the part is not of the change's kind."""
    match change:
        case Put(value):
            return value
        case Letters():
            return "sample" if draws is None else text.letters(draws, text.LOWER, LETTERS)
        case Beyond(grid, k, step):
            return written(grid.value(k if draws is None else k + step * draws.below(FAR)))
        case Sized():
            return _sized(change, part, draws)
        case Without(name) if isinstance(part, dict) and name in part:
            return {key: item for key, item in cast("dict[str, Value]", part).items() if key != name}
        case With(name, value) if isinstance(part, dict):
            return {**cast("dict[str, Value]", part), name: value}
        case Members() if isinstance(part, dict):
            return _members(change, cast("dict[str, Value]", part))
        case Repeat() if isinstance(part, list) and part:
            return [*part, part[0]]
        case _:
            raise _no(change)


def _no(change: PartChange) -> GaveUp:
    return GaveUp(f"gave up: no {type(change).__name__} of such a value")


def _sized(change: Sized, part: Value, draws: Draws | None) -> Value:
    length = change.length
    if draws is not None:
        length = length + draws.below(LONGER) if change.longer else draws.below(length + 1)
    if isinstance(part, str):
        return text.fitted(part, length, length)
    if isinstance(part, bytes):
        return text.fitted(part.decode("latin-1"), length, length).encode("latin-1")
    if not isinstance(part, list) or (not part and length):
        raise _no(change)
    items: list[Value] = part
    made = items[:length]
    for index in range(len(items), length):
        item = items[index % len(items)]
        made.append(_other(item, index) if change.distinct else item)
    return made


def _other(item: Value, index: int) -> Value:
    """An item that differs from those before by its index."""
    if isinstance(item, str):
        return f"{item}{index}"
    number = read(item)
    return item if number is None or number.scale else written(Exact(number.mantissa + index))


def _members(change: Members, part: dict[str, Value]) -> dict[str, Any]:
    names = list(part)
    for name in [name for name in reversed(names) if name not in change.needed][: max(len(names) - change.count, 0)]:
        names.remove(name)
    made = {name: part[name] for name in names}
    number = 1
    while len(made) < change.count:
        made.setdefault(f"extra{number}", "sample")
        number += 1
    return made
