"""The order of one operation's cases: which ordinal tries what (GENERATION.md, section 12)."""

from collections.abc import Iterator
from itertools import zip_longest
from typing import Literal

from msgspec import Struct

from pipeline.messages import Operation
from stages.agents.core.compiler import Compiler
from stages.agents.core.equality import key_of
from stages.agents.core.interesting import Variation, variations
from stages.agents.core.places import Place, Request
from stages.agents.core.realm import Realm
from stages.agents.positive.combinations import Combination, combinations
from stages.agents.positive.distinct import distinct, fuller


class Entry(Struct, frozen=True):
    """What one ordinal tries. ``place`` and ``variation``: the one thing that is not as in the best guess."""

    kind: Literal["best", "full", "bare-credentials", "example", "present", "empty-value", "try", "media", "combination", "random", "again"]
    place: Place | None = None
    variation: Variation | None = None
    index: int = 0  # which of the request's bodies, or of the combinations
    combination: Combination | None = None


NAME = "functional-positive"
RANDOM = Entry("random")
AGAIN = Entry("again")
BARE_AGAIN = Entry("bare-credentials")
_BARE_EVERY, _BARE_AT = 64, 15  # of the random cases
_SAFE_METHODS = frozenset({"GET", "HEAD"})  # RFC 9110, 9.2.1, of those that a document can have and that show something


def plan(compiler: Compiler, request: Request) -> list[Entry]:
    """The entries of the ordinals from 0; what comes then says ``behind``."""
    entries = [Entry("best")]
    full = fuller(compiler, request)
    if full.differs:
        entries.append(Entry("full"))
    if asks_credentials(request.operation):
        entries.append(Entry("bare-credentials"))
    tries: list[list[Entry]] = []
    for place in (*request.places, *request.bodies[:1]):
        if place.room < 0:
            continue
        found = distinct(compiler, place, variations(compiler, place.node, place.realm, place.room), full.only)
        entries += [Entry("example", place, variation) for variation in found if _is_example(variation)]
        rest = [Entry("try", place, variation) for variation in found if not _is_example(variation)]
        first = [] if place.required else [Entry("present", place)]
        tries.append([*first, *([Entry("empty-value", place)] if place.empty_value else []), *rest])
    entries += _round_robin(tries)
    entries += [Entry("media", index=index) for index in range(1, len(request.bodies))]
    entries += [Entry("combination", index=index, combination=each) for index, each in enumerate(combinations(request))]
    entries += _round_robin([_of_body(compiler, body) for body in _further_bodies(request)])
    return entries


def _further_bodies(request: Request) -> Iterator[Place]:
    """The bodies behind the first that can be made; JSON of the same schema is the same text, whatever it is called."""
    seen: set[bytes] = set()
    for index, body in enumerate(request.bodies):
        key = key_of(list(body.node.schemas)) if body.realm is Realm.JSON else None
        if index and body.room >= 0 and key not in seen:
            yield body
        if key is not None:
            seen.add(key)


def _of_body(compiler: Compiler, body: Place) -> list[Entry]:
    found = distinct(compiler, body, variations(compiler, body.node, body.realm, body.room), None)
    return [Entry("example" if _is_example(variation) else "try", body, variation) for variation in found]


def behind(request: Request, index: int) -> Entry | None:
    """The entry of an ordinal behind the plan, the first of which has index 0: random, or where there is nothing to choose the same again;
    None: an end.

    What a safe request shows changes with what others do; an unsafe one is not repeated. Without credentials once in a while, as the one
    time before may have met a conflict.
    """
    if request.places or request.bodies:
        return BARE_AGAIN if index % _BARE_EVERY == _BARE_AT and asks_credentials(request.operation) else RANDOM
    return AGAIN if request.operation.method in _SAFE_METHODS else None


def asks_credentials(operation: Operation) -> bool:
    """Whether every way to call the operation needs a credential."""
    return bool(operation.security) and {} not in operation.security


def _is_example(variation: Variation) -> bool:
    return variation.pointer == "" and variation.label.startswith("example/")


def _round_robin(lists: list[list[Entry]]) -> Iterator[Entry]:
    """The first of each list, then the second of each, and so on."""
    for row in zip_longest(*lists):
        yield from (entry for entry in row if entry is not None)
