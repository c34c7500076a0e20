"""The ten planted defects: what each does, the check it is for, and the places among which a seed chooses.

No two defects share an operation, and the places are chosen before any defect is switched off; so switching one off changes
nothing but its own operation.
"""

import random
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from pipeline.demo.reading import Answer, Call

Kind = Literal[
    "server-error",
    "undocumented-status",
    "wrong-content-type",
    "broken-schema",
    "missing-header",
    "valid-input-rejected",
    "authentication-ignored",
    "length-with-204",
    "dropped-connection",
    "hang",
]
Spoil = Callable[[Answer], Answer]


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a defect can be: an operation and the valid requests to it that show the defect, in words and as a test."""

    operation: str
    when: str
    shows: Callable[[Call], bool]
    spoil: Spoil


@dataclass(frozen=True, kw_only=True)
class Defect:
    """``check`` is the name of the check that is to find it (docs/checks.md); ``instead`` defects never touch the clinic's state."""

    name: Kind
    description: str
    check: str
    places: tuple[Place, ...]
    instead: bool = False


def _always(_call: Call) -> bool:
    return True


def _asked(name: str, value: Any) -> Callable[[Call], bool]:
    return lambda call: call.query.get(name) == value


def _sent(name: str, value: Any) -> Callable[[Call], bool]:
    return lambda call: name in call.body and call.body[name] == value


def _status(status: int) -> Spoil:
    return lambda answer: replace(answer, status=status)


def _edit(edit: Callable[[dict[str, Any]], dict[str, Any]]) -> Spoil:
    return lambda answer: replace(answer, body=edit(answer.body)) if answer.status < 300 else answer


def _without(*names: str) -> Spoil:
    return _edit(lambda body: {name: value for name, value in body.items() if name not in names})


def _as_text(name: str) -> Spoil:
    return _edit(lambda body: {**body, name: str(body[name])})


def _without_header(name: str) -> Spoil:
    return lambda answer: replace(answer, headers={key: value for key, value in answer.headers.items() if key != name})


def _as_html(answer: Answer) -> Answer:
    return replace(answer, content_type="text/html; charset=utf-8") if answer.status < 300 else answer


def _delivered(delivery: str) -> Spoil:
    return lambda answer: replace(answer, delivery=delivery) if answer.status < 300 else answer


def _problem(status: int, title: str) -> Spoil:
    body = {"title": title, "status": status, "detail": "This one is planted (docs/demo.md)."}
    return lambda _: Answer(status=status, body=body, content_type="application/problem+json")


def _places(*rows: tuple[str, str, Callable[[Call], bool], Spoil]) -> tuple[Place, ...]:
    return tuple(Place(operation=operation, when=when, shows=shows, spoil=spoil) for operation, when, shows, spoil in rows)


_CRASH = _problem(500, "Internal error")
_REJECT = _problem(422, "Invalid request")
_DROP = _delivered("dropped")
_LATE = _delivered("late")
_ANNOUNCE = _delivered("announced")

DEFECTS: tuple[Defect, ...] = (
    Defect(
        name="server-error",
        description="A value at the very end of its documented range is answered with 500.",
        check="server_error",
        instead=True,
        places=_places(
            ("GET /owners", "limit is 100, its maximum", _asked("limit", 100), _CRASH),
            ("POST /owners", "name has 80 characters, its maximum", lambda call: len(call.body["name"]) == 80, _CRASH),
            ("POST /owners/{ownerId}/pets", "weightGrams is 200000, its maximum", _sent("weightGrams", 200000), _CRASH),
            ("PUT /appointments/{appointmentId}", "durationMinutes is 240, its maximum", _sent("durationMinutes", 240), _CRASH),
        ),
    ),
    Defect(
        name="undocumented-status",
        description="A success is answered with another 2xx than the documented one.",
        check="undocumented_status",
        places=_places(
            ("POST /appointments/{appointmentId}/confirm", "always: 202 instead of 200", _always, _status(202)),
            ("PUT /owners/{ownerId}", "always: 202 instead of 200", _always, _status(202)),
            ("GET /vets", "specialty is exotics: 203 instead of 200", _asked("specialty", "exotics"), _status(203)),
            ("GET /health", "always: 203 instead of 200", _always, _status(203)),
        ),
    ),
    Defect(
        name="wrong-content-type",
        description="JSON is sent as text/html.",
        check="content_type",
        places=_places(
            ("GET /health", "always", _always, _as_html),
            ("GET /owners/{ownerId}", "the owner exists", _always, _as_html),
            ("GET /owners/{ownerId}/pets/{petId}", "the pet exists", _always, _as_html),
            ("GET /vets/{vetId}", "the vet exists", _always, _as_html),
        ),
    ),
    Defect(
        name="broken-schema",
        description="A body lacks a required property, or has one of another type than documented.",
        check="response_schema",
        places=_places(
            ("GET /owners", "offset is 1 or more: total is a string", lambda call: call.query["offset"] > 0, _as_text("total")),
            (
                "GET /appointments/{appointmentId}",
                "it exists: durationMinutes is a string",
                _always,
                _as_text("durationMinutes"),
            ),
            ("PATCH /owners/{ownerId}", "it exists: createdAt is missing", _always, _without("createdAt")),
            ("GET /vets", "specialty is given: next is missing", lambda call: "specialty" in call.query, _without("next")),
        ),
    ),
    Defect(
        name="missing-header",
        description="A required header of the answer is missing.",
        check="response_headers",
        places=_places(
            ("POST /owners", "always: no Location", _always, _without_header("Location")),
            ("POST /owners/{ownerId}/pets", "always: no Location", _always, _without_header("Location")),
            ("POST /appointments", "always: no Location", _always, _without_header("Location")),
            ("GET /owners/{ownerId}/pets", "always: no X-Total-Count", _always, _without_header("X-Total-Count")),
        ),
    ),
    Defect(
        name="valid-input-rejected",
        description="A value that the document itself names, an example or a member of an enum, is refused with 422.",
        check="valid_rejected",
        instead=True,
        places=_places(
            ("GET /owners", "city is Basel, its example", _asked("city", "Basel"), _REJECT),
            ("POST /owners", "phone is +41615550100, as in the example `full`", _sent("phone", "+41615550100"), _REJECT),
            ("GET /appointments", "day is 2031-05-02, its example", _asked("day", "2031-05-02"), _REJECT),
            ("GET /vets", "specialty is general, a member of its enum", _asked("specialty", "general"), _REJECT),
        ),
    ),
    Defect(
        name="authentication-ignored",
        description="An operation that asks for the token answers without one.",
        check="authentication_ignored",
        places=_places(
            ("GET /invoices", "the token is missing or wrong", _always, lambda answer: answer),
            ("POST /invoices", "the token is missing or wrong", _always, lambda answer: answer),
            ("GET /invoices/{number}", "the token is missing or wrong", _always, lambda answer: answer),
        ),
    ),
    Defect(
        name="length-with-204",
        description="A 204 announces a body: it has Content-Length 16, which RFC 9110 (8.6) forbids.",
        check="body_not_allowed",
        places=_places(
            ("DELETE /owners/{ownerId}", "the owner exists", _always, _ANNOUNCE),
            ("DELETE /owners/{ownerId}/pets/{petId}", "the pet exists", _always, _ANNOUNCE),
            ("DELETE /appointments/{appointmentId}", "the appointment exists", _always, _ANNOUNCE),
            ("DELETE /invoices/{number}", "the invoice exists", _always, _ANNOUNCE),
        ),
    ),
    Defect(
        name="dropped-connection",
        description="The connection is closed without an answer.",
        check="dropped_connection",
        places=_places(
            ("GET /owners", "sort is -name", _asked("sort", "-name"), _DROP),
            ("GET /appointments", "status is no-show", _asked("status", "no-show"), _DROP),
            ("GET /vets", "specialty is surgery", _asked("specialty", "surgery"), _DROP),
            ("PATCH /owners/{ownerId}/pets/{petId}", "microchip is null", _sent("microchip", None), _DROP),
        ),
    ),
    Defect(
        name="hang",
        description="The answer comes later than anyone waits.",
        check="hang",
        places=_places(
            ("GET /owners", "sort is name", _asked("sort", "name"), _LATE),
            ("GET /owners/{ownerId}/pets", "species holds tortoise", lambda call: "tortoise" in call.query.get("species", ()), _LATE),
            ("GET /vets", "specialty is dentistry", _asked("specialty", "dentistry"), _LATE),
            ("PUT /appointments/{appointmentId}", "durationMinutes is 5, its minimum", _sent("durationMinutes", 5), _LATE),
        ),
    ),
)


@dataclass(frozen=True, kw_only=True)
class Planted:
    defect: Defect
    place: Place


def plant(seed: int, off: Collection[str] = ()) -> Mapping[str, Planted]:
    """The defects of this seed by operation, without those named in ``off``. Raises ValueError for an unknown name."""
    unknown = set(off) - {defect.name for defect in DEFECTS}
    if unknown:
        known = ", ".join(defect.name for defect in DEFECTS)
        raise ValueError(f"no such defect: {', '.join(sorted(unknown))}; there are {known}")
    chosen = _choose(random.Random(seed), DEFECTS, frozenset())
    assert chosen is not None, "the places of ten defects must not exclude each other"
    return {planted.place.operation: planted for planted in chosen if planted.defect.name not in off}


def _choose(draw: random.Random, defects: tuple[Defect, ...], taken: frozenset[str]) -> list[Planted] | None:
    """One place for each defect, all on different operations; depth first, each defect's places in an order drawn."""
    if not defects:
        return []
    first, *rest = defects
    for place in draw.sample(first.places, len(first.places)):
        if place.operation not in taken:
            others = _choose(draw, tuple(rest), taken | {place.operation})
            if others is not None:
                return [Planted(defect=first, place=place), *others]
    return None
