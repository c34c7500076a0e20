"""A shop on FastAPI whose every answer is as its document says, whatever it is sent: a finding here is a false alarm.

``python -m tests.servers.strict_fastapi`` serves on 127.0.0.1 at a free port and prints the base URL.
"""

import socket
import uuid
from decimal import Decimal
from typing import Annotated, Any

import uvicorn
from fastapi import Cookie, Depends, Form, Header, HTTPException, Path, Query, Request, Response
from pydantic.json_schema import SkipJsonSchema
from starlette.datastructures import UploadFile

from tests.servers import strict_models as models
from tests.servers.strict_models import Day, FlagText, Slug, Tag, Uuid, whole_text
from tests.servers.strict_shop import (
    PASSWORDS,
    app,
    categories,
    check_room,
    customers,
    files,
    found_in,
    made,
    numbers,
    orders,
    printable,
    products,
    refusals,
    reviews,
    user,
)

FILE_CAP_BYTES = 1_000_000
SECURED = [Depends(user)]
Limit = Annotated[whole_text(1, 100), Query()]
Offset = Annotated[whole_text(0, 1_000_000), Query()]
ProductId = Annotated[Uuid, Path(examples=[models.PRODUCT])]
ReviewId = Annotated[whole_text(1, 2**53 - 1), Path()]
CustomerId = Annotated[whole_text(1), Path(examples=[1])]
OrderId = Annotated[whole_text(1), Path()]


@app.get("/health")
async def health() -> models.Health:
    return models.Health()


@app.post("/token", responses=refusals(401))
async def login(
    username: Annotated[str, Form(min_length=1, max_length=100, examples=["clerk"])],
    password: Annotated[str, Form(min_length=1, max_length=100, examples=["clerk-password"])],
) -> models.Token:
    if PASSWORDS.get(username) != password:
        raise HTTPException(401, "Wrong user name or password.", {"WWW-Authenticate": "Bearer"})
    return models.Token(access_token=f"token-{username}")


@app.get("/me", responses=refusals(401))
async def me(name: Annotated[str, Depends(user)]) -> models.User:
    return models.User(username=name, roles=["clerk", "admin"] if name == "boss" else ["clerk"])


@app.get("/categories")
async def list_categories(q: Annotated[str | None, Query(max_length=60)] = None) -> list[models.Category]:
    return [_category(slug) for slug, category in categories.items() if q is None or q in category["title"]][:100]


def _category(slug: str) -> models.Category:
    return models.Category(**categories[slug], products=sum(product["category"] == slug for product in products.values()))


@app.post("/categories", status_code=201, responses=made())
async def create_category(body: models.NewCategory, response: Response) -> models.Category:
    check_room(categories)
    if body.slug in categories:
        raise HTTPException(409, "There is such a category.")
    categories[body.slug] = body.model_dump()
    response.headers["Location"] = f"/categories/{body.slug}"
    return _category(body.slug)


@app.get("/categories/{slug}", responses=refusals(404))
async def get_category(slug: Slug) -> models.Category:
    return _category(found_in(categories, slug)["slug"])


@app.put("/categories/{slug}", responses=refusals(404))
async def rename_category(slug: Slug, body: models.CategoryTitle) -> models.Category:
    found_in(categories, slug)["title"] = body.title
    return _category(slug)


@app.delete("/categories/{slug}", status_code=204, responses=refusals(404, 409))
async def delete_category(slug: Slug) -> None:
    found_in(categories, slug)
    if any(product["category"] == slug for product in products.values()):
        raise HTTPException(409, "The category has products.")
    del categories[slug]


@app.get("/products")
async def list_products(
    *,
    limit: Limit = 20,
    offset: Offset = 0,
    category: Annotated[Slug | SkipJsonSchema[None], Query()] = None,
    tag: Annotated[list[Tag], Query(max_length=4)] = [],  # noqa: B006  # FastAPI copies it
    heavy: Annotated[FlagText | SkipJsonSchema[None], Query()] = None,
    available_on: Annotated[Day | SkipJsonSchema[None], Query()] = None,
) -> models.ProductPage:
    found = [
        product
        for product in products.values()
        if (category is None or product["category"] == category)
        and set(tag) <= set(product["tags"])
        and (heavy is None or heavy == ("heavy" in product["tags"]))
        and (available_on is None or (product["available_from"] or "") <= available_on)
    ]
    return models.ProductPage(items=found[offset : offset + limit], total=len(found), offset=offset)


@app.post("/products", status_code=201, responses=made())
async def create_product(body: models.NewProduct, response: Response) -> models.Product:
    check_room(products)
    if body.category not in categories:
        raise HTTPException(409, "There is no such category.")
    key = str(uuid.UUID(int=next(numbers), version=4))
    products[key] = {"id": key, **body.model_dump()}
    reviews[key] = {}
    response.headers["Location"] = f"/products/{key}"
    return models.Product(**products[key])


@app.get("/products/{product_id}", responses=refusals(404))
async def get_product(product_id: ProductId) -> models.Product:
    return models.Product(**found_in(products, product_id))


@app.put("/products/{product_id}", responses=refusals(404, 409))
async def replace_product(product_id: ProductId, body: models.NewProduct) -> models.Product:
    found_in(products, product_id)
    if body.category not in categories:
        raise HTTPException(409, "There is no such category.")
    products[product_id] = {"id": product_id, **body.model_dump()}
    return models.Product(**products[product_id])


@app.patch("/products/{product_id}", responses=refusals(404))
async def change_product(product_id: ProductId, body: models.ProductChange) -> models.Product:
    found_in(products, product_id).update(body.model_dump(exclude_none=True))
    return models.Product(**products[product_id])


@app.delete("/products/{product_id}", status_code=204, responses=refusals(404))
async def delete_product(product_id: ProductId) -> None:
    found_in(products, product_id)
    del products[product_id], reviews[product_id]


@app.get("/products/{product_id}/reviews", responses=refusals(404))
async def list_reviews(product_id: ProductId, least: Annotated[whole_text(1, 5), Query()] = 1) -> list[models.Review]:
    found = found_in(reviews, product_id).values()
    return [models.Review(**review) for review in found if review["stars"] >= least][:100]


@app.post("/products/{product_id}/reviews", status_code=201, responses=made(404))
async def create_review(product_id: ProductId, body: models.NewReview, response: Response) -> models.Review:
    of_product = found_in(reviews, product_id)
    if len(of_product) >= 100:
        raise HTTPException(409, "The product has enough reviews.")
    number = next(numbers)
    of_product[number] = {"id": number, "product_id": product_id, **body.model_dump()}
    response.headers["Location"] = f"/products/{product_id}/reviews/{number}"
    return models.Review(**of_product[number])


@app.get("/products/{product_id}/reviews/{review_id}", responses=refusals(404))
async def get_review(product_id: ProductId, review_id: ReviewId) -> models.Review:
    return models.Review(**found_in(found_in(reviews, product_id), review_id))


@app.delete("/products/{product_id}/reviews/{review_id}", status_code=204, responses=refusals(404))
async def delete_review(product_id: ProductId, review_id: ReviewId) -> None:
    found_in(found_in(reviews, product_id), review_id)
    del reviews[product_id][review_id]


@app.get("/customers")
async def list_customers(limit: Limit = 20, cursor: Annotated[str, Query(pattern="^[0-9]{1,12}$")] = "0") -> models.CustomerPage:
    found = [customer for number, customer in customers.items() if number > int(cursor)]
    more = str(found[limit - 1]["id"]) if len(found) > limit else None
    return models.CustomerPage(items=found[:limit], next_cursor=more)


@app.post("/customers", status_code=201, responses=made())
async def create_customer(body: models.NewCustomer, response: Response) -> models.Customer:
    check_room(customers)
    number = next(numbers)
    customers[number] = {"id": number, **body.model_dump()}
    response.headers["Location"] = f"/customers/{number}"
    return models.Customer(**customers[number])


@app.get("/customers/{customer_id}", responses=refusals(404))
async def get_customer(customer_id: CustomerId) -> models.Customer:
    return models.Customer(**found_in(customers, customer_id))


@app.patch("/customers/{customer_id}", responses=refusals(404))
async def change_customer(customer_id: CustomerId, body: models.CustomerChange) -> models.Customer:
    found_in(customers, customer_id)["name"] = body.name
    return models.Customer(**customers[customer_id])


@app.delete("/customers/{customer_id}", status_code=204, responses=refusals(404))
async def delete_customer(customer_id: CustomerId) -> None:
    found_in(customers, customer_id)
    del customers[customer_id]


@app.get("/orders", dependencies=SECURED, responses=refusals(401))
async def list_orders(
    limit: Limit = 20, customer_id: Annotated[whole_text(1) | SkipJsonSchema[None], Query()] = None
) -> list[models.Order]:
    found = (order for order in orders.values() if customer_id is None or order["customer_id"] == customer_id)
    return [models.Order(**order) for order, _ in zip(found, range(limit), strict=False)]


@app.post("/orders", status_code=201, dependencies=SECURED, responses=made(401))
async def create_order(body: models.NewOrder, response: Response) -> models.Order:
    check_room(orders)
    if body.customer_id not in customers or any(line.product_id not in products for line in body.lines):
        raise HTTPException(409, "There is no such customer, or no such product.")
    total = sum((Decimal(products[line.product_id]["price"]) * line.quantity for line in body.lines), Decimal(0))
    number = next(numbers)
    orders[number] = {"id": number, "total": f"{total:.2f}", "status": "open", **body.model_dump()}
    response.headers["Location"] = f"/orders/{number}"
    return models.Order(**orders[number])


@app.get("/orders/{order_id}", dependencies=SECURED, responses=refusals(401, 404))
async def get_order(order_id: OrderId) -> models.Order:
    return models.Order(**found_in(orders, order_id))


@app.post("/orders/{order_id}/cancel", dependencies=SECURED, responses=refusals(401, 404, 409))
async def cancel_order(order_id: OrderId) -> models.Order:
    if found_in(orders, order_id)["status"] == "cancelled":
        raise HTTPException(409, "The order is cancelled already.")
    orders[order_id]["status"] = "cancelled"
    return models.Order(**orders[order_id])


@app.post("/quotes")
async def quote(body: models.QuoteRequest) -> models.Quote:
    pieces = 480 if body.amount == "pallet" else body.amount
    match body.item:
        case models.Circle(radius=radius):
            area = 3.14159 * radius * radius
        case models.Box(sides=[first, second, *_]):
            area = first * second
    return models.Quote(pieces=pieces, area=area)


UPLOAD: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "properties": {
                        "title": {"type": "string", "minLength": 1, "maxLength": 80},
                        "file": {"type": "string", "format": "binary"},
                    },
                    "required": ["title", "file"],
                },
            },
        },
    },
}


@app.post("/files", status_code=201, openapi_extra=UPLOAD, responses={**made(413, 415), **refusals(409, 413, 415)})
async def upload(request: Request, response: Response) -> models.StoredFile:
    """Read by hand: a part of a form need not have a file name, and FastAPI insists on one."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "multipart/form-data":
        raise HTTPException(415, "This takes multipart/form-data.")
    async with request.form(max_part_size=FILE_CAP_BYTES) as form:
        title, part = form.get("title"), form.get("file")
        content = await part.read(FILE_CAP_BYTES + 1) if isinstance(part, UploadFile) else (part or "").encode("utf-8", "replace")
        if isinstance(title, UploadFile):
            title = (await title.read(1000)).decode("utf-8", "replace")
    if part is None or title is None or not 1 <= len(title) <= 80:
        raise HTTPException(422, "The form needs a title of 1 to 80 characters and a file.")
    if len(content) > FILE_CAP_BYTES:
        raise HTTPException(413, "The file is too large.")
    if len(files) >= 100:
        raise HTTPException(409, "The shop is full.")
    key = str(uuid.UUID(int=next(numbers), version=4))
    files[key] = ({"id": key, "title": printable(title), "size_bytes": len(content)}, content)
    response.headers["Location"] = f"/files/{key}"
    return models.StoredFile(**files[key][0])


BINARY = {200: {"description": "The bytes.", "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}}}


@app.get("/files/{file_id}", response_class=Response, responses={**BINARY, **refusals(404)})
async def download(file_id: Uuid) -> Response:
    return Response(found_in(files, file_id)[1], media_type="application/octet-stream")


@app.delete("/files/{file_id}", status_code=204, responses=refusals(404))
async def delete_file(file_id: Uuid) -> None:
    found_in(files, file_id)
    del files[file_id]


@app.get("/preferences")
async def preferences(
    theme: Annotated[models.Theme, Cookie()] = "light",
    x_trace: Annotated[str | None, Header(max_length=64)] = None,
) -> models.Preferences:
    return models.Preferences(theme=theme, trace=x_trace or "none")


def main() -> None:
    listener = socket.create_server(("127.0.0.1", 0))
    print(f"http://127.0.0.1:{listener.getsockname()[1]}", flush=True)
    uvicorn.Server(uvicorn.Config(app, log_level="warning", access_log=False)).run(sockets=[listener])


if __name__ == "__main__":
    main()
