"""Which properties an object gets (GENERATION.md, section 9)."""

from typing import Protocol

from stages.agents.core import text
from stages.agents.core.compiler import Compiler
from stages.agents.core.draws import Draws
from stages.agents.core.mode import VALUES_BEFORE_THRIFT, GaveUp, Mode
from stages.agents.core.samples import first_sample
from stages.agents.core.schema import Flat, Node
from stages.agents.core.steer import Only, Property, Steer

FULL_LEVELS = 3
MADE_UP_TRIES = 64


class Making(Protocol):
    """What of the value that is being made bears on the choice."""

    compiler: Compiler
    draws: Draws
    mode: Mode
    room: int
    made: int

    def text(self, node: Node, draws: Draws) -> str | None:
        """A text of a node at random, out of another stream; None where none was made."""
        ...


def property_names(making: Making, flat: Flat, room: int, steer: Steer | None) -> list[str]:
    """The names of the properties, in order."""
    needed = set(flat.required)
    if isinstance(steer, Property):
        needed.update((steer.name, *flat.dependents.get(steer.name, ())))
    only = set(steer.names) if isinstance(steer, Only) else None
    mode = making.mode
    if mode is Mode.BEST and only is None and says_nothing_of_need(making.compiler, flat, room):
        mode = Mode.FULL
    names: list[str] = []
    possible: list[str] = []
    for name, node in flat.declared():
        if name in needed:
            names.append(name)
        elif can_be_sent(flat, name, node, room):
            possible.append(name)
            if name in only if only is not None else _takes(making, mode, node, room):
                names.append(name)
    names += [name for name in flat.required if name not in flat.properties]
    if isinstance(steer, Property) and steer.name not in names:
        names.append(steer.name)
    if mode is Mode.RANDOM and flat.open and room > 0 and only is None:
        _add_unnamed(making, flat, names, room)
    if flat.dependents:
        _add_dependents(flat, names)
    if len(names) < flat.min_properties:
        names = _more(flat, names, possible)
        _add_made_up(making, flat, names, room)
    return _fewer(flat, names, needed)


def says_nothing_of_need(compiler: Compiler, flat: Flat, room: int) -> bool:
    """Whether no property is required and none has a sample: such a document mostly just does not say what is needed."""
    key = ("need", room)
    if key not in flat.scratch:
        flat.scratch[key] = not flat.required and not any(
            can_be_sent(flat, name, node, room) and has_sample(compiler, node, room) for name, node in flat.declared()
        )
    nothing: bool = flat.scratch[key]
    return nothing


def can_be_sent(flat: Flat, name: str, node: Node, room: int) -> bool:
    """Whether an optional property can be put in: something fits, and it is not read-only."""
    fits = flat.may_be_sent(name, room) if flat.dependents else room > 0 and node.fits(room - 1)
    return fits and not node.alternatives[0].read_only


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
        name = made_up(making, flat, making.draws.next(), room) if flat.naming else text.word(making.draws)
        if name is not None and name not in names and name not in flat.properties and flat.may_be_sent(name, room):
            names.append(name)


def _add_dependents(flat: Flat, names: list[str]) -> None:
    """The names that must be there with those that are, behind them."""
    known = set(names)
    for name in tuple(names):
        more = [other for other in flat.dependents.get(name, ()) if other not in known]
        names += more
        known.update(more)


def made_up(making: Making, flat: Flat, state: int, room: int) -> str | None:
    """A name that the schema does not declare but speaks of, out of the stream of this state; None where none was made."""
    naming = flat.naming
    sources: list[Node | None] = [*naming.texts] if naming else []
    if (naming is None or naming.names is None) and (flat.additional is None or flat.additional.fits(room - 1)):
        sources.insert(0, None)
    if not sources:
        return None
    draws = Draws(state)
    source = sources[draws.below(len(sources))] if len(sources) > 1 else sources[0]
    return text.word(draws) if source is None else making.text(source, draws)


def _more(flat: Flat, names: list[str], possible: list[str]) -> list[str]:
    """The names, and optional ones at their places, as many as the schema asks for or there are."""
    chosen = set(names)
    for name in possible:
        if len(chosen) < flat.min_properties:
            chosen.update((name, *flat.dependents.get(name, ())))
    more = [name for name in flat.properties if name in chosen] + [name for name in names if name not in flat.properties]
    return more + sorted(chosen.difference(more))


def _fewer(flat: Flat, names: list[str], needed: set[str]) -> list[str]:
    """As many of the names as the schema allows: without the last that are not needed, and those that need them."""
    if flat.max_properties is None:
        return names
    for name in [name for name in reversed(names) if name not in needed]:
        if len(names) > flat.max_properties and name in names:
            names = [other for other in names if other != name and name not in flat.dependents.get(other, ())]
    return names


def _add_made_up(making: Making, flat: Flat, names: list[str], room: int) -> None:
    """As many names more as the schema asks for: ``extra1``, ``extra2``, ..., or where names are spoken of, what is said. Raises GaveUp."""
    plain = flat.naming is None
    known = set(names)
    number = 1
    last = 4 * flat.min_properties + MADE_UP_TRIES
    while len(names) < flat.min_properties and (plain or number <= last):
        name = f"extra{number}" if plain else made_up(making, flat, number, room)
        if name is not None and name not in known and name not in flat.properties and (plain or flat.may_be_sent(name, room)):
            names.append(name)
            known.add(name)
        number += 1
    if len(names) < flat.min_properties:
        raise GaveUp("gave up: too few names of properties")
