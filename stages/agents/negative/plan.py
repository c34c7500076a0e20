"""The order of one operation's violations (GENERATION.md, section 19)."""

from collections.abc import Iterable, Iterator
from itertools import zip_longest
from typing import cast

from msgspec import Struct
from msgspec.msgpack import Ext

from pipeline.messages import EXT_RAW, Value
from stages.agents.core.compiler import Compiler
from stages.agents.core.places import Place, Request
from stages.agents.core.verdict import refuses
from stages.agents.negative.changes import PART_CHANGES, Absent, Method, Put, Twice
from stages.agents.negative.keywords import has_default
from stages.agents.negative.order import Order, order
from stages.agents.negative.proof import Prover, prover_of
from stages.agents.negative.texts import of_fields, of_text
from stages.agents.negative.turns import turns
from stages.agents.negative.violation import Violation
from stages.agents.requests.composer import BODY_METHODS
from stages.agents.requests.slots import UNSAFE

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
FEW_HAVE = ("TRACE", "QUERY", "SENTINEL")  # the last is no method at all (RFC 9110, 9.1)
OTHER_METHODS = (*FEW_HAVE, "GET", "POST", "PUT", "PATCH", "DELETE")
# What the client sends by itself: leaving it out changes nothing (RFC 9110, 10.1).
OWN_HEADERS = frozenset({"user-agent", "accept-encoding", "cookie", "date"})


class Plan(Struct, frozen=True):
    """The violations of the ordinals from 0, and those that are tried at random behind them."""

    violations: list[Violation]
    order: Order
    left_out: list[str]  # parts of which nothing is violated, in words


def plan(compiler: Compiler, request: Request, others: frozenset[str], schemes: frozenset[str]) -> Plan:
    """All violations of an operation. ``others``: the methods that are left to it to try; ``schemes``: names of security schemes."""
    bodies = [body for body in request.bodies if body.room >= 0]
    lists = _lists(compiler, request, bodies, schemes)
    further = [_of_body(compiler, request, body) for body in bodies[1:]]
    found = [one for each in (lists, *further) for one in each.in_order()]
    found = [one for one in found if one.proved] + [one for one in found if not one.proved]
    late = [one for one in found if _is_late(request, one)]
    found = [one for one in found if not _is_late(request, one)]
    unlisted = [one for each in (lists, *further) for one in each.unlisted if not _is_late(request, one)]
    random = [*unlisted, *(one for one in found if one.proved and isinstance(one.change, PART_CHANGES) and not one.large)]
    tried = [name for name in OTHER_METHODS if name in others or (not found and name in FEW_HAVE)]
    methods = [Violation(name, Method(name)) for name in tried if name not in UNSAFE]
    unsafe = [Violation(name, Method(name)) for name in tried if name in UNSAFE]
    return Plan([*found, *methods, *late, *unsafe], order(request, random), [told for each in (lists, *further) for told in each.left_out])


class _Lists:
    """What can be violated, in lists of which each has the most telling first."""

    def __init__(self) -> None:
        self.keywords: list[list[Violation]] = []
        self.variants: list[list[Violation]] = []
        self.unlisted: list[Violation] = []
        self.left_out: list[str] = []

    def add(self, prover: Prover, *, in_body: bool) -> None:
        """What can be violated of the parts of a place."""
        found = turns(prover, in_body=in_body)
        self.keywords += found.keywords
        self.variants += found.variants
        self.unlisted += found.unlisted
        self.left_out += [found.left_out] if found.left_out else []

    def in_order(self) -> Iterator[Violation]:
        """The first of each list, the second of each, and so on; then likewise what violates the same keywords in other ways."""
        yield from _round_robin(self.keywords)
        yield from _round_robin(self.variants)

    def has(self, place: Place, value: Value) -> bool:
        """Whether there is one of the place with this value."""
        return any(one.place is place and one.value == value for found in (*self.keywords, *self.variants) for one in found)


def _lists(compiler: Compiler, request: Request, bodies: list[Place], schemes: frozenset[str]) -> _Lists:
    """What can be violated of the parameters and the first body. None where the rest of the request cannot be made."""
    lists = _Lists()
    if any(place.required and place.room < 0 for place in request.places):
        return lists
    absent = [Violation("required", Absent(), request.bodies[0])] if request.bodies and request.body_required else []
    if bodies or not absent:
        for place in request.places:
            if not _is_credential(place, schemes):
                _of_parameter(compiler, request, place, lists)
    lists.keywords.append(absent)
    if bodies:
        _of_body(compiler, request, bodies[0], lists)
    return lists


def _of_body(compiler: Compiler, request: Request, body: Place, lists: _Lists | None = None) -> _Lists:
    """What can be violated in one of the bodies, if it is one that a server must look at."""
    lists = _Lists() if lists is None else lists
    if request.body_required or request.operation.method in (*BODY_METHODS, "QUERY"):
        prover = prover_of(compiler, request, body)
        lists.keywords.append(of_text(compiler, request, body))
        lists.add(prover, in_body=True)
        lists.keywords.append(of_fields(prover))
    return lists


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


def _of_parameter(compiler: Compiler, request: Request, place: Place, lists: _Lists) -> None:
    prover = prover_of(compiler, request, place)
    if place.location != "path" and _is_missed(prover):
        lists.keywords.append([Violation("required", Absent(), place)])
    if place.room < 0:
        return
    lists.add(prover, in_body=False)
    # A server that cannot read the beginning of a message does not know that the answer to HEAD has no body.
    is_text = not prover.exact and not _is_own(place)
    unclear = _encoded(place, is_text=is_text)
    if is_text and place.location != "path":
        unclear.append(Violation("duplicate", Twice(), place, proved=False))
    if is_text and request.operation.method != "HEAD":
        unclear.append(Violation("long", Put("a" * LONG), place, proved=False))
    if is_text and place.location == "query" and not (lists.has(place, "") or place.empty_value) and refuses(compiler, place.node, ""):
        unclear.append(Violation("empty-value", Put(""), place, value="", proved=prover.proves(""), prover=prover))
    lists.keywords.append(unclear)


def _encoded(place: Place, *, is_text: bool) -> list[Violation]:
    """Bytes that are no characters there, or that some take for something else than a part of the value."""
    texts = TARGET_BYTES if place.location in ("path", "query") else HEADER_BYTES if is_text and place.location == "header" else {}
    return [Violation(f"encoding/{which}", Put(Ext(EXT_RAW, text)), place, proved=False) for which, text in texts.items()]


def _is_own(place: Place) -> bool:
    """Whether the client sends it by itself."""
    return place.location == "header" and place.name.lower() in OWN_HEADERS


def _is_missed(prover: Prover) -> bool:
    """Whether a request without the parameter is not valid, however it is read."""
    place = prover.place
    return prover.is_missed() and not (_is_own(place) or has_default(prover.compiler, place.node))


def _round_robin(lists: Iterable[list[Violation]]) -> Iterator[Violation]:
    """The first of each list, then the second of each, and so on."""
    for row in zip_longest(*lists):
        yield from (one for one in cast("tuple[Violation | None, ...]", row) if one is not None)
