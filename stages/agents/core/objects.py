"""Which properties an object gets (GENERATION.md, section 9)."""

from typing import Protocol

from stages.agents.core import text
from stages.agents.core.compiler import Compiler
from stages.agents.core.draws import Draws
from stages.agents.core.mode import VALUES_BEFORE_THRIFT, GaveUp, Mode, not_made
from stages.agents.core.samples import first_sample
from stages.agents.core.schema import Flat, Node
from stages.agents.core.steer import Only, Property, Size, Steer

FULL_LEVELS = 3
MADE_UP_TRIES = 64
MOST_MORE = 3  # members of a map than need be


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
    """The names of the properties, in order. Raises GaveUp."""
    if steer is not None or making.mode == "random" or flat.naming is not None:
        return _chosen(making, flat, room, steer)
    key = "names", making.mode, room, making.room - room < FULL_LEVELS, making.made > VALUES_BEFORE_THRIFT
    if key not in flat.scratch:
        flat.scratch[key] = _chosen(making, flat, room, None)
    known: list[str] = flat.scratch[key]
    return known


def _chosen(making: Making, flat: Flat, room: int, steer: Steer | None) -> list[str]:
    needed = set(flat.required)
    only: set[str] | None = None
    least, most = flat.min_properties, flat.max_properties
    match steer:
        case None:
            pass
        case Property(name):
            needed.update((name, *flat.dependents.get(name, ())))
        case Only(chosen):
            only = set(chosen)
        case Size(count):
            least = most = count
        case _:
            pass
    mode = making.mode
    if mode == "best" and only is None and says_nothing_of_need(making.compiler, flat, room):
        mode = "full"
    names: list[str] = []
    possible: list[str] = []
    is_random = mode == "random"
    share = 2 if room == making.room else 1
    is_full = making.room - room < FULL_LEVELS
    sampled = _sampled(making.compiler, flat, room) if mode == "best" and only is None else frozenset[str]()
    for name, is_sendable in _declared(flat, room):
        if name in needed:
            names.append(name)
        elif is_sendable:
            possible.append(name)
            if only is not None:
                is_taken = name in only
            elif making.made > VALUES_BEFORE_THRIFT:
                is_taken = False
            elif is_random:
                is_taken = making.draws.below(4) < share
            else:
                is_taken = is_full if mode == "full" else name in sampled
            if is_taken:
                names.append(name)
    names += [name for name in flat.required if name not in flat.properties]
    if isinstance(steer, Property) and steer.name not in names:
        names.append(steer.name)
    if mode == "random" and flat.open and room > 0 and only is None:
        _add_unnamed(making, flat, names, room)
    if flat.dependents:
        _add_dependents(flat, names)
    if len(names) < least:
        names = _more(flat, names, possible, least)
        _add_made_up(making, flat, names, room, least)
    return names if most is None else _fewer(flat, names, needed, most)


def can_have(making: Making, flat: Flat, room: int, count: int) -> bool:
    """Whether an object of so many properties can be made."""
    try:
        return len(property_names(making, flat, room, Size(count))) == count
    except GaveUp:
        return False


def says_nothing_of_need(compiler: Compiler, flat: Flat, room: int) -> bool:
    """Whether no property is required and none has a sample: such a document mostly just does not say what is needed."""
    return not flat.required and not _sampled(compiler, flat, room)


def _declared(flat: Flat, room: int) -> list[tuple[str, bool]]:
    """The names of the declared properties, each with whether it can be put in where it is optional."""
    key = ("declared", room)
    known: list[tuple[str, bool]] | None = flat.scratch.get(key)
    if known is None:
        known = [(name, can_be_sent(flat, name, node, room)) for name, node in flat.declared()]
        flat.scratch[key] = known
    return known


def _sampled(compiler: Compiler, flat: Flat, room: int) -> frozenset[str]:
    """Of those that can be put in the names of which the alternative that is made first has a sample."""
    key = ("sampled", room)
    known: frozenset[str] | None = flat.scratch.get(key)
    if known is None:
        sendable = dict(_declared(flat, room))
        known = frozenset(name for name, node in flat.declared() if sendable[name] and has_sample(compiler, node, room))
        flat.scratch[key] = known
    return known


def can_be_sent(flat: Flat, name: str, node: Node, room: int) -> bool:
    """Whether an optional property can be put in: something fits, and it is not read-only."""
    fits = flat.may_be_sent(name, room) if flat.dependents else room > 0 and node.fits(room - 1)
    return fits and not node.alternatives[0].read_only


def has_sample(compiler: Compiler, node: Node, room: int) -> bool:
    """Whether the alternative that is made first has a sample."""
    return first_sample(compiler, node, node.alternatives[node.fitting(room - 1)[0]]) is not None


def _add_unnamed(making: Making, flat: Flat, names: list[str], room: int) -> None:
    """Properties that the schema does not name: one time in four one; where it names none, as many as an array has items."""
    count = int(making.draws.below(4) == 0) if flat.properties else _members(making, flat, room)
    for _ in range(count):
        name = made_up(making, flat, making.draws.next(), room) if flat.naming else text.word(making.draws)
        if name is not None and name not in names and name not in flat.properties and flat.may_be_sent(name, room):
            names.append(name)


def _members(making: Making, flat: Flat, room: int) -> int:
    """How many members a map gets at random."""
    low = flat.min_properties
    if making.room - room >= 2 or making.made > VALUES_BEFORE_THRIFT:
        return low
    more = MOST_MORE if flat.max_properties is None else min(flat.max_properties - low, MOST_MORE)
    return low + making.draws.below(more + 1)


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


def _more(flat: Flat, names: list[str], possible: list[str], least: int) -> list[str]:
    """The names, and optional ones at their places, as many as there must be or there are."""
    chosen = set(names)
    for name in possible:
        if len(chosen) < least:
            chosen.update((name, *flat.dependents.get(name, ())))
    more = [name for name in flat.properties if name in chosen] + [name for name in names if name not in flat.properties]
    return more + sorted(chosen.difference(more))


def _fewer(flat: Flat, names: list[str], needed: set[str], most: int) -> list[str]:
    """As many of the names as there may be: without the last that are not needed, and those that need them."""
    for name in [name for name in reversed(names) if name not in needed]:
        if len(names) > most and name in names:
            names = [other for other in names if other != name and name not in flat.dependents.get(other, ())]
    return names


def _add_made_up(making: Making, flat: Flat, names: list[str], room: int, least: int) -> None:
    """As many names more as there must be: ``extra1``, ``extra2``, ..., or where names are spoken of, what is said. Raises GaveUp."""
    plain = flat.naming is None and (flat.additional is None or flat.additional.fits(room - 1))
    known = set(names)
    number = 1
    last = 4 * least + MADE_UP_TRIES
    while len(names) < least and (plain or number <= last):
        name = f"extra{number}" if plain else made_up(making, flat, number, room)
        if name is not None and name not in known and name not in flat.properties and (plain or flat.may_be_sent(name, room)):
            names.append(name)
            known.add(name)
        number += 1
    if len(names) < least:
        raise not_made("too few names of properties")
