"""The clinic's state, in memory and bounded: objects, who made them, and what the operations do to them."""

import uuid
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import islice
from typing import Any
from urllib.parse import urlencode

from pipeline.demo.reading import Answer, Call, Refused

Json = dict[str, Any]
COLLECTION_CAP = 20_000  # objects of one kind; a creation past it is refused with 409


@dataclass(frozen=True, kw_only=True)
class Maker:
    """Who made an object: the operation, the how-manieth request it was, and the client's User-Agent (at most 200 characters)."""

    operation: str
    request: int
    client: str


@dataclass
class Clinic:
    """One clinic. Keys of the maps are the ids in the objects; ``makers`` is by path and lacks the objects of the first day."""

    owners: dict[int, Json] = field(default_factory=dict[int, Json])
    pets: dict[int, Json] = field(default_factory=dict[int, Json])
    pets_of: dict[int, dict[int, Json]] = field(default_factory=dict[int, dict[int, Json]])
    vets: dict[str, Json] = field(default_factory=dict[str, Json])
    appointments: dict[str, Json] = field(default_factory=dict[str, Json])
    invoices: dict[str, Json] = field(default_factory=dict[str, Json])
    makers: dict[str, Maker] = field(default_factory=dict[str, Maker])
    _made: dict[str, int] = field(default_factory=dict[str, int])

    def handle(self, call: Call, maker: Maker) -> Answer:
        """Do what the call asks. Raises Refused (404, 409)."""
        return HANDLERS[call.operation](self, call, maker)

    def next_id(self, kind: str) -> int:
        """The number of a new object, never used before. Raises Refused (409) where the collection ``kind`` is full."""
        if len(getattr(self, kind)) >= COLLECTION_CAP:
            raise Refused(409, "The clinic is full", f"It keeps at most {COLLECTION_CAP} objects of a kind; remove some.")
        self._made[kind] = self._made.get(kind, 0) + 1
        return self._made[kind]


def first_day() -> Clinic:
    """A clinic as it is at the start, the same each time."""
    clinic = Clinic()
    for name, city in [("Ada Lindt", "Basel"), ("Bo Chen", "Turin"), ("Cleo Diaz", "Basel")]:
        _add_owner(clinic, {"name": name, "city": city})
    for number, owner in enumerate(clinic.owners):
        _add_pet(clinic, owner, {"name": ["Rex", "Tiger", "Kiki"][number], "species": ["dog", "cat", "parrot"][number]})
    for number, name in enumerate(["ada", "kim", "luis", "noor"]):
        specialties = ["general", ["dentistry", "surgery", "exotics", "dentistry"][number]]
        vet: Json = {"id": f"vet-{name}", "name": f"Dr {name.title()}", "room": number + 1, "specialties": specialties}
        clinic.vets[vet["id"]] = vet
    pet = next(iter(clinic.pets))
    _add_appointment(clinic, {"petId": pet, "vetId": "vet-ada", "startsAt": "2031-05-02T08:00:00Z", "reason": "checkup"})
    lines = [{"text": "Checkup", "amountCents": 8000}]
    _add_invoice(clinic, {"ownerId": next(iter(clinic.owners)), "issuedOn": "2031-05-02", "lines": lines, "payment": {"kind": "cash"}})
    return clinic


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _add_owner(clinic: Clinic, body: Json) -> Json:
    number = clinic.next_id("owners")
    owner = {"id": number, "newsletter": False, **body, "createdAt": _now()}
    clinic.owners[number] = owner
    clinic.pets_of[number] = {}
    return owner


def _add_pet(clinic: Clinic, owner: int, body: Json) -> Json:
    number = clinic.next_id("pets")
    pet = {"id": number, "ownerId": owner, "microchip": None, "tags": [], **body}
    clinic.pets[number] = clinic.pets_of[owner][number] = pet
    return pet


def _add_appointment(clinic: Clinic, body: Json) -> Json:
    key = str(uuid.UUID(int=clinic.next_id("appointments"), version=4))
    clinic.appointments[key] = {"id": key, "durationMinutes": 30, **body, "status": "requested"}
    return clinic.appointments[key]


def _add_invoice(clinic: Clinic, body: Json) -> Json:
    key = f"INV-{clinic.next_id('invoices'):06d}"
    total = sum(line["amountCents"] for line in body["lines"])
    clinic.invoices[key] = {"number": key, "issuedOn": _now()[:10], **body, "totalCents": total}
    return clinic.invoices[key]


def _found(kind: dict[Any, Json], key: Any) -> Json:
    if key not in kind:
        raise Refused(404, "Not found", "There is no such object.")
    return kind[key]


def _page(call: Call, matching: Iterable[Json], path: str) -> Answer:
    found = list(matching)
    limit, offset = call.query["limit"], call.query["offset"]
    following = None
    if offset + limit < len(found):
        following = path + "?" + urlencode({**call.query, "offset": offset + limit}, doseq=True)
    body = {"items": list(islice(found, offset, offset + limit)), "total": len(found), "next": following}
    return Answer(status=200, body=body, headers={"X-Total-Count": str(len(found))})


def _created(clinic: Clinic, maker: Maker, path: str, body: Json) -> Answer:
    clinic.makers[path] = maker
    return Answer(status=201, body=body, headers={"Location": path})


def _removed(clinic: Clinic, path: str) -> Answer:
    clinic.makers.pop(path, None)
    return Answer(status=204)


def _health(clinic: Clinic, _call: Call, _maker: Maker) -> Answer:
    kinds: list[dict[Any, Json]] = [clinic.owners, clinic.pets, clinic.vets, clinic.appointments, clinic.invoices]
    return Answer(status=200, body={"status": "ok", "objects": sum(map(len, kinds))})


def _list_owners(clinic: Clinic, call: Call, _maker: Maker) -> Answer:
    city, sort = call.query.get("city"), call.query["sort"]
    owners: Iterable[Json] = (owner for owner in clinic.owners.values() if city is None or owner["city"] == city)
    if sort != "id":
        owners = sorted(owners, key=lambda owner: owner["name"], reverse=sort == "-name")
    return _page(call, owners, "/owners")


def _create_owner(clinic: Clinic, call: Call, maker: Maker) -> Answer:
    owner = _add_owner(clinic, call.body)
    return _created(clinic, maker, f"/owners/{owner['id']}", owner)


def _get_owner(clinic: Clinic, call: Call, _maker: Maker) -> Answer:
    return Answer(status=200, body=_found(clinic.owners, call.path["ownerId"]))


def _replace_owner(clinic: Clinic, call: Call, _maker: Maker) -> Answer:
    owner = _found(clinic.owners, call.path["ownerId"])
    clinic.owners[owner["id"]] = {"id": owner["id"], "newsletter": False, **call.body, "createdAt": owner["createdAt"]}
    return Answer(status=200, body=clinic.owners[owner["id"]])


def _change_owner(clinic: Clinic, call: Call, _maker: Maker) -> Answer:
    owner = _found(clinic.owners, call.path["ownerId"])
    owner.update(call.body)
    return Answer(status=200, body=owner)


def _delete_owner(clinic: Clinic, call: Call, _maker: Maker) -> Answer:
    number = _found(clinic.owners, call.path["ownerId"])["id"]
    for pet in clinic.pets_of.pop(number):
        del clinic.pets[pet]
        clinic.makers.pop(f"/owners/{number}/pets/{pet}", None)
    del clinic.owners[number]
    return _removed(clinic, f"/owners/{number}")


def _pets_of(clinic: Clinic, call: Call) -> dict[int, Json]:
    return clinic.pets_of[_found(clinic.owners, call.path["ownerId"])["id"]]


def _list_pets(clinic: Clinic, call: Call, _maker: Maker) -> Answer:
    species = call.query.get("species")
    pets = (pet for pet in _pets_of(clinic, call).values() if not species or pet["species"] in species)
    return _page(call, pets, f"/owners/{call.path['ownerId']}/pets")


def _create_pet(clinic: Clinic, call: Call, maker: Maker) -> Answer:
    owner = _found(clinic.owners, call.path["ownerId"])["id"]
    pet = _add_pet(clinic, owner, call.body)
    return _created(clinic, maker, f"/owners/{owner}/pets/{pet['id']}", pet)


def _get_pet(clinic: Clinic, call: Call, _maker: Maker) -> Answer:
    return Answer(status=200, body=_found(_pets_of(clinic, call), call.path["petId"]))


def _change_pet(clinic: Clinic, call: Call, _maker: Maker) -> Answer:
    pet = _found(_pets_of(clinic, call), call.path["petId"])
    pet.update(call.body)
    return Answer(status=200, body=pet)


def _delete_pet(clinic: Clinic, call: Call, _maker: Maker) -> Answer:
    pets = _pets_of(clinic, call)
    number = _found(pets, call.path["petId"])["id"]
    del pets[number], clinic.pets[number]
    return _removed(clinic, f"/owners/{call.path['ownerId']}/pets/{number}")


def _list_vets(clinic: Clinic, call: Call, _maker: Maker) -> Answer:
    specialty = call.query.get("specialty")
    return _page(call, (vet for vet in clinic.vets.values() if specialty is None or specialty in vet["specialties"]), "/vets")


def _get_vet(clinic: Clinic, call: Call, _maker: Maker) -> Answer:
    vet = _found(clinic.vets, call.path["vetId"])
    tag = f'"{vet["room"]:04x}"'
    asked = [entry.strip().removeprefix("W/") for entry in call.headers.get("If-None-Match", "").split(",")]
    if tag in asked or asked == ["*"]:  # RFC 9110, section 13.1.2: compared weakly
        return Answer(status=304, headers={"ETag": tag})
    return Answer(status=200, body=vet, headers={"ETag": tag})


def _list_appointments(clinic: Clinic, call: Call, _maker: Maker) -> Answer:
    day, status = call.query.get("day"), call.query.get("status")
    matching: Iterator[Json] = (
        appointment
        for appointment in clinic.appointments.values()
        if (day is None or appointment["startsAt"].startswith(day)) and (status is None or appointment["status"] == status)
    )
    return _page(call, matching, "/appointments")


def _appointment_body(clinic: Clinic, call: Call) -> Json:
    body: Json = call.body
    if body["petId"] not in clinic.pets or body["vetId"] not in clinic.vets:
        raise Refused(409, "Contradicts the clinic", "There is no such pet, or no such vet.")
    return body


def _create_appointment(clinic: Clinic, call: Call, maker: Maker) -> Answer:
    appointment = _add_appointment(clinic, _appointment_body(clinic, call))
    return _created(clinic, maker, f"/appointments/{appointment['id']}", appointment)


def _appointment(clinic: Clinic, call: Call) -> Json:
    return _found(clinic.appointments, call.path["appointmentId"].lower())


def _get_appointment(clinic: Clinic, call: Call, _maker: Maker) -> Answer:
    return Answer(status=200, body=_appointment(clinic, call))


def _replace_appointment(clinic: Clinic, call: Call, _maker: Maker) -> Answer:
    key = _appointment(clinic, call)["id"]
    clinic.appointments[key] = {"id": key, "durationMinutes": 30, **_appointment_body(clinic, call), "status": "requested"}
    return Answer(status=200, body=clinic.appointments[key])


def _confirm_appointment(clinic: Clinic, call: Call, _maker: Maker) -> Answer:
    appointment = _appointment(clinic, call)
    appointment["status"] = "confirmed"
    return Answer(status=200, body=appointment)


def _delete_appointment(clinic: Clinic, call: Call, _maker: Maker) -> Answer:
    key = _appointment(clinic, call)["id"]
    del clinic.appointments[key]
    return _removed(clinic, f"/appointments/{key}")


def _list_invoices(clinic: Clinic, call: Call, _maker: Maker) -> Answer:
    owner = call.query.get("ownerId")
    return _page(call, (invoice for invoice in clinic.invoices.values() if owner is None or invoice["ownerId"] == owner), "/invoices")


def _create_invoice(clinic: Clinic, call: Call, maker: Maker) -> Answer:
    if call.body["ownerId"] not in clinic.owners:
        raise Refused(409, "Contradicts the clinic", "There is no such owner.")
    invoice = _add_invoice(clinic, call.body)
    return _created(clinic, maker, f"/invoices/{invoice['number']}", invoice)


def _get_invoice(clinic: Clinic, call: Call, _maker: Maker) -> Answer:
    return Answer(status=200, body=_found(clinic.invoices, call.path["number"]))


def _delete_invoice(clinic: Clinic, call: Call, _maker: Maker) -> Answer:
    key = _found(clinic.invoices, call.path["number"])["number"]
    del clinic.invoices[key]
    return _removed(clinic, f"/invoices/{key}")


HANDLERS: dict[str, Callable[[Clinic, Call, Maker], Answer]] = {
    "GET /health": _health,
    "GET /owners": _list_owners,
    "POST /owners": _create_owner,
    "GET /owners/{ownerId}": _get_owner,
    "PUT /owners/{ownerId}": _replace_owner,
    "PATCH /owners/{ownerId}": _change_owner,
    "DELETE /owners/{ownerId}": _delete_owner,
    "GET /owners/{ownerId}/pets": _list_pets,
    "POST /owners/{ownerId}/pets": _create_pet,
    "GET /owners/{ownerId}/pets/{petId}": _get_pet,
    "PATCH /owners/{ownerId}/pets/{petId}": _change_pet,
    "DELETE /owners/{ownerId}/pets/{petId}": _delete_pet,
    "GET /vets": _list_vets,
    "GET /vets/{vetId}": _get_vet,
    "GET /appointments": _list_appointments,
    "POST /appointments": _create_appointment,
    "GET /appointments/{appointmentId}": _get_appointment,
    "HEAD /appointments/{appointmentId}": _get_appointment,
    "PUT /appointments/{appointmentId}": _replace_appointment,
    "DELETE /appointments/{appointmentId}": _delete_appointment,
    "POST /appointments/{appointmentId}/confirm": _confirm_appointment,
    "GET /invoices": _list_invoices,
    "POST /invoices": _create_invoice,
    "GET /invoices/{number}": _get_invoice,
    "DELETE /invoices/{number}": _delete_invoice,
}
