"""Which variations make something that no other case has (GENERATION.md, section 12)."""

from typing import NamedTuple

from stages.agents.core.compiler import Compiler
from stages.agents.core.draws import Draws
from stages.agents.core.equality import key_of
from stages.agents.core.interesting import Variation
from stages.agents.core.maker import Maker
from stages.agents.core.mode import GaveUp, Mode
from stages.agents.core.places import Place, Request
from stages.agents.core.steer import Steer
from stages.agents.core.variety import FEW, variety
from stages.agents.positive.combinations import body_of

MOST_OF_A_PLACE = 256
MOST_PARTS = 131_072  # of all the values that are made to tell them apart
FEWEST = 16
MOST_IN_A_BLOCK = 512
PARTS_OF_A_BLOCK = 32_768


def distinct(compiler: Compiler, place: Place, found: list[Variation], full: Place | None) -> list[Variation]:
    """The first 256 whose value is that of no case before: of the best guess, of an earlier one, or where ``full`` is the place, the one of
    the request with every optional part. What cannot be made stays. Of values with many parts only the first few are looked at."""
    best, parts = _keyed(compiler, place, "best", None)
    seen = {best}
    if place is full:
        seen.add(_key(compiler, place, "full", None))
    if place.empty_value:
        seen.add(key_of(""))
    kept: list[Variation] = []
    for variation in found[: max(MOST_PARTS // parts, FEWEST)]:
        key = _key(compiler, place, "best", variation.steer)
        if key is None or key not in seen:
            seen.add(key)
            kept.append(variation)
            if len(kept) == MOST_OF_A_PLACE:
                break
    return kept


class Fuller(NamedTuple):
    """What makes of a best guess the request with every optional part."""

    differs: bool  # whether that is neither the best guess nor what one optional parameter makes of it
    only: Place | None  # where nothing else differs


def fuller(compiler: Compiler, request: Request) -> Fuller:
    """What the request with every optional part has that the best guess has not."""
    body = body_of(request)
    usable = [place for place in (*request.places, body) if place is not None and place.room >= 0]
    other = [place for place in usable if _key(compiler, place, "full", None) != _key(compiler, place, "best", None)]
    adds_body = body is None and any(each.room >= 0 for each in request.bodies)
    more = [place for place in usable if place in other or not place.required]
    differs = bool(other) or adds_body or len(more) > 1
    return Fuller(differs, more[0] if differs and not adds_body and len(more) == 1 else None)


class Breadth(NamedTuple):
    """How random cases are told apart: each is sent once where there are ``few``, else those of a ``block`` are different."""

    few: bool
    block: int


def breadth(compiler: Compiler, request: Request) -> Breadth:
    """That of a request with parameters or bodies; the blocks are smaller where its values have many parts."""
    usable = [place for place in (*request.places, *request.bodies) if place.room >= 0]
    parts = sum(_keyed(compiler, place, "full", None)[1] for place in usable)
    return Breadth(variety(request) < FEW, min(max(PARTS_OF_A_BLOCK // max(parts, 1), 1), MOST_IN_A_BLOCK))


def _key(compiler: Compiler, place: Place, mode: Mode, steer: Steer | None) -> bytes | None:
    return _keyed(compiler, place, mode, steer)[0]


def _keyed(compiler: Compiler, place: Place, mode: Mode, steer: Steer | None) -> tuple[bytes | None, int]:
    """What tells a value from others, made on the stream of state 0 and varying nothing (None where nothing is made), and of how many parts
    it is."""
    maker = Maker(compiler, Draws(0), mode, room=place.room, realm=place.realm, vary="nothing")
    try:
        return key_of(maker.make(place.node, place.name, steer)), maker.made
    except GaveUp:
        return None, maker.made
