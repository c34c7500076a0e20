"""How requests to one operation are put together: everything of it that does not change from request to request, made once."""

import fnmatch
import re
from collections.abc import Sequence
from typing import Any, TypeVar
from urllib.parse import quote, urlsplit

from pipeline.messages import Argument, Location, MediaType, Operation, Override, Parameter
from stages.execute.identities.credential import is_credential
from stages.execute.serialise.style import undocumented

_PLACEHOLDER = re.compile(r"\{([^{}/]+)\}")
_LITERAL_SAFE = "/%:@!$&'()*+,;=~-._"
_ANY = "*/*"
_UNDOCUMENTED: Location = "query"  # where a fixed value goes whose name the document does not know
_T = TypeVar("_T")


class OperationForm:
    """One operation as requests are made of it, with the owner's overrides worked in.

    ``pieces`` is the path in turns of literal text and parameters; ``fixed`` replaces arguments; ``headers`` are sent unless an argument
    sets them, ``owner_headers`` whatever an argument says.
    """

    def __init__(
        self,
        operation: Operation,
        base: str,
        overrides: Sequence[Override],
        headers: Sequence[tuple[str, str]],
        credentials: frozenset[str] = frozenset(),
    ) -> None:
        self.operation = operation
        self.origin, prefix = split_base(operation.server or base)
        self.parameters: dict[tuple[str, str], Parameter] = {_key(parameter): parameter for parameter in operation.parameters}
        template = operation.path.partition("#")[0]
        path, _, self.query = template.partition("?")
        self.pieces = [prefix, *self._pieces(path)] if prefix else self._pieces(path)
        self.media: dict[str, MediaType] = {media.media_type: media for media in operation.body.content} if operation.body else {}
        matching = [override for override in overrides if fnmatch.fnmatchcase(operation.key, override.operation)]
        self.fixed = [
            argument for override in matching for name, value in override.parameters.items() for argument in self._fixed(name, value)
        ]
        self.fixed_keys = {(argument.location, argument.name) for argument in self.fixed}
        owner = [header for override in matching for header in override.headers.items()]
        self.owner_headers = [(name, value) for name, value in owner if not is_credential(name, credentials)]
        self.owner_credential = [(name, value) for name, value in owner if is_credential(name, credentials)]
        owner_names = {name.lower() for name, _ in owner}
        self.headers = [("Accept", _accept(operation)), *headers]
        self.headers = [(name, value) for name, value in self.headers if name.lower() not in owner_names]
        self.header_names = {name.lower() for name, _ in self.headers}
        self.owner_names = owner_names
        self.allow_unsafe = _last([override.allow_unsafe for override in matching])
        self.skip = next((override.skip for override in matching if override.skip), "")
        self.requests_per_second = _last([override.requests_per_second for override in matching])

    def parameter(self, location: Location, name: str) -> Parameter:
        """The definition of an argument: the document's, or the default one of its location."""
        key = (location, name.lower() if location == "header" else name)
        if (found := self.parameters.get(key)) is None:
            found = self.parameters[key] = undocumented(location, name)
            if len(self.parameters) > 1024:  # undocumented names are made by agents without end
                del self.parameters[key]
        return found

    def _pieces(self, path: str) -> list[str | Parameter]:
        if not path.startswith("/"):
            path = f"/{path}"
        pieces: list[str | Parameter] = []
        for index, part in enumerate(_PLACEHOLDER.split(path)):
            if index % 2:
                pieces.append(self.parameters.get(("path", part)) or undocumented("path", part))
            elif part:
                pieces.append(quote(part, safe=_LITERAL_SAFE))
        return pieces

    def _fixed(self, name: str, value: Any) -> list[Argument]:
        location, _, bare = name.partition("/")
        match location:
            case "path" | "query" | "header" | "cookie" as place if bare:
                return [Argument(location=place, name=bare, value=value)]
            case _:
                places: list[Location] = [parameter.location for parameter in self.operation.parameters if parameter.name == name]
                return [Argument(location=place, name=name, value=value) for place in places or (_UNDOCUMENTED,)]


def split_base(base: str) -> tuple[str, str]:
    """An absolute URL as its origin and its path without the slash at the end."""
    parts = urlsplit(base)
    return origin_of(base), quote(parts.path.rstrip("/"), safe=_LITERAL_SAFE)


def origin_of(url: str) -> str:
    """Scheme, host and port of an absolute URL, in lower case, without a default port (RFC 6454, 4). Raises ValueError."""
    parts = urlsplit(url)
    host = parts.hostname
    if parts.scheme.lower() not in {"http", "https"} or not host:
        raise ValueError(f"{url!r} is no absolute HTTP URL")
    scheme = parts.scheme.lower()
    shown_host = f"[{host}]" if ":" in host else host
    default = {"http": 80, "https": 443}[scheme]
    return f"{scheme}://{shown_host}" if parts.port in {None, default} else f"{scheme}://{shown_host}:{parts.port}"


def _accept(operation: Operation) -> str:
    """What the document promises first, anything else if need be."""
    documented = dict.fromkeys(media.media_type for response in operation.responses for media in response.content)
    concrete = [media_type for media_type in documented if "*" not in media_type and media_type.isascii() and media_type.isprintable()]
    return ", ".join([*concrete[:8], f"{_ANY};q=0.5"]) if concrete else _ANY


def _key(parameter: Parameter) -> tuple[str, str]:
    return parameter.location, parameter.name.lower() if parameter.location == "header" else parameter.name


def _last(values: list[_T | None]) -> _T | None:
    return next((value for value in reversed(values) if value is not None), None)
