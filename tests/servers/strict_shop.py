"""What all operations of the strict shop share: the application, its stock, its refusals, and who its users are."""

import sys
from collections.abc import Awaitable, Callable
from typing import Annotated, Any

from fastapi import Depends, FastAPI, HTTPException, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.security import OAuth2PasswordBearer
from starlette.exceptions import HTTPException as RoutingError
from starlette.routing import Match

from tests.servers import strict_models as models

CAP = 20_000  # objects of a kind
PASSWORDS = {"clerk": "clerk-password", "boss": "boss-password"}
Send = Callable[..., Awaitable[None]]


def refusals(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The refusals of an operation; 400 is plain text where uvicorn itself cannot read the request."""
    plain = {"content": {"text/plain": {"schema": {"type": "string"}}}}
    return {status: {"model": models.Refusal, **(plain if status == 400 else {})} for status in (400, 422, *statuses)}


def made(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The answers of an operation that makes an object."""
    location = {"required": True, "schema": {"type": "string", "format": "uri-reference"}}
    return {201: {"headers": {"Location": location}, "description": "Made"}, **refusals(409, *statuses)}


app = FastAPI(title="Strict shop", version="1.0.0", redirect_slashes=False, docs_url=None, redoc_url=None, responses=refusals())
bearer = OAuth2PasswordBearer(tokenUrl="token")

categories: dict[str, dict[str, Any]] = {"tools": {"slug": "tools", "title": "Tools"}}
products: dict[str, dict[str, Any]] = {
    models.PRODUCT: models.Product(id=models.PRODUCT, name="Axe", price="31.50", category="tools").model_dump(),
}
reviews: dict[str, dict[int, dict[str, Any]]] = {models.PRODUCT: {}}
customers: dict[int, dict[str, Any]] = {1: models.Customer(id=1, name="Ona").model_dump()}
orders: dict[int, dict[str, Any]] = {}
files: dict[str, tuple[dict[str, Any], bytes]] = {}
numbers = iter(range(2, sys.maxsize))


def printable(value: object) -> str:
    """Printable in any encoding: what cannot be told as Unicode is escaped."""
    return str(value).encode("utf-8", "backslashreplace").decode()


@app.exception_handler(RoutingError)
async def refused(request: Request, error: RoutingError) -> JSONResponse:
    headers = dict(error.headers or {})
    if error.status_code == 405:  # Starlette names the methods of the first route of the path only
        same_path = [route for route in app.routes if route.matches(request.scope)[0] is not Match.NONE]
        headers["Allow"] = ", ".join(sorted({method for route in same_path for method in route.methods}))
    return JSONResponse({"detail": printable(error.detail), "errors": []}, error.status_code, headers)


@app.exception_handler(RequestValidationError)
async def invalid(_request: Request, error: RequestValidationError) -> JSONResponse:
    faults = [{"place": printable("/".join(map(str, fault["loc"]))), "message": printable(fault["msg"])} for fault in error.errors()]
    return JSONResponse({"detail": "The request does not obey its schema.", "errors": faults[:20]}, 422)


class EncodedSlash:
    """A path parameter that holds an encoded slash must not be taken for two segments of another path."""

    def __init__(self, inner: Callable[..., Awaitable[None]]) -> None:
        self._inner = inner

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Send) -> None:
        if scope["type"] == "http" and b"%2f" in scope["raw_path"].lower():
            scope = {**scope, "path": "/no such path", "raw_path": b"/no%20such%20path"}
        await self._inner(scope, receive, send)


app.add_middleware(EncodedSlash)


def check_room(kind: dict[Any, Any]) -> None:
    """Raises HTTPException where there are as many objects of the kind as there may be."""
    if len(kind) >= CAP:
        raise HTTPException(409, "The shop is full.")


def found_in(kind: dict[Any, Any], key: Any) -> Any:
    """The object of this name. Raises HTTPException where there is none."""
    if key not in kind:
        raise HTTPException(404, "There is no such object.")
    return kind[key]


def user(token: Annotated[str, Depends(bearer)]) -> str:
    """The name of the user that a token is of. Raises HTTPException where it is nobody's."""
    name = token.removeprefix("token-")
    if name not in PASSWORDS or token == name:
        raise HTTPException(401, "This token is nobody's.", {"WWW-Authenticate": "Bearer"})
    return name
