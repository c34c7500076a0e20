"""The order of one operation's violations (GENERATION.md, section 19)."""

from collections import deque
from collections.abc import Iterable, Iterator
from itertools import chain, zip_longest
from typing import cast

from msgspec import Struct
from msgspec.msgpack import Ext
from msgspec.structs import replace

from pipeline.messages import EXT_RAW, Value
from stages.agents.core.compiler import Compiler
from stages.agents.core.equality import key_of
from stages.agents.core.mode import GaveUp
from stages.agents.core.places import Place, Request
from stages.agents.core.steer import Steer, wrapped
from stages.agents.core.verdict import refuses
from stages.agents.negative.changes import PART_CHANGES, Absent, Letters, Method, Put, Twice, changed, is_open
from stages.agents.negative.combinators import combined
from stages.agents.negative.keywords import HUGE_TEXT, Candidate, candidates, has_default
from stages.agents.negative.parts import part_at, parts_of, replaced
from stages.agents.negative.proof import Prover, prover_of
from stages.agents.negative.spots import Spot, spots
from stages.agents.negative.texts import of_fields, of_text
from stages.agents.negative.violation import Violation, sample
from stages.agents.requests.composer import BODY_METHODS
from stages.agents.requests.slots import UNSAFE

MOST_OF_A_PLACE = 384
MOST_PARTS = 131_072  # of all the values of a place
FEWEST = 16
LONG = 8192
# What a path or a query may not survive, and what a header may not: obs-text (RFC 9110, 5.5) as UTF-8, and blanks that are no part of it.
TARGET_BYTES = {
    "nul": b"sample%00",
    "utf-8": b"sample%FF",
    "control": b"sample%01",
    "line-break": b"sample%0D%0A",
    "percent": b"sample%zz",
    "overlong": b"sample%C0%AF",
}
HEADER_BYTES = {"obs-text": "sampl\u00e9".encode(), "tab": b"\tsample\t"}
MOST_LARGE = 2  # of a place
LARGEST_BYTES = 1_048_576
FEW_HAVE = ("TRACE", "QUERY", "SENTINEL")  # the last is no method at all (RFC 9110, 9.1)
OTHER_METHODS = (*FEW_HAVE, "GET", "POST", "PUT", "PATCH", "DELETE")
# What the client sends by itself: leaving it out changes nothing (RFC 9110, 10.1).
OWN_HEADERS = frozenset({"user-agent", "accept-encoding", "cookie", "date"})


class Plan(Struct, frozen=True):
    """The violations of the ordinals from 0, and those that are tried at random behind them."""

    violations: list[Violation]
    random: list[Violation]


def plan(compiler: Compiler, request: Request, others: frozenset[str], schemes: frozenset[str]) -> Plan:
    """All violations of an operation. ``others``: the methods that are left to it to try; ``schemes``: names of security schemes."""
    bodies = [body for body in request.bodies if body.room >= 0]
    found = list(_round_robin(_lists(compiler, request, bodies, schemes)))
    for body in bodies[1:]:
        found += _round_robin(_of_body(compiler, request, body))
    found = [one for one in found if one.proved] + [one for one in found if not one.proved]
    late = [one for one in found if _is_late(request, one)]
    found = [one for one in found if not _is_late(request, one)]
    has_others = len(request.places) + bool(bodies) > 1
    random = [one for one in found if one.proved and isinstance(one.change, PART_CHANGES) and (has_others or _varies(one))]
    random = [one for one in random if not one.large]
    tried = [name for name in OTHER_METHODS if name in others or (not found and name in FEW_HAVE)]
    methods = [Violation(name, Method(name)) for name in tried if name not in UNSAFE]
    unsafe = [Violation(name, Method(name)) for name in tried if name in UNSAFE]
    return Plan([*found, *methods, *late, *unsafe], random)


def _lists(compiler: Compiler, request: Request, bodies: list[Place], schemes: frozenset[str]) -> list[list[Violation]]:
    """What can be violated, in lists of which each has the most telling first. None where the rest of the request cannot be made."""
    if any(place.required and place.room < 0 for place in request.places):
        return []
    absent = [Violation("required", Absent(), request.bodies[0])] if request.bodies and request.body_required else []
    if absent and not bodies:
        return [absent]
    lists: list[list[Violation]] = []
    for place in request.places:
        if not _is_credential(place, schemes):
            lists += _of_parameter(compiler, request, place)
    lists.append(absent)
    return [*lists, *_of_body(compiler, request, bodies[0])] if bodies else lists


def _of_body(compiler: Compiler, request: Request, body: Place) -> list[list[Violation]]:
    """What can be violated in one of the bodies, if it is one that a server must look at."""
    if not (request.body_required or request.operation.method in BODY_METHODS):
        return []
    prover = prover_of(compiler, request, body)
    return [of_text(compiler, request, body), *_of_parts(prover, in_body=True), of_fields(prover)]


def _is_credential(place: Place, schemes: frozenset[str]) -> bool:
    """Whether the parameter is named like a security scheme: the client has its credential there, whatever a case says."""
    if place.location != "header":
        return place.location != "path" and place.name in schemes
    return _small(place.name) in map(_small, schemes)


def _small(name: str) -> str:
    return "".join(char.lower() if char.isascii() else char for char in name)


def _is_late(request: Request, violation: Violation) -> bool:
    """Whether it only leaves where the owner lets requests change what the run did not make: nothing of that is under a wrong path."""
    return request.operation.method in UNSAFE and violation.place is not None and violation.place.location == "path"


def _varies(violation: Violation) -> bool:
    """Whether what is sent at random is mostly different, where there is no other place."""
    in_body = violation.place is not None and violation.place.location is None
    return is_open(violation.change) or (in_body and (violation.tokens != () or not isinstance(violation.change, Put)))


def _of_parameter(compiler: Compiler, request: Request, place: Place) -> Iterator[list[Violation]]:
    prover = prover_of(compiler, request, place)
    if place.location != "path" and _is_missed(prover):
        yield [Violation("required", Absent(), place)]
    if place.room < 0:
        return
    parts = _of_parts(prover, in_body=False)
    yield from parts
    # A server that cannot read the beginning of a message does not know that the answer to HEAD has no body.
    is_plain = not prover.exact and not _is_own(place) and request.operation.method != "HEAD"
    long = [Violation("long", Put("a" * LONG), place, proved=False)] if is_plain else []
    if place.location in ("header", "cookie"):
        bytes_ = HEADER_BYTES if place.location == "header" and not (prover.exact or _is_own(place)) else {}
        yield [*_encoded(place, bytes_), *long]
    else:
        unclear = _encoded(place, TARGET_BYTES)
        if place.location == "query" and not prover.exact:
            unclear.append(Violation("duplicate", Twice(), place, proved=False))
            unclear += long
            is_new = not any(one.value == "" for found in parts for one in found)
            if is_new and not place.empty_value and refuses(compiler, place.node, ""):
                unclear.append(Violation("empty-value", Put(""), place, value="", proved=prover.proves(""), prover=prover))
        yield unclear if place.location == "query" else [*unclear, *long]


def _encoded(place: Place, texts: dict[str, bytes]) -> list[Violation]:
    return [Violation(f"encoding/{which}", Put(Ext(EXT_RAW, text)), place, proved=False) for which, text in texts.items()]


def _is_own(place: Place) -> bool:
    """Whether the client sends it by itself."""
    return place.location == "header" and place.name.lower() in OWN_HEADERS


def _is_missed(prover: Prover) -> bool:
    """Whether a request without the parameter is not valid, however it is read."""
    place = prover.place
    return prover.is_missed() and not (_is_own(place) or has_default(prover.compiler, place.node))


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


def _of_parts(prover: Prover, *, in_body: bool) -> list[list[Violation]]:
    """A list for every spot of the place: those candidates that are proved, and those that are worth trying all the same.

    Of the first 384, taken one from each spot, then one more from each, and so on; of fewer where a value has many parts.
    """
    taken = _Taken()
    lists: list[list[Violation]] = []
    waiting: deque[tuple[list[Violation], Iterator[Violation]]] = deque()
    for spot in spots(prover.place, deep=prover.exact):
        lists.append([])
        waiting.append((lists[-1], _of_spot(prover, spot, taken, in_body=in_body)))
    left = _most(prover)
    while waiting and left:
        found, more = waiting.popleft()
        violation = next(more, None)
        if violation is not None:
            found.append(violation)
            left -= 1
            waiting.append((found, more))
    return lists


def _most(prover: Prover) -> int:
    try:
        whole, _ = sample(prover.compiler, prover.place)
    except GaveUp:
        return MOST_OF_A_PLACE
    return min(MOST_OF_A_PLACE, max(MOST_PARTS // parts_of(whole), FEWEST))


def _of_spot(prover: Prover, spot: Spot, taken: _Taken, *, in_body: bool) -> Iterator[Violation]:
    place = prover.place
    steer = wrapped(spot.way, None)
    try:
        whole, certain = sample(prover.compiler, place, steer)
        part = part_at(whole, spot.tokens)
    except GaveUp:
        return
    tried = candidates(prover.compiler, spot, part, exact=prover.exact, in_body=in_body)
    if prover.exact and spot.first:
        tried = chain(combined(prover.compiler, place, spot, part), tried)
    for candidate in tried:
        if not certain and (spot.tokens or not isinstance(candidate.change, (Put, Letters))):
            continue  # it would not be the only thing that is wrong
        if not taken.has_room(candidate):
            continue
        made = _violation(prover, spot, steer, whole, candidate)
        if made is not None and taken.take(candidate, made.value):
            yield replace(made, value=None) if candidate.large else made


def _violation(prover: Prover, spot: Spot, steer: Steer | None, whole: Value, candidate: Candidate) -> Violation | None:
    place = prover.place
    try:
        part = changed(candidate.change, part_at(whole, spot.tokens), None)
    except GaveUp:
        return None
    value = replaced(whole, spot.tokens, part)
    if not prover.can_send(value):
        return None
    # What the validator does not know it refuses for another reason: a number for its own rounding, a text for what else is said of it.
    of_unknown_format = candidate.unproved.startswith("format/")
    proved = not of_unknown_format and prover.proves(value)
    if not proved and not candidate.unproved:
        return None
    label = candidate.label if proved else candidate.unproved
    pointer = "".join(f"/{token.replace('~', '~0').replace('/', '~1')}" for token in (*spot.tokens, *candidate.tokens))
    return Violation(label, candidate.change, place, spot.tokens, pointer, steer, value, proved, prover, candidate.large)


def _round_robin(lists: Iterable[list[Violation]]) -> Iterator[Violation]:
    """The first of each list, then the second of each, and so on."""
    for row in zip_longest(*lists):
        yield from (one for one in cast("tuple[Violation | None, ...]", row) if one is not None)
