"""The demo's OpenAPI 3.1 document: what the clean twin obeys in every answer."""

from typing import Any

from pipeline.demo import schemas
from pipeline.demo.schemas import Schema

TOKEN = "demo-token"  # noqa: S105  # public on purpose: the document tells it
JSON = "application/json"
MERGE_PATCH = "application/merge-patch+json"
PROBLEM = "application/problem+json"
BODY_CAP_BYTES = 64 * 1024

_REFUSALS = {
    400: "The request cannot be read: malformed HTTP, or a body that is not JSON (RFC 8259, RFC 7493).",
    404: "There is no such object.",
    405: "The path does not know this method.",
    409: "The request contradicts the state of the clinic.",
    413: f"The body is larger than {BODY_CAP_BYTES} bytes.",
    415: "The body is of another media type than the operation takes.",
    422: "A parameter or the body does not obey its schema.",
}


def _ref(kind: str, name: str) -> dict[str, str]:
    return {"$ref": f"#/components/{kind}/{name}"}


def _query(name: str, schema: Schema, **more: Any) -> dict[str, Any]:
    return {"name": name, "in": "query", "schema": schema, **more}


def _path(name: str, schema: Schema, example: object) -> dict[str, Any]:
    return {"name": name, "in": "path", "required": True, "schema": schema, "example": example}


def _answer(description: str, schema: str, *, headers: tuple[str, ...] = (), links: dict[str, Any] | None = None) -> dict[str, Any]:
    answer: dict[str, Any] = {"description": description, "content": {JSON: {"schema": _ref("schemas", schema)}}}
    if headers:
        answer["headers"] = {name: _ref("headers", name) for name in headers}
    if links:
        answer["links"] = links
    return answer


def _link(operation: str, **parameters: str) -> dict[str, Any]:
    return {"operationId": operation, "parameters": parameters}


def _body(schema: str, examples: dict[str, Any], media_type: str = JSON) -> dict[str, Any]:
    named = {name: {"value": value} for name, value in examples.items()}
    return {"required": True, "content": {media_type: {"schema": _ref("schemas", schema), "examples": named}}}


def _operation(
    operation_id: str,
    summary: str,
    answers: dict[int, dict[str, Any]],
    *,
    parameters: list[dict[str, Any]] | None = None,
    body: dict[str, Any] | None = None,
    refusals: tuple[int, ...] = (),
    secured: bool = False,
) -> dict[str, Any]:
    """An operation with the refusals that every one has, those its parts bring along, and ``refusals``."""
    statuses = {400, 405, *refusals}
    if parameters:
        statuses.add(422)
    if body:
        statuses |= {413, 415, 422}
    responses = {str(status): answer for status, answer in answers.items()}
    responses |= {str(status): _ref("responses", f"Refused{status}") for status in sorted(statuses)}
    operation: dict[str, Any] = {"operationId": operation_id, "summary": summary, "responses": responses}
    if secured:
        operation["security"] = [{"clinicToken": []}]
        responses["401"] = _ref("responses", "Refused401")
    if parameters:
        operation["parameters"] = parameters
    if body:
        operation["requestBody"] = body
    return operation


OWNER_ID = _path("ownerId", schemas.ID, 1)
PET_ID = _path("petId", schemas.ID, 1)
VET_ID = _path("vetId", schemas.VET_ID, "vet-ada")
APPOINTMENT_ID = _path("appointmentId", {"type": "string", "format": "uuid"}, "00000000-0000-4000-8000-000000000001")
INVOICE_NUMBER = _path("number", schemas.INVOICE_NUMBER, "INV-000001")
PAGING = [_ref("parameters", "limit"), _ref("parameters", "offset")]
COUNTED = ("X-Total-Count",)
NO_CONTENT = {"description": "It is gone."}

OWNER_EXAMPLES = {
    "short": {"name": "Ines Moreau", "city": "Basel"},
    "full": {"name": "Jo Park", "city": "Turin", "phone": "+41615550100", "newsletter": True},
}
PET_EXAMPLES = {
    "short": {"name": "Mio", "species": "cat"},
    "full": {
        "name": "Flop",
        "species": "rabbit",
        "bornOn": "2021-04-30",
        "weightGrams": 1800,
        "microchip": "756098100000001",
        "tags": ["shy"],
    },
}
APPOINTMENT_EXAMPLES = {
    "short": {"petId": 1, "vetId": "vet-ada", "startsAt": "2031-05-02T09:30:00Z", "reason": "checkup"},
    "full": {
        "petId": 2,
        "vetId": "vet-kim",
        "startsAt": "2031-05-02T14:00:00+02:00",
        "durationMinutes": 45,
        "reason": "vaccination",
        "notes": "Bring the vaccination card.",
    },
}
INVOICE_EXAMPLES = {
    "cash": {"ownerId": 1, "lines": [{"text": "Checkup", "amountCents": 8000}], "payment": {"kind": "cash"}},
    "card": {
        "ownerId": 2,
        "issuedOn": "2031-05-02",
        "lines": [{"text": "Vaccine", "amountCents": 4550}, {"text": "Card", "amountCents": 0}],
        "payment": {"kind": "card", "lastDigits": "4242"},
    },
}


def _owners() -> dict[str, Any]:
    links = {"read": _link("getOwner", ownerId="$response.body#/id"), "pets": _link("listPets", ownerId="$response.body#/id")}
    return {
        "/owners": {
            "get": _operation(
                "listOwners",
                "Owners, by id or by name.",
                {200: _answer("A page of owners.", "OwnerPage", headers=COUNTED)},
                parameters=[
                    *PAGING,
                    _query("city", {"type": "string", "minLength": 1, "maxLength": 60}, example="Basel"),
                    _query("sort", {"type": "string", "enum": ["id", "name", "-name"], "default": "id"}),
                ],
            ),
            "post": _operation(
                "createOwner",
                "Register an owner.",
                {201: _answer("Registered.", "Owner", headers=("Location",), links=links)},
                body=_body("NewOwner", OWNER_EXAMPLES),
                refusals=(409,),
            ),
        },
        "/owners/{ownerId}": {
            "parameters": [OWNER_ID],
            "get": _operation("getOwner", "One owner.", {200: _answer("The owner.", "Owner")}, refusals=(404, 422)),
            "put": _operation(
                "replaceOwner",
                "Replace what is known of an owner.",
                {200: _answer("As it is now.", "Owner")},
                body=_body("NewOwner", OWNER_EXAMPLES),
                refusals=(404,),
            ),
            "patch": _operation(
                "changeOwner",
                "Change some fields of an owner.",
                {200: _answer("As it is now.", "Owner")},
                body=_body("OwnerChange", {"moved": {"city": "Turin"}, "unsubscribed": {"newsletter": False}}),
                refusals=(404,),
            ),
            "delete": _operation("deleteOwner", "Remove an owner and all their pets.", {204: NO_CONTENT}, refusals=(404, 422)),
        },
    }


def _pets() -> dict[str, Any]:
    links = {"read": _link("getPet", ownerId="$response.body#/ownerId", petId="$response.body#/id")}
    return {
        "/owners/{ownerId}/pets": {
            "parameters": [OWNER_ID],
            "get": _operation(
                "listPets",
                "The pets of one owner.",
                {200: _answer("A page of pets.", "PetPage", headers=COUNTED)},
                parameters=[
                    *PAGING,
                    _query(
                        "species",
                        {"type": "array", "items": {"type": "string", "enum": schemas.SPECIES}, "maxItems": 5},
                        style="form",
                        explode=True,
                    ),
                ],
                refusals=(404,),
            ),
            "post": _operation(
                "createPet",
                "Register a pet.",
                {201: _answer("Registered.", "Pet", headers=("Location",), links=links)},
                body=_body("NewPet", PET_EXAMPLES),
                refusals=(404, 409),
            ),
        },
        "/owners/{ownerId}/pets/{petId}": {
            "parameters": [OWNER_ID, PET_ID],
            "get": _operation("getPet", "One pet.", {200: _answer("The pet.", "Pet")}, refusals=(404, 422)),
            "patch": _operation(
                "changePet",
                "Change some fields of a pet (RFC 7396; only microchip can be null).",
                {200: _answer("As it is now.", "Pet")},
                body=_body("PetChange", {"weighed": {"weightGrams": 4200}, "renamed": {"name": "Momo"}}, MERGE_PATCH),
                refusals=(404,),
            ),
            "delete": _operation("deletePet", "Remove a pet.", {204: NO_CONTENT}, refusals=(404, 422)),
        },
    }


def _vets() -> dict[str, Any]:
    etag = {"description": "The vet has not changed.", "headers": {"ETag": _ref("headers", "ETag")}}
    return {
        "/vets": {
            "get": _operation(
                "listVets",
                "The clinic's vets.",
                {200: _answer("A page of vets.", "VetPage", headers=COUNTED)},
                parameters=[*PAGING, _query("specialty", {"type": "string", "enum": schemas.SPECIALTIES})],
            ),
        },
        "/vets/{vetId}": {
            "parameters": [VET_ID],
            "get": _operation(
                "getVet",
                "One vet; not again where it has not changed.",
                {200: _answer("The vet.", "Vet", headers=("ETag",)), 304: etag},
                parameters=[{"name": "If-None-Match", "in": "header", "schema": {"type": "string", "maxLength": 200}}],
                refusals=(404,),
            ),
        },
    }


def _appointments() -> dict[str, Any]:
    links = {"read": _link("getAppointment", appointmentId="$response.body#/id")}
    return {
        "/appointments": {
            "get": _operation(
                "listAppointments",
                "Appointments in the order they were made.",
                {200: _answer("A page of appointments.", "AppointmentPage", headers=COUNTED)},
                parameters=[
                    *PAGING,
                    _query("day", schemas.DAY, example="2031-05-02"),
                    _query("status", {"type": "string", "enum": schemas.STATES}),
                ],
            ),
            "post": _operation(
                "createAppointment",
                "Ask for an appointment of a pet with a vet; 409 where there is no such pet or vet.",
                {201: _answer("Asked for.", "Appointment", headers=("Location",), links=links)},
                body=_body("NewAppointment", APPOINTMENT_EXAMPLES),
                refusals=(409,),
            ),
        },
        "/appointments/{appointmentId}": {
            "parameters": [APPOINTMENT_ID],
            "get": _operation("getAppointment", "One appointment.", {200: _answer("The appointment.", "Appointment")}, refusals=(404, 422)),
            "head": _operation(
                "hasAppointment",
                "Whether there is such an appointment.",
                {200: _answer("There is.", "Appointment")},
                refusals=(404, 422),
            ),
            "put": _operation(
                "replaceAppointment",
                "Replace an appointment; it has to be confirmed anew. 409 where there is no such pet or vet.",
                {200: _answer("As it is now.", "Appointment")},
                body=_body("NewAppointment", APPOINTMENT_EXAMPLES),
                refusals=(404, 409),
            ),
            "delete": _operation("deleteAppointment", "Cancel an appointment.", {204: NO_CONTENT}, refusals=(404, 422)),
        },
        "/appointments/{appointmentId}/confirm": {
            "parameters": [APPOINTMENT_ID],
            "post": _operation(
                "confirmAppointment",
                "Confirm an appointment; again makes no difference.",
                {200: _answer("Confirmed.", "Appointment")},
                refusals=(404, 422),
            ),
        },
    }


def _invoices() -> dict[str, Any]:
    return {
        "/invoices": {
            "get": _operation(
                "listInvoices",
                "Invoices, oldest first.",
                {200: _answer("A page of invoices.", "InvoicePage", headers=COUNTED)},
                parameters=[*PAGING, _query("ownerId", schemas.ID)],
                secured=True,
            ),
            "post": _operation(
                "createInvoice",
                "Write an invoice; 409 where there is no such owner.",
                {201: _answer("Written.", "Invoice", headers=("Location",))},
                body=_body("NewInvoice", INVOICE_EXAMPLES),
                refusals=(409,),
                secured=True,
            ),
        },
        "/invoices/{number}": {
            "parameters": [INVOICE_NUMBER],
            "get": _operation("getInvoice", "One invoice.", {200: _answer("The invoice.", "Invoice")}, refusals=(404, 422), secured=True),
            "delete": _operation("deleteInvoice", "Void an invoice.", {204: NO_CONTENT}, refusals=(404, 422), secured=True),
        },
    }


def _refused(status: int, description: str) -> dict[str, Any]:
    answer: dict[str, Any] = {"description": description, "content": {PROBLEM: {"schema": _ref("schemas", "Problem")}}}
    if status == 401:
        answer["headers"] = {"WWW-Authenticate": {"required": True, "schema": {"type": "string", "minLength": 6}}}
    if status == 405:
        answer["headers"] = {"Allow": {"required": True, "schema": {"type": "string"}}}
    return answer


def openapi() -> dict[str, Any]:
    """A fresh copy of the document."""
    count = {"required": True, "schema": {"type": "integer", "minimum": 0}}
    location = {"required": True, "schema": {"type": "string", "format": "uri-reference"}}
    etag = {"required": True, "schema": {"type": "string", "pattern": '^"[0-9a-f]+"$'}}
    health = _operation("health", "Whether the clinic is open.", {200: _answer("It is.", "Health")})
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Pet clinic",
            "version": "1.0.0",
            "description": f"Sentinel's demo: a small clinic in memory. Invoices ask for the token `{TOKEN}`.",
        },
        "servers": [{"url": "/"}],
        "paths": {"/health": {"get": health}, **_owners(), **_pets(), **_vets(), **_appointments(), **_invoices()},
        "components": {
            "schemas": schemas.COMPONENTS,
            "parameters": {
                "limit": _query("limit", {"type": "integer", "minimum": 1, "maximum": 100, "default": 20}),
                "offset": _query("offset", {"type": "integer", "minimum": 0, "maximum": 100000, "default": 0}),
            },
            "headers": {"X-Total-Count": count, "Location": location, "ETag": etag},
            "responses": {
                "Refused401": _refused(401, "The bearer token is missing or wrong."),
                **{f"Refused{status}": _refused(status, text) for status, text in _REFUSALS.items()},
            },
            "securitySchemes": {
                "clinicToken": {"type": "http", "scheme": "bearer", "description": f"The demo's token is `{TOKEN}`."},
            },
        },
    }
