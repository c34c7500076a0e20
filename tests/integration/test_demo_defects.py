"""Each planted defect on the wire, at places of several seeds, through an HTTP client such as testers have."""

import copy
import json
from typing import Any

import aiohttp
import pytest

from pipeline.demo import DEFECTS, TOKEN, Demo, Place, create_app, running
from pipeline.demo.document import APPOINTMENT_EXAMPLES, INVOICE_EXAMPLES, OWNER_EXAMPLES, PET_EXAMPLES
from tests.servers.obedience import Document, Seen

HANG_MS = 700
BODIES: dict[str, dict[str, Any]] = {
    "POST /owners": OWNER_EXAMPLES["short"],
    "PUT /owners/{ownerId}": OWNER_EXAMPLES["short"],
    "PATCH /owners/{ownerId}": {"city": "Turin"},
    "POST /owners/{ownerId}/pets": PET_EXAMPLES["short"],
    "PATCH /owners/{ownerId}/pets/{petId}": {"name": "Momo"},
    "POST /appointments": APPOINTMENT_EXAMPLES["short"],
    "PUT /appointments/{appointmentId}": APPOINTMENT_EXAMPLES["short"],
    "POST /invoices": INVOICE_EXAMPLES["cash"],
}
IDS = {"ownerId": "1", "petId": "1", "vetId": "vet-ada", "appointmentId": "00000000-0000-4000-8000-000000000001", "number": "INV-000001"}
TRIGGERS: dict[str, dict[str, Any]] = {
    "limit is 100": {"query": "limit=100"},
    "name has 80": {"body": {"name": "n" * 80}},
    "weightGrams is 200000": {"body": {"weightGrams": 200000}},
    "durationMinutes is 240": {"body": {"durationMinutes": 240}},
    "durationMinutes is 5": {"body": {"durationMinutes": 5}},
    "specialty is exotics": {"query": "specialty=exotics"},
    "specialty is given": {"query": "specialty=general"},
    "specialty is surgery": {"query": "specialty=surgery"},
    "specialty is dentistry": {"query": "specialty=dentistry"},
    "offset is 1": {"query": "limit=1&offset=1"},
    "city is Basel": {"query": "city=Basel"},
    "phone is +41615550100": {"body": OWNER_EXAMPLES["full"]},
    "specialty is general": {"query": "specialty=general"},
    "day is 2031-05-02": {"query": "day=2031-05-02"},
    "sort is -name": {"query": "sort=-name"},
    "sort is name": {"query": "sort=name"},
    "status is no-show": {"query": "status=no-show"},
    "microchip is null": {"body": {"microchip": None}},
    "species holds tortoise": {"query": "species=cat&species=tortoise"},
}
PLACES = [(defect.name, place) for defect in DEFECTS for place in defect.places]


def seed_with(name: str, place: Place) -> int:
    """The first seed that plants the defect at this place."""
    return next(seed for seed in range(1000) if plants(create_app(seed), name, place))


def plants(demo: Demo, name: str, place: Place) -> bool:
    planted = demo.planted.get(place.operation)
    return planted is not None and (planted.defect.name, planted.place.when) == (name, place.when)


async def send(url: str, place: Place) -> Seen | str:
    """The valid request that shows the defect; what came, or the name of the error where nothing did."""
    method, _, path = place.operation.partition(" ")
    trigger = next((trigger for words, trigger in TRIGGERS.items() if place.when.startswith(words)), {})
    for name, value in IDS.items():
        path = path.replace("{" + name + "}", value)
    body = copy.deepcopy(BODIES.get(place.operation))
    headers = {} if place.when == "the token is missing or wrong" else {"Authorization": f"Bearer {TOKEN}"}
    if body is not None:
        body |= trigger.get("body", {})
        headers["Content-Type"] = "application/merge-patch+json" if "pets/" in path and method == "PATCH" else "application/json"
    timeout = aiohttp.ClientTimeout(total=HANG_MS / 2000)
    async with aiohttp.ClientSession(timeout=timeout) as session:
        try:
            target = f"{url}{path}?{trigger.get('query', '')}"
            async with session.request(method, target, data=None if body is None else json.dumps(body), headers=headers) as reply:
                lower = {name.lower(): value for name, value in reply.headers.items()}
                return Seen(status=reply.status, headers=lower, body=await reply.read())
        except (aiohttp.ClientError, TimeoutError) as error:
            return type(error).__name__


def shown(name: str, document: Document, place: Place, seen: Seen | str) -> bool:
    """Whether what came shows the defect of this name, and no other."""
    if isinstance(seen, str):
        return seen == {"dropped-connection": "ServerDisconnectedError", "hang": "TimeoutError"}.get(name)
    method, _, path = place.operation.partition(" ")
    complaints = document.complaints(method, path.replace("{", "x").replace("}", ""), seen)
    match name:
        case "valid-input-rejected":
            return seen.status == 422 and complaints == []
        case "authentication-ignored":
            return seen.status in {200, 201} and complaints == []
        case "length-with-204":
            return seen.status == 204 and int(seen.headers["content-length"]) > 0
        case "server-error":
            return seen.status == 500
        case "undocumented-status":
            return complaints == [f"{place.operation}: undocumented status {seen.status}"] and seen.status < 300
        case "wrong-content-type":
            return complaints == [f"{place.operation}: 200 with content type 'text/html'"]
        case "broken-schema":
            return len(complaints) == 1 and "$" in complaints[0]
        case "missing-header":
            return len(complaints) == 1 and "lacks the header" in complaints[0]
    return False


@pytest.mark.parametrize(("name", "place"), PLACES, ids=[f"{name} at {place.operation}" for name, place in PLACES])
async def test_a_valid_request_shows_the_defect_and_switched_off_it_is_gone(name: str, place: Place) -> None:
    """At each of its places the defect shows as described; with its switch off the same request is answered as documented."""
    seed = seed_with(name, place)
    document = Document(json.loads(create_app().document()))
    async with running(create_app(seed), hang_ms=HANG_MS) as url:
        assert shown(name, document, place, await send(url, place))
    async with running(create_app(seed, off=[name]), hang_ms=HANG_MS) as url:
        seen = await send(url, place)
        assert isinstance(seen, Seen)
        method, _, path = place.operation.partition(" ")
        assert document.complaints(method, path.replace("{", "x").replace("}", ""), seen) == []
        assert seen.status == (401 if name == "authentication-ignored" else seen.status)
        assert seen.status < 300 or name == "authentication-ignored"
