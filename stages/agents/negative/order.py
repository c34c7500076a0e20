"""Which violation a random case has (GENERATION.md, section 19)."""

from bisect import bisect_right

from msgspec import Struct

from stages.agents.core.places import Place, Request
from stages.agents.core.variety import MANY, Beside, variety
from stages.agents.negative.changes import Beyond, Letters, Put, Sized, Without
from stages.agents.negative.violation import Violation

SHARE = 4
"""Of so many requests that a violation can have one is made: of more many would be made twice."""
_LENGTHS = 64  # that are longer, at random


class Varied(Struct, frozen=True):
    """What is tried at random: ``turns`` times, without an end where that is None; ``also``: optional parameters that are sent as well."""

    violation: Violation
    turns: int | None
    also: tuple[Place, ...]


class Order:
    """All violations take turns, each as often as its requests may differ."""

    def __init__(self, entries: list[Varied]) -> None:
        counts = sorted({one.turns for one in entries if one.turns is not None})
        self._first: list[int] = []  # of every part of the stream, in which the same ones take turns
        self._taking: list[list[Varied]] = []
        self._end: int | None = None
        first, before = 0, 0
        for count in counts:
            taking = [one for one in entries if one.turns is None or one.turns >= count]
            self._first.append(first)
            self._taking.append(taking)
            first, before = first + (count - before) * len(taking), count
        endless = [one for one in entries if one.turns is None]
        if endless:
            self._first.append(first)
            self._taking.append(endless)
        else:
            self._end = first

    def at(self, index: int) -> tuple[Varied, list[Varied]] | None:
        """The one whose turn it is, and all that take turns there; None behind the end."""
        if self._end is not None and index >= self._end:
            return None
        part = bisect_right(self._first, index) - 1
        taking = self._taking[part]
        return taking[(index - self._first[part]) % len(taking)], taking


def order(request: Request, violations: list[Violation]) -> Order:
    """Of those that can be tried at random."""
    places: dict[Place, _Place] = {}
    entries: list[Varied] = []
    for one in violations:
        if one.place is None:
            continue
        if one.place not in places:
            places[one.place] = _Place(request, one.place)
        turns = places[one.place].turns(one)
        if turns != 0:
            entries.append(Varied(one, turns, places[one.place].also))
    return Order(entries)


class _Place:
    """What of the requests differs beside a violation of the place."""

    def __init__(self, request: Request, place: Place) -> None:
        others = tuple(one for one in request.places if one is not place)
        is_body = place.location is None
        self._rest = variety(request._replace(places=others, bodies=() if is_body else request.bodies))
        self._own = Beside(place)
        self._known: dict[tuple[str, ...] | None, int] = {}
        needed = tuple(one for one in others if one.required)
        bodies = request.bodies if request.body_required else ()
        is_wide = is_body or variety(request._replace(places=needed, bodies=bodies)) >= MANY
        self.also = () if is_wide else tuple(one for one in others if not one.required and one.room >= 0)
        """All other optional parameters, where what is required does not differ by much: without them most requests were the same."""

    def turns(self, violation: Violation) -> int | None:
        """How often it is tried; None: without an end."""
        tokens: tuple[str, ...] | None = violation.tokens
        own = 1
        match violation.change:
            case Letters() | Beyond():
                return None
            case Sized(length, longer):
                own = _LENGTHS if longer else length + 1
            case Put():
                pass
            case Without(name):
                tokens = (*violation.tokens, name)
            case _:
                tokens = None
        if tokens not in self._known:
            self._known[tokens] = min(self._rest * self._own.count(tokens), MANY)
        count = own * self._known[tokens]
        return None if count >= MANY else count // SHARE
