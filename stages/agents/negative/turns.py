"""Which violations of the parts of a place are listed, and which are only tried at random (GENERATION.md, section 17)."""

from collections import deque
from collections.abc import Iterator
from itertools import chain, takewhile
from typing import NamedTuple

from msgspec.structs import replace

from pipeline.messages import Value
from stages.agents.core.equality import key_of
from stages.agents.core.mode import GaveUp
from stages.agents.core.places import Place
from stages.agents.core.steer import Branch, Steer, wrapped
from stages.agents.negative.changes import Letters, Put, changed
from stages.agents.negative.combinators import combined
from stages.agents.negative.keywords import HUGE_TEXT, Candidate, candidates
from stages.agents.negative.parts import part_at, parts_of, replaced
from stages.agents.negative.proof import Prover
from stages.agents.negative.spots import Spot, spots
from stages.agents.negative.violation import Violation, sample

MOST_KEYWORDS = 4096  # of a place
MOST_OF_A_PLACE = 384  # with further ways to violate the same keywords
MOST_UNLISTED = 4096
MOST_PARTS = 1_048_576  # of all the values of a place
FEWEST = 16
MOST_LARGE = 2  # of a place
LARGEST_BYTES = 1_048_576
_MOST_KEPT = 256  # parts of a value that is kept to know it again


class Turns(NamedTuple):
    """``keywords``: lists of which each has the first violation of every keyword of a part; ``variants``: the others.

    ``unlisted``: those behind the limit, which are not looked at yet; ``left_out``: of which parts there are none at all, in words.
    """

    keywords: list[list[Violation]]
    variants: list[list[Violation]]
    unlisted: list[Violation]
    left_out: str


class Sample(NamedTuple):
    """What is violated: a value of the place, whether it is certain to be valid, and of how many parts it is."""

    whole: Value
    certain: bool
    parts: int


class _Taken:
    """What a place has: the keys of its values, how many of these are large, and whether one is huge."""

    def __init__(self) -> None:
        self.keys: set[bytes] = set()
        self.large = 0
        self.huge = False

    def has_room(self, candidate: Candidate) -> bool:
        return not candidate.large or (self.large < MOST_LARGE and not (self.huge and candidate.label == HUGE_TEXT))

    def take(self, candidate: Candidate, value: Value) -> bool:
        """Whether the value is a new one and not too large for a case."""
        key = key_of(value)
        if key in self.keys or (candidate.large and len(key) > LARGEST_BYTES):
            return False
        self.keys.add(key)
        self.large += candidate.large
        self.huge = self.huge or candidate.label == HUGE_TEXT
        return True


def turns(prover: Prover, *, in_body: bool) -> Turns:
    """The violations of all spots of the place: those candidates that are proved, and those that are worth trying all the same.

    The spots take turns: first with keywords that they have no violation of, to a limit; what is left of a lower one is for other
    violations of the same keywords.
    """
    whole = _whole(prover)
    taken = _Taken()
    found = spots(prover.compiler, prover.place, deep=prover.exact)
    tries = [_OfSpot(prover, spot, taken, whole, in_body=in_body) for spot in found.spots]
    most = min(MOST_KEYWORDS, max(MOST_PARTS // whole.parts, FEWEST)) if whole is not None else MOST_KEYWORDS
    listed = 0
    for keywords, limit in ((True, most), (False, min(most, MOST_OF_A_PLACE))):
        waiting = deque(tries)
        while waiting and listed < limit:
            one = waiting.popleft()
            count = one.turn(limit - listed, keywords=keywords)
            listed += count
            if count:
                waiting.append(one)
    unlisted: list[Violation] = []
    waiting = deque(tries)
    while waiting and len(unlisted) < MOST_UNLISTED:
        one = waiting.popleft()
        more = one.unlisted()
        if more is not None:
            unlisted.append(more)
            waiting.append(one)
    lists = [found for one in tries for found in one.lists()]
    return Turns(lists, [one.variants for one in tries], unlisted, _left_out(prover.place, tries, found.more))


def _whole(prover: Prover) -> Sample | None:
    """The sample of the place; None where none is made."""
    try:
        whole, certain = sample(prover.compiler, prover.place)
    except GaveUp:
        return None
    return Sample(whole, certain, parts_of(whole))


def _left_out(place: Place, tries: "list[_OfSpot]", more: int) -> str:
    """Of how many parts nothing is violated as there are too many; "" where there are none."""
    missing = sum(not one.is_begun for one in tries) + more
    return f"left out: {place.key}: violations of {missing} parts: there are too many" if missing else ""


def _group(candidate: Candidate) -> tuple[str, ...]:
    """What keyword is violated, and of which property."""
    keyword, _, which = candidate.label.partition("/")
    if keyword == "propertyNames":
        return (keyword,)
    if keyword == "allOf" or candidate.label == "oneOf/none":
        return keyword, which
    return keyword, *candidate.tokens


class _OfSpot:
    """The violations of one spot, one after the other."""

    def __init__(self, prover: Prover, spot: Spot, taken: _Taken, whole: Sample | None, *, in_body: bool) -> None:
        self.keywords: list[Violation] = []
        self.variants: list[Violation] = []
        self.is_begun = False
        self._prover = prover
        self._spot = spot
        self._taken = taken
        self._in_body = in_body
        self._whole = whole
        self._steer: Steer | None = wrapped(spot.way, None)
        self._as_is = False  # whether it is violated in the sample of the place
        self._sample: Sample | None = None
        self._part: Value = None
        self._left: Iterator[Candidate] = iter(())
        self._aside: deque[Candidate] = deque()
        self._groups: set[tuple[str, ...]] = set()

    def turn(self, most: int, *, keywords: bool) -> int:
        """Takes the next: with ``keywords`` one of which there is none yet, of an object or array all of these; how many that were.

        Of these at most so many, and at the root half of them: names that are required may be more than is left for all others.
        """
        if not self.is_begun:
            self._begin()
        wanted = 1
        if keywords and isinstance(self._part, (dict, list)):
            wanted = most if self._spot.tokens else most // 2
        return sum(1 for _ in takewhile(bool, (self._next(keywords=keywords) for _ in range(wanted))))

    def _next(self, *, keywords: bool) -> bool:
        for candidate in self._left if keywords else self._others():
            group = _group(candidate)
            if keywords and group in self._groups:
                self._aside.append(candidate)
                continue
            made = self._made(candidate)
            if made is not None:
                self._groups.add(group)
                (self.keywords if keywords else self.variants).append(made)
                return True
        return False

    def lists(self) -> list[list[Violation]]:
        """Its keywords: of an object or array each by itself, as these are of all its parts."""
        return [[one] for one in self.keywords] if isinstance(self._part, (dict, list)) else [self.keywords]

    def unlisted(self) -> Violation | None:
        """The next of those that are not looked at, as they are tried at random; None behind the last."""
        for candidate in self._others():
            if self._may_be(candidate) and not candidate.large and not candidate.unproved:
                return self._violation(candidate, candidate.label, None, proved=True)
        return None

    def _others(self) -> Iterator[Candidate]:
        """All that is left; nothing is lost of it where not all is taken, as it would be behind `yield from`."""
        return iter(lambda: self._aside.popleft() if self._aside else next(self._left, None), None)

    def _begin(self) -> None:
        self.is_begun = True
        spot, prover = self._spot, self._prover
        try:
            self._sample = self._own_sample() or self._steered_sample()
            self._part = part_at(self._sample.whole, spot.tokens)
        except GaveUp:
            return
        self._left = candidates(prover.compiler, spot, self._part, exact=prover.exact, in_body=self._in_body)
        if prover.exact and spot.first:
            self._left = chain(combined(prover.compiler, prover.place, spot, self._part), self._left)

    def _own_sample(self) -> Sample | None:
        """That of the place, where it has the part, with anything in it, and there is no other alternative to be of."""
        if self._whole is None or any(isinstance(step, Branch) for step in self._spot.way):
            return None
        try:
            part = part_at(self._whole.whole, self._spot.tokens)
        except GaveUp:
            return None
        if self._spot.tokens and (part is None or part in ([], {})):
            return None
        self._as_is = True
        return self._whole

    def _steered_sample(self) -> Sample:
        whole, certain = sample(self._prover.compiler, self._prover.place, self._steer)
        return Sample(whole, certain, parts_of(whole))

    def _may_be(self, candidate: Candidate) -> bool:
        """Whether it would be the only thing that is wrong."""
        certain = self._sample is not None and self._sample.certain
        return certain or (not self._spot.tokens and isinstance(candidate.change, (Put, Letters)))

    def _made(self, candidate: Candidate) -> Violation | None:
        prover, spot, known = self._prover, self._spot, self._sample
        if known is None or not self._may_be(candidate) or not self._taken.has_room(candidate):
            return None
        try:
            part = changed(candidate.change, self._part, None)
        except GaveUp:
            return None
        value = replaced(known.whole, spot.tokens, part)
        if not prover.can_send(value):
            return None
        # What the validator does not know it refuses for another reason: a number for its own rounding, a text for what else is said of it.
        of_unknown_format = candidate.unproved.startswith("format/")
        proved = not of_unknown_format and prover.proves(value)
        if (not proved and not candidate.unproved) or not self._taken.take(candidate, value):
            return None
        made = self._violation(candidate, candidate.label if proved else candidate.unproved, value, proved=proved)
        is_kept = not candidate.large and (known.parts <= _MOST_KEPT or not isinstance(value, (dict, list)))
        return made if is_kept else replace(made, value=None)

    def _violation(self, candidate: Candidate, label: str, value: Value, *, proved: bool) -> Violation:
        tokens = self._spot.tokens
        pointer = "".join(f"/{token.replace('~', '~0').replace('/', '~1')}" for token in (*tokens, *candidate.tokens))
        return Violation(
            label=label,
            change=candidate.change,
            place=self._prover.place,
            tokens=tokens,
            pointer=pointer,
            steer=self._steer,
            value=value,
            proved=proved,
            prover=self._prover,
            large=candidate.large,
            as_is=self._as_is,
        )
