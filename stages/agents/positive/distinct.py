"""Which variations make something that no other case has (GENERATION.md, section 12)."""

from stages.agents.core.compiler import Compiler
from stages.agents.core.draws import Draws
from stages.agents.core.equality import key_of
from stages.agents.core.interesting import Variation
from stages.agents.core.maker import Maker
from stages.agents.core.mode import GaveUp, Mode, Vary
from stages.agents.core.places import Place, Request
from stages.agents.core.steer import Steer
from stages.agents.positive.combinations import body_of


def distinct(compiler: Compiler, place: Place, found: list[Variation]) -> list[Variation]:
    """Those whose value is neither the best guess of the place nor that of an earlier one; what cannot be made is left to its case."""
    seen = {_key(compiler, place, Mode.BEST, None)}
    if place.empty_value:
        seen.add(key_of(""))
    kept: list[Variation] = []
    for variation in found:
        key = _key(compiler, place, Mode.BEST, variation.steer)
        if key is None or key not in seen:
            seen.add(key)
            kept.append(variation)
    return kept


def is_fuller(compiler: Compiler, request: Request) -> bool:
    """Whether the request with every optional part is neither the best guess nor what one optional parameter makes of it."""
    usable = [place for place in (*request.places, body_of(request)) if place is not None and place.room >= 0]
    if any(_key(compiler, place, Mode.FULL, None) != _key(compiler, place, Mode.BEST, None) for place in usable):
        return True
    adds_body = body_of(request) is None and any(body.room >= 0 for body in request.bodies)
    return adds_body or sum(not place.required for place in usable) > 1


def _key(compiler: Compiler, place: Place, mode: Mode, steer: Steer | None) -> bytes | None:
    """What tells a value from others, made on the stream of state 0 and varying nothing; None where nothing is made."""
    maker = Maker(compiler, Draws(0), mode, room=place.room, realm=place.realm, vary=Vary.NOTHING)
    try:
        return key_of(maker.make(place.node, place.name, steer))
    except GaveUp:
        return None
