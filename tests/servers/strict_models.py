"""Models of the strict FastAPI server: what the document says of a value is exactly what is taken.

Pydantic is lenient by default ("1_000", "yes" and 5 are an integer, a boolean and a date to it) and now and then stricter than the document
(5.0 is no integer, year 0 no year); the types below are neither.
"""

import re
import sys
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

_DATE = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_MOMENT = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})[Tt]([01][0-9]|2[0-3]):[0-5][0-9]:([0-5][0-9]|60)(\.[0-9]+)?([Zz]|[+-]([01][0-9]|2[0-3]):[0-5][0-9])"
)
_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_INTEGER = re.compile(r"-?(0|[1-9][0-9]*)")
sys.set_int_max_str_digits(100_000)  # longer than any head or URL that uvicorn takes


def _whole(value: Any) -> Any:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    raise ValueError("not an integer")


def _whole_text(value: Any) -> Any:
    if isinstance(value, int) or (isinstance(value, str) and _INTEGER.fullmatch(value)):
        return int(value)
    raise ValueError("not an integer")


def _number(value: Any) -> Any:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value
    raise ValueError("not a number")


def _boolean(value: Any) -> Any:
    if isinstance(value, bool):
        return value
    raise ValueError("not a boolean")


def _boolean_text(value: Any) -> Any:
    if isinstance(value, bool) or value in {"true", "false"}:
        return value in {True, "true"}
    raise ValueError("not a boolean")


def _date(value: str) -> str:
    found = _DATE.fullmatch(value)
    if found is None:
        raise ValueError("not a full-date (RFC 3339)")
    year, month, day = map(int, found.groups())
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    if not 1 <= month <= 12 or not 1 <= day <= (31, 28 + leap, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)[month - 1]:
        raise ValueError("no such day")
    return value


def _moment(value: str) -> str:
    found = _MOMENT.fullmatch(value)
    if found is None:
        raise ValueError("not a date-time (RFC 3339)")
    _date(found[1])
    return value


def _uuid(value: str) -> str:
    if not _UUID.fullmatch(value):
        raise ValueError("not a UUID (RFC 9562)")
    return value.lower()


def whole(least: int, most: int) -> Any:
    """An integer of a body. The bounds stand before the validator, or pydantic would keep them out of the document."""
    return Annotated[int, Field(ge=least, le=most), BeforeValidator(_whole)]


def whole_text(least: int, most: int | None = None) -> Any:
    """An integer of a path or query."""
    return Annotated[int, Field(ge=least, le=most), BeforeValidator(_whole_text)]


def number(most: float) -> Any:
    """A number above 0."""
    return Annotated[float, Field(gt=0, le=most), BeforeValidator(_number)]


Flag = Annotated[bool, BeforeValidator(_boolean)]
FlagText = Annotated[bool, BeforeValidator(_boolean_text)]
Day = Annotated[str, AfterValidator(_date), WithJsonSchema({"type": "string", "format": "date"})]
Moment = Annotated[str, AfterValidator(_moment), WithJsonSchema({"type": "string", "format": "date-time"})]
Uuid = Annotated[str, AfterValidator(_uuid), WithJsonSchema({"type": "string", "format": "uuid"})]
Price = Annotated[str, Field(pattern=r"^[0-9]{1,7}[.][0-9]{2}$", examples=["19.90"])]
Slug = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,30}$", examples=["tools"])]
Theme = Literal["light", "dark"]
Tag = Literal["new", "sale", "heavy", "fragile"]
PRODUCT = "00000000-0000-4000-8000-000000000001"  # is there from the start, and so is customer 1


class Model(BaseModel):
    model_config = ConfigDict(extra="forbid")


def _with(*examples: dict[str, Any]) -> ConfigDict:
    return ConfigDict(extra="forbid", json_schema_extra={"examples": list(examples)})


class Fault(Model):
    place: str
    message: str


class Refusal(Model):
    """The body of every 4xx."""

    detail: str
    errors: list[Fault] = []


class Health(Model):
    status: Literal["ok"] = "ok"


class Token(Model):
    access_token: str
    token_type: Literal["bearer"] = "bearer"


class User(Model):
    username: str
    roles: list[Literal["clerk", "admin"]]


class NewCategory(Model):
    model_config = _with({"slug": "garden", "title": "Garden"})

    slug: Slug
    title: Annotated[str, Field(min_length=1, max_length=60)]


class CategoryTitle(Model):
    model_config = _with({"title": "Tools and more"})

    title: Annotated[str, Field(min_length=1, max_length=60)]


class Category(NewCategory):
    model_config = ConfigDict(extra="forbid", json_schema_extra=None)

    products: Annotated[int, Field(ge=0)]


class Dimensions(Model):
    width_mm: whole(1, 10_000)
    height_mm: whole(1, 10_000)
    weight_kg: number(1000) | None = None


class NewProduct(Model):
    model_config = _with(
        {"name": "Hammer", "price": "19.90", "category": "tools", "tags": ["heavy"]},
        {
            "name": "Saw",
            "price": "7.00",
            "category": "tools",
            "dimensions": {"width_mm": 400, "height_mm": 90, "weight_kg": 0.7},
            "available_from": "2031-02-01",
        },
    )

    name: Annotated[str, Field(min_length=1, max_length=80)]
    price: Price
    category: Slug
    tags: Annotated[list[Tag], Field(max_length=4)] = []
    dimensions: Dimensions | None = None
    available_from: Day | None = None


class ProductChange(Model):
    model_config = _with({"price": "21.00"})

    name: Annotated[str, Field(min_length=1, max_length=80)] | None = None
    price: Price | None = None
    tags: Annotated[list[Tag], Field(max_length=4)] | None = None


class Product(NewProduct):
    model_config = ConfigDict(extra="forbid", json_schema_extra=None)

    id: Uuid


class ProductPage(Model):
    items: list[Product]
    total: Annotated[int, Field(ge=0)]
    offset: Annotated[int, Field(ge=0)]


class NewReview(Model):
    model_config = _with({"stars": 5, "text": "Holds.", "verified": True})

    stars: whole(1, 5)
    text: Annotated[str, Field(max_length=400)] = ""
    verified: Flag = False


class Review(NewReview):
    model_config = ConfigDict(extra="forbid", json_schema_extra=None)

    id: Annotated[int, Field(ge=1)]
    product_id: Uuid


class NewCustomer(Model):
    model_config = _with(
        {"name": "Ina", "born_on": "1990-12-31", "addresses": {"home": {"street": "Rain 1", "postcode": "4051", "country": "CH"}}}
    )

    name: Annotated[str, Field(min_length=1, max_length=80)]
    born_on: Day | None = None
    addresses: Annotated[dict[Literal["home", "work"], "Address"], Field(max_length=2)] = {}


class Address(Model):
    street: Annotated[str, Field(min_length=1, max_length=100)]
    postcode: Annotated[str, Field(pattern=r"^[0-9]{4,6}$")]
    country: Literal["CH", "IT", "DE", "FR"]


class CustomerChange(Model):
    model_config = _with({"name": "Ina M"})

    name: Annotated[str, Field(min_length=1, max_length=80)]


class Customer(NewCustomer):
    model_config = ConfigDict(extra="forbid", json_schema_extra=None)

    id: Annotated[int, Field(ge=1)]


class CustomerPage(Model):
    items: list[Customer]
    next_cursor: str | None


class CardPayment(Model):
    kind: Literal["card"]
    last_digits: Annotated[str, Field(pattern=r"^[0-9]{4}$")]


class InvoicePayment(Model):
    kind: Literal["invoice"]
    due_days: whole(0, 90)


class OrderLine(Model):
    product_id: Uuid
    quantity: whole(1, 1000)


class NewOrder(Model):
    model_config = _with(
        {"customer_id": 1, "lines": [{"product_id": PRODUCT, "quantity": 2}], "payment": {"kind": "card", "last_digits": "4242"}},
        {
            "customer_id": 1,
            "lines": [{"product_id": PRODUCT, "quantity": 1}],
            "payment": {"kind": "invoice", "due_days": 30},
            "deliver_at": "2031-05-02T09:30:00+02:00",
        },
    )

    customer_id: whole(1, 2**53 - 1)
    lines: Annotated[list[OrderLine], Field(min_length=1, max_length=20)]
    payment: Annotated[CardPayment | InvoicePayment, Field(discriminator="kind")]
    deliver_at: Moment | None = None


class Order(NewOrder):
    model_config = ConfigDict(extra="forbid", json_schema_extra=None)

    id: Annotated[int, Field(ge=1)]
    total: Annotated[str, Field(pattern=r"^[0-9]+[.][0-9]{2}$")]
    status: Literal["open", "cancelled"]


class Circle(Model):
    shape: Literal["circle"]
    radius: number(1000)


class Box(Model):
    shape: Literal["box"]
    sides: Annotated[list[number(1000)], Field(min_length=2, max_length=3)]


class QuoteRequest(Model):
    model_config = _with(
        {"item": {"shape": "circle", "radius": 1.5}, "amount": 3}, {"item": {"shape": "box", "sides": [2, 3.5]}, "amount": "pallet"}
    )

    item: Annotated[Circle | Box, Field(discriminator="shape")]
    amount: whole(1, 100) | Literal["pallet"]


class Quote(Model):
    pieces: Annotated[int, Field(ge=1)]
    area: Annotated[float, Field(ge=0)]


class StoredFile(Model):
    id: Uuid
    title: str
    size_bytes: Annotated[int, Field(ge=0)]


class Preferences(Model):
    theme: Theme
    trace: str
