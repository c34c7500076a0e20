"""What score needs to know of a run's ``Api``, made once: operations by key, documented answers, path templates, validators."""

import re
from collections.abc import Callable
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Any, TypeVar
from urllib.parse import unquote

from pipeline.messages import Api, Header, MediaType, Operation, Override, Response, RunStarted, Schema
from stages.score import urls
from stages.score.schemas import Schemas, Validator
from stages.score.signature import target_name

SHARED = ("#/definitions/", "#/components/schemas/")  # where documents keep shared schemas: OpenAPI 2.0, 3.x
_PARAMETER = re.compile(r"\{([^{}]+)\}")


def status_fits(pattern: str, status: int) -> bool:
    """Whether "404", "4XX" or "default" holds a status."""
    text = str(status)
    wanted = pattern.upper()
    return wanted in {text, f"{text[0]}XX", "DEFAULT"}


@lru_cache(maxsize=65536)
def template_names(path: str) -> tuple[str, ...]:
    """The parameters of a path template, in order."""
    return tuple(_PARAMETER.findall(path))


@lru_cache(maxsize=65536)
def template_shape(path: str) -> str:
    """The template with every parameter as ``{}``: how resources are named."""
    return _PARAMETER.sub("{}", path)


@lru_cache(maxsize=8192)
def _template_pattern(path: str) -> re.Pattern[str]:
    pieces = _PARAMETER.split(path.rstrip("/"))
    pattern = "".join(re.escape(piece) if index % 2 == 0 else "([^/]*)" for index, piece in enumerate(pieces))
    return re.compile(f"(?:.*?){pattern}/?")


def path_values(path: str, url: str) -> list[str] | None:
    """The values of a template's parameters in the URL of a request, percent-decoded; None where the URL is none of it."""
    found = _template_pattern(path).fullmatch(urls.split(url).path)
    return [unquote(value) for value in found.groups()] if found else None


Looked = TypeVar("Looked")
_REMEMBERED = 65_536


class Model:
    """The documented side of a run. Pure look-ups with caches; nothing of it changes while the run lasts."""

    def __init__(self, started: RunStarted, *, target: str = "", validators_max: int = 1024) -> None:
        self.api: Api = started.api
        self.run = started.request.run
        self.seed = started.request.seed
        self.keeps_all = started.request.keep == "all"
        self.base_url = started.base_url
        self.target = target or target_name(started.base_url, started.api.title)
        self.operations = {operation.key: operation for operation in started.api.operations}
        self.methods: dict[str, list[str]] = {}  # by path
        self._remembered: dict[tuple[str, ...], Any] = {}
        of_all = [(operation.method, operation.path) for operation in started.api.operations]
        for method, path in (*of_all, *(key.split(" ", 1) for key in started.api.left_out)):
            self.methods.setdefault(path, []).append(method)
        self.schemas = Schemas(started.api.schemas, validators_max)
        self.secured_any = any(self.requires_credentials(operation) for operation in started.api.operations)
        of_items = [operation for operation in started.api.operations if operation.path.endswith("}")]
        self.items = {template_shape(operation.path): _last_style(operation) for operation in of_items}
        self.item_kinds = {template_shape(operation.path): _last_kind(operation) for operation in of_items}
        self.wanted_fields: dict[str, set[str]] = {}  # by resource: the fields of its objects by which inputs name them
        for slot in (slot for operation in started.api.operations for slot in operation.slots):
            self.wanted_fields.setdefault(slot.resource, set()).update(slot.fields)
        self._overrides = started.request.overrides
        self._globs = started.request.operations
        self._responses: dict[tuple[str, int], Response | None] = {}
        self._expected: dict[str, list[str]] = {}
        self.is_swagger = started.api.openapi.startswith("2")

    @staticmethod
    def requires_credentials(operation: Operation) -> bool:
        """Whether every documented alternative asks for a credential."""
        return bool(operation.security) and all(operation.security)

    def in_scope(self, operation: Operation) -> bool:
        """Whether the run's globs ask for it and no override leaves it out."""
        return self.wanted(operation) and not self.skipped(operation)

    def wanted(self, operation: Operation) -> bool:
        """Whether the run's globs ask for it."""
        return not self._globs or any(fnmatchcase(operation.key, glob) for glob in self._globs)

    def skipped(self, operation: Operation) -> str:
        """The owner's reason for leaving it out, or ""."""
        return next((override.skip for override in self.overrides(operation.key) if override.skip), "")

    def overrides(self, key: str) -> list[Override]:
        """What the owner says of an operation."""
        return [override for override in self._overrides if fnmatchcase(key, override.operation)]

    def expected(self, key: str, status: int) -> bool:
        """Whether the owner says that this status is fine."""
        if not self._overrides:
            return False
        if key not in self._expected:
            self._expected[key] = [pattern for override in self.overrides(key) for pattern in override.expect]
        return any(status_fits(pattern, status) for pattern in self._expected[key])

    def response(self, operation: Operation, status: int) -> Response | None:
        """The documented answer for a status: its own, else its class ("4XX"), else the default (OpenAPI 3.1, 4.8.16)."""
        place = (operation.key, status)
        if place not in self._responses:
            self._responses[place] = _documented(operation, status)
        return self._responses[place]

    def remember(self, key: tuple[str, ...], look: Callable[[], Looked]) -> Looked:
        """What ``look`` finds in the document, looked up once: the key says all that it depends on."""
        if key not in self._remembered:
            if len(self._remembered) >= _REMEMBERED:
                self._remembered.clear()
            self._remembered[key] = look()
        return self._remembered[key]  # type: ignore[no-any-return]  # it is what was looked for under that key

    @staticmethod
    def pointer(operation: Operation) -> str:
        """Where the document describes the operation, as a URI fragment (RFC 6901, 6)."""
        return f"#{operation.pointer}" if operation.pointer.startswith("/") else operation.pointer

    def response_pointer(self, operation: Operation, response: Response) -> str:
        """Where the document describes this answer."""
        return f"{self.pointer(operation)}/responses/{response.status}"

    def schema_pointer(self, operation: Operation, response: Response, media: MediaType) -> str:
        """Where the document has the schema of an answer's body."""
        place = self.response_pointer(operation, response)
        if self.is_swagger:
            return f"{place}/schema"
        return f"{place}/content/{_escaped(media.media_type)}/schema"

    def body_pointer(self, operation: Operation, media_type: str) -> str | None:
        """Where the document has the schema of a request's body; None where that is one parameter of several (OpenAPI 2.0)."""
        return None if self.is_swagger else f"{self.pointer(operation)}/requestBody/content/{_escaped(media_type)}/schema"

    def definition_pointer(self, name: str) -> str:
        """Where the document has a shared schema."""
        return f"{SHARED[0] if self.is_swagger else SHARED[1]}{_escaped(name)}"

    def body_validator(self, operation: Operation, response: Response, media: MediaType) -> Validator | None:
        """The validator of an answer's body."""
        return self.schemas.validator(("response", operation.key, response.status, media.media_type), media.schema)

    def header_validator(self, operation: Operation, response: Response, header: Header) -> Validator | None:
        """The validator of a response header's value."""
        return self.schemas.validator(("header", operation.key, response.status, header.name), header.schema)

    def input_validator(self, operation: Operation, place: str, schema: Schema) -> Validator | None:
        """The validator of a parameter ("query/limit") or body ("body/application/json")."""
        return self.schemas.validator(("input", operation.key, place), schema)


def _documented(operation: Operation, status: int) -> Response | None:
    by_status = {response.status.upper(): response for response in operation.responses}
    for name in (str(status), f"{status // 100}XX", "DEFAULT"):
        if name in by_status:
            return by_status[name]
    return None


def _last_style(operation: Operation) -> str:
    """How the last path parameter is written."""
    name = template_names(operation.path)[-1]
    return next((one.style for one in operation.parameters if (one.location, one.name) == ("path", name)), "simple")


def _last_kind(operation: Operation) -> str:
    """The type of the last path parameter, "" where it may be anything."""
    name = template_names(operation.path)[-1]
    schemas = (one.schema for one in operation.parameters if (one.location, one.name) == ("path", name))
    kind = next((schema.get("type", "") for schema in schemas if isinstance(schema, dict)), "")
    return kind if isinstance(kind, str) else ""


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")
