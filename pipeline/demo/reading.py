"""From a raw request to a ``Call``, by the document alone: which operation it is, and whether its parts obey their schemas.

The schemas that refuse are the schemas that are published, so a request that obeys the document is never refused here.
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote

import jsonschema_rs
import msgspec

from pipeline.demo.document import BODY_CAP_BYTES, TOKEN, openapi

_INTEGER = re.compile(r"-?(0|[1-9][0-9]{0,18})(\.0+)?")
_DETAIL_CAP = 300


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What is to be sent. ``body`` is a JSON value (None: no body); ``delivery`` other than "whole" only ever by a defect:
    "late" waits, "dropped" closes the connection instead, "announced" is a 204 with a Content-Length."""

    status: int
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    content_type: str = "application/json"
    delivery: str = "whole"


class Refused(Exception):
    """The request is answered with a problem (RFC 9457)."""

    def __init__(self, status: int, title: str, detail: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(detail)
        body = {"title": title, "status": status, "detail": detail[:_DETAIL_CAP]}
        self.answer = Answer(status=status, body=body, headers=headers or {}, content_type="application/problem+json")


@dataclass(frozen=True, kw_only=True)
class Incoming:
    """A request as it came, body not yet read. ``target`` is the raw request target (RFC 9112, section 3.2)."""

    method: str
    target: str
    headers: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Call:
    """A request that obeys the document. Parameters that were not sent have their default, or are absent."""

    operation: str
    path: Mapping[str, Any]
    query: Mapping[str, Any]
    headers: Mapping[str, str]
    body: Any = None


class Schema:
    """A schema of the document, ready to refuse with 422."""

    def __init__(self, schema: Mapping[str, Any], components: Mapping[str, Any]) -> None:
        self._validator = jsonschema_rs.Draft202012Validator({**schema, "components": components}, validate_formats=True)

    def hold(self, value: Any, place: str) -> None:
        try:
            fault = next(self._validator.iter_errors(value), None)
        except ValueError as error:  # lone surrogates, or nested deeper than the validator goes
            raise Refused(422, "Invalid request", f"{place}: {error}") from None
        if fault is not None:
            where = "/".join([place, *(str(step) for step in fault.instance_path)])
            raise Refused(422, "Invalid request", f"{where}: {fault.message}")


class _Parameter:
    def __init__(self, spec: Mapping[str, Any], components: Mapping[str, Any]) -> None:
        self.name: str = spec["name"]
        self.location: str = spec["in"]
        self.default: Any = spec["schema"].get("default")
        self._type: str = spec["schema"]["type"]
        self._schema = Schema(spec["schema"], components)

    def read(self, sent: list[str]) -> Any:
        """The value of what was sent (at least once), by the styles the document uses: simple, and form with explode."""
        place = f"{self.location}/{self.name}"
        if self._type == "array":
            self._schema.hold(sent, place)
            return sent
        if len(sent) > 1:
            raise Refused(422, "Invalid request", f"{place}: sent {len(sent)} times")
        value: Any = sent[0]
        if self._type == "integer":
            if not _INTEGER.fullmatch(value):
                raise Refused(422, "Invalid request", f"{place}: not an integer, or out of range")
            value = int(value.partition(".")[0])
        self._schema.hold(value, place)
        return value


class Route:
    """One operation of the document."""

    def __init__(self, key: str, parameters: list[_Parameter], media_type: str, body: Schema | None, *, secured: bool) -> None:
        self.key = key
        self.takes_body = body is not None
        self.secured = secured
        self._parameters = parameters
        self._media_type = media_type
        self._body = body

    def authorise(self, headers: Mapping[str, str]) -> None:
        """Raises Refused (401) where the operation is secured and the token is not the demo's (RFC 6750)."""
        scheme, _, token = headers.get("Authorization", "").partition(" ")
        if self.secured and (scheme.lower() != "bearer" or token.strip() != TOKEN):
            challenge = {"WWW-Authenticate": 'Bearer realm="clinic"'}
            raise Refused(401, "Unauthorised", "This needs the clinic's bearer token.", challenge)

    def read(self, incoming: Incoming, segments: Mapping[str, str], raw: bytes) -> Call:
        """Raises Refused (400, 415, 422) at the first part that is not as documented."""
        asked = incoming.target.partition("?")[2].partition("#")[0]
        pairs = parse_qsl(asked, keep_blank_values=True, errors="replace")
        path: dict[str, Any] = {}
        query: dict[str, Any] = {}
        headers: dict[str, str] = {}
        for parameter in self._parameters:
            name = parameter.name
            if parameter.location == "path":
                path[name] = parameter.read([segments[name]])
            elif parameter.location == "header":
                if name in incoming.headers:
                    headers[name] = parameter.read([incoming.headers[name]])
            elif sent := [value for key, value in pairs if key == name]:
                query[name] = parameter.read(sent)
            elif parameter.default is not None:
                query[name] = parameter.default
        body = self._read_body(incoming.headers, raw) if self._body else None
        return Call(operation=self.key, path=path, query=query, headers=headers, body=body)

    def _read_body(self, headers: Mapping[str, str], raw: bytes) -> Any:
        media_type = headers.get("Content-Type", "").partition(";")[0].strip().lower()
        if media_type != self._media_type:
            raise Refused(415, "Unsupported media type", f"This takes {self._media_type}.", {"Accept": self._media_type})
        if headers.get("Content-Encoding", "identity").lower() != "identity":
            raise Refused(415, "Unsupported content coding", "Bodies are taken as they are.", {"Accept-Encoding": "identity"})
        if len(raw) > BODY_CAP_BYTES:
            raise Refused(413, "Body too large", f"At most {BODY_CAP_BYTES} bytes are read.")
        try:
            value = msgspec.json.decode(raw)
        except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
            raise Refused(400, "Malformed request", f"body: not JSON: {error}") from None
        assert self._body is not None
        self._body.hold(value, "body")
        return _integers(value)


def _integers(value: Any) -> Any:
    """JSON Schema calls 5.0 an integer; from here on it is one."""
    match value:
        case float() if math.isfinite(value) and value.is_integer():
            return int(value)
        case list():
            return [_integers(item) for item in value]
        case dict():
            return {key: _integers(item) for key, item in value.items()}
        case _:
            return value


class Router:
    """All operations of the document, by path template and method."""

    def __init__(self) -> None:
        document = openapi()
        self._shared = document["components"]
        self._templates: list[tuple[list[str], dict[str, Route]]] = []
        self.routes: dict[str, Route] = {}
        for template, item in document["paths"].items():
            methods: dict[str, Route] = {}
            for method, operation in item.items():
                if method != "parameters":
                    route = self._route(f"{method.upper()} {template}", item.get("parameters", []), operation)
                    methods[method.upper()] = self.routes[route.key] = route
            self._templates.append((template.split("/")[1:], methods))

    def find(self, incoming: Incoming) -> tuple[Route, dict[str, str]]:
        """The operation and its raw path parameters. A HEAD of what can be read is answered like the GET (RFC 9110, 9.3.2).

        Raises Refused: 404 where no path fits, 405 where the path has no such method.
        """
        path = incoming.target.partition("?")[0].partition("#")[0]
        if not path.startswith("/"):  # absolute form
            path = "/" + path.partition("://")[2].partition("/")[2]
        parts = [unquote(part, errors="replace") for part in path.split("/")[1:]]
        for template, methods in self._templates:
            segments = _match(template, parts)
            if segments is None:
                continue
            route = methods.get(incoming.method) or (methods.get("GET") if incoming.method == "HEAD" else None)
            if route is None:
                raise Refused(405, "Method not allowed", "The path does not know this method.", {"Allow": ", ".join(sorted(methods))})
            return route, segments
        raise Refused(404, "Not found", "There is nothing at this path.")

    def _route(self, key: str, shared: list[Any], operation: Mapping[str, Any]) -> Route:
        schemas = {"schemas": self._shared["schemas"]}
        specs = [self._shared["parameters"][p["$ref"].rpartition("/")[2]] if "$ref" in p else p for p in operation.get("parameters", [])]
        media_type, body = "", None
        if "requestBody" in operation:
            [(media_type, content)] = operation["requestBody"]["content"].items()
            body = Schema(content["schema"], schemas)
        parameters = [_Parameter(spec, schemas) for spec in [*shared, *specs]]
        return Route(key, parameters, media_type, body, secured="security" in operation)


def _match(template: list[str], parts: list[str]) -> dict[str, str] | None:
    if len(template) != len(parts):
        return None
    segments: dict[str, str] = {}
    for wanted, part in zip(template, parts, strict=True):
        if wanted.startswith("{") and part:
            segments[wanted[1:-1]] = part
        elif wanted != part:
            return None
    return segments
