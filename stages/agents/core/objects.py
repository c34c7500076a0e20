"""Which properties an object gets (GENERATION.md, section 9)."""

from typing import Protocol

from stages.agents.core import text
from stages.agents.core.compiler import Compiler
from stages.agents.core.draws import Draws
from stages.agents.core.mode import VALUES_BEFORE_THRIFT, Mode
from stages.agents.core.samples import first_sample
from stages.agents.core.schema import Flat, Node
from stages.agents.core.steer import Bare, Property, Steer

FULL_LEVELS = 3


class Making(Protocol):
    """What of the value that is being made bears on the choice."""

    compiler: Compiler
    draws: Draws
    mode: Mode
    room: int
    made: int


def property_names(making: Making, flat: Flat, room: int, steer: Steer | None) -> list[str]:
    """The names of the properties, in order."""
    needed = set(flat.required)
    if isinstance(steer, Property):
        needed.add(steer.name)
    bare = isinstance(steer, Bare)
    mode = making.mode
    if mode is Mode.BEST and not bare and says_nothing_of_need(making.compiler, flat, room):
        mode = Mode.FULL
    names: list[str] = []
    possible: list[str] = []
    for name, node in flat.properties.items():
        if name in needed:
            names.append(name)
        elif can_be_sent(node, room):
            possible.append(name)
            if not bare and _takes(making, mode, node, room):
                names.append(name)
    names += [name for name in flat.required if name not in flat.properties]
    if isinstance(steer, Property) and steer.name not in names:
        names.append(steer.name)
    if mode is Mode.RANDOM and flat.open and room > 0 and not bare:
        _add_unnamed(making, flat, names, room)
    return _counted(flat, names, possible, needed)


def says_nothing_of_need(compiler: Compiler, flat: Flat, room: int) -> bool:
    """Whether no property is required and none has a sample: such a document mostly just does not say what is needed."""
    key = ("need", room)
    if key not in flat.scratch:
        flat.scratch[key] = not flat.required and not any(
            can_be_sent(node, room) and has_sample(compiler, node, room) for node in flat.properties.values()
        )
    nothing: bool = flat.scratch[key]
    return nothing


def can_be_sent(node: Node, room: int) -> bool:
    """Whether an optional property can be put in: something fits, and it is not read-only."""
    return room > 0 and node.fits(room - 1) and not node.alternatives[0].read_only


def has_sample(compiler: Compiler, node: Node, room: int) -> bool:
    """Whether the alternative that is made first has a sample."""
    return first_sample(compiler, node, node.alternatives[node.fitting(room - 1)[0]]) is not None


def _takes(making: Making, mode: Mode, node: Node, room: int) -> bool:
    """Whether an optional property is put in."""
    if making.made > VALUES_BEFORE_THRIFT:
        return False
    match mode:
        case Mode.BEST:
            return has_sample(making.compiler, node, room)
        case Mode.FULL:
            return making.room - room < FULL_LEVELS
        case Mode.RANDOM:
            return making.draws.below(4) < (2 if room == making.room else 1)


def _add_unnamed(making: Making, flat: Flat, names: list[str], room: int) -> None:
    """One time in four, a property that the schema does not name."""
    if making.draws.below(4) == 0:
        name = text.word(making.draws)
        if name not in names and name not in flat.properties and (flat.additional is None or flat.additional.fits(room - 1)):
            names.append(name)


def _counted(flat: Flat, names: list[str], possible: list[str], needed: set[str]) -> list[str]:
    """The names, made as many as the schema asks for."""
    if len(names) < flat.min_properties:
        chosen = {*names, *[name for name in possible if name not in names][: flat.min_properties - len(names)]}
        names = [name for name in flat.properties if name in chosen] + [name for name in names if name not in flat.properties]
        number = 1
        while len(names) < flat.min_properties:
            if f"extra{number}" not in names and f"extra{number}" not in flat.properties:
                names.append(f"extra{number}")
            number += 1
    if flat.max_properties is not None:
        for name in [name for name in reversed(names) if name not in needed][: max(len(names) - flat.max_properties, 0)]:
            names.remove(name)
    return names
