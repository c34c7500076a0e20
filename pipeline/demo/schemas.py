"""The JSON Schemas (2020-12) of the clinic's objects, as its document publishes them and its requests are held to.

Every number and every length is bounded, so an object of the demo has a greatest size.
"""

from typing import Any

Schema = dict[str, Any]

ID: Schema = {"type": "integer", "format": "int64", "minimum": 1, "maximum": 9007199254740991}
VET_ID: Schema = {"type": "string", "pattern": "^vet-[a-z]{2,12}$", "maxLength": 16}
INVOICE_NUMBER: Schema = {"type": "string", "pattern": "^INV-[0-9]{6,12}$"}
SPECIES = ["cat", "dog", "rabbit", "parrot", "tortoise"]
SPECIALTIES = ["general", "dentistry", "surgery", "exotics"]
REASONS = ["checkup", "vaccination", "dental", "surgery"]
STATES = ["requested", "confirmed", "no-show"]
TIMESTAMP: Schema = {"type": "string", "format": "date-time"}
DAY: Schema = {"type": "string", "format": "date"}

OWNER_FIELDS: dict[str, Schema] = {
    "name": {"type": "string", "minLength": 1, "maxLength": 80},
    "city": {"type": "string", "minLength": 1, "maxLength": 60},
    "phone": {"type": "string", "pattern": "^[+][0-9]{6,15}$"},
    "newsletter": {"type": "boolean"},
}
PET_FIELDS: dict[str, Schema] = {
    "name": {"type": "string", "minLength": 1, "maxLength": 40},
    "species": {"type": "string", "enum": SPECIES},
    "bornOn": DAY,
    "weightGrams": {"type": "integer", "minimum": 1, "maximum": 200000},
    "microchip": {"type": ["string", "null"], "pattern": "^[0-9]{15}$"},
    "tags": {"type": "array", "items": {"type": "string", "minLength": 1, "maxLength": 20}, "maxItems": 5, "uniqueItems": True},
}
APPOINTMENT_FIELDS: dict[str, Schema] = {
    "petId": ID,
    "vetId": VET_ID,
    "startsAt": TIMESTAMP,
    "durationMinutes": {"type": "integer", "minimum": 5, "maximum": 240},
    "reason": {"type": "string", "enum": REASONS},
    "notes": {"type": "string", "maxLength": 500},
}
INVOICE_FIELDS: dict[str, Schema] = {
    "ownerId": ID,
    "issuedOn": DAY,
    "lines": {"type": "array", "items": {"$ref": "#/components/schemas/InvoiceLine"}, "minItems": 1, "maxItems": 20},
    "payment": {"$ref": "#/components/schemas/Payment"},
}


def closed(properties: dict[str, Schema], *required: str) -> Schema:
    """An object that has these properties and no others."""
    return {"type": "object", "properties": properties, "required": list(required), "additionalProperties": False}


def page(item: str) -> Schema:
    """One page of a list: the items, how many there are in all, and the reference of the next page or null."""
    return closed(
        {
            "items": {"type": "array", "items": {"$ref": f"#/components/schemas/{item}"}, "maxItems": 100},
            "total": {"type": "integer", "minimum": 0},
            "next": {"type": ["string", "null"], "format": "uri-reference"},
        },
        "items",
        "total",
        "next",
    )


COMPONENTS: dict[str, Schema] = {
    "NewOwner": closed(OWNER_FIELDS, "name", "city"),
    "OwnerChange": {**closed(OWNER_FIELDS), "minProperties": 1},
    "Owner": closed({"id": ID, **OWNER_FIELDS, "createdAt": TIMESTAMP}, "id", "name", "city", "newsletter", "createdAt"),
    "NewPet": closed(PET_FIELDS, "name", "species"),
    "PetChange": {**closed(PET_FIELDS), "minProperties": 1},
    "Pet": closed({"id": ID, "ownerId": ID, **PET_FIELDS}, "id", "ownerId", "name", "species", "microchip", "tags"),
    "Vet": closed(
        {
            "id": VET_ID,
            "name": {"type": "string"},
            "room": {"type": "integer", "minimum": 1, "maximum": 99},
            "specialties": {"type": "array", "items": {"type": "string", "enum": SPECIALTIES}, "minItems": 1},
        },
        "id",
        "name",
        "room",
        "specialties",
    ),
    "NewAppointment": closed(APPOINTMENT_FIELDS, "petId", "vetId", "startsAt", "reason"),
    "Appointment": closed(
        {"id": {"type": "string", "format": "uuid"}, **APPOINTMENT_FIELDS, "status": {"type": "string", "enum": STATES}},
        "id",
        "petId",
        "vetId",
        "startsAt",
        "durationMinutes",
        "reason",
        "status",
    ),
    "InvoiceLine": closed(
        {
            "text": {"type": "string", "minLength": 1, "maxLength": 80},
            "amountCents": {"type": "integer", "minimum": 0, "maximum": 10000000},
        },
        "text",
        "amountCents",
    ),
    "CashPayment": closed({"kind": {"const": "cash"}}, "kind"),
    "CardPayment": closed({"kind": {"const": "card"}, "lastDigits": {"type": "string", "pattern": "^[0-9]{4}$"}}, "kind", "lastDigits"),
    "Payment": {
        "oneOf": [{"$ref": "#/components/schemas/CashPayment"}, {"$ref": "#/components/schemas/CardPayment"}],
        "discriminator": {
            "propertyName": "kind",
            "mapping": {"cash": "#/components/schemas/CashPayment", "card": "#/components/schemas/CardPayment"},
        },
    },
    "NewInvoice": closed(INVOICE_FIELDS, "ownerId", "lines", "payment"),
    "Invoice": closed(
        {"number": INVOICE_NUMBER, **INVOICE_FIELDS, "totalCents": {"type": "integer", "minimum": 0}},
        "number",
        "ownerId",
        "issuedOn",
        "lines",
        "payment",
        "totalCents",
    ),
    "Health": closed({"status": {"const": "ok"}, "objects": {"type": "integer", "minimum": 0}}, "status", "objects"),
    "OwnerPage": page("Owner"),
    "PetPage": page("Pet"),
    "VetPage": page("Vet"),
    "AppointmentPage": page("Appointment"),
    "InvoicePage": page("Invoice"),
    "Problem": {
        "description": "Why a request was refused (RFC 9457).",
        **closed(
            {
                "title": {"type": "string"},
                "status": {"type": "integer", "minimum": 400, "maximum": 599},
                "detail": {"type": "string"},
            },
            "title",
            "status",
            "detail",
        ),
    },
}
