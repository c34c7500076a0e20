"""What an OpenAPI document itself says an operation takes: read from the file, without the ingest stage.

The judges hold generated values against this, so that a fault of ingest's normalisation cannot hide behind itself. Schemas are given as
they stand in the document; ``meaning`` says what they mean.
"""

import re
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from msgspec import Struct

from tests.bench.json_values import loads

MISSING = "x-of-the-parameter"  # holds the keywords of a parameter of OpenAPI 3 that has its type beside a missing schema
BINARY = "x-of-bytes"  # holds the schema that stands beside a media type of bytes
METHODS = ("delete", "get", "head", "options", "patch", "post", "put", "query", "trace")
_BYTES = re.compile(r"application/(octet-stream|pdf|zip|gzip)|(image|audio|video|font)/.*")
_CHAIN = 32  # references to references
_STYLE = {"path": "simple", "query": "form", "header": "simple", "cookie": "form"}  # where the document says none (OpenAPI 3.1, 4.8.12.2)
_COLLECTION = {"csv": ("form", False), "ssv": ("spaceDelimited", False), "pipes": ("pipeDelimited", False), "multi": ("form", True)}


class Way(Struct, frozen=True):
    """How a value is written: a style with explode (OpenAPI 3.1, 4.8.12.3), or as text of a media type. ``styled``: in multipart, too."""

    style: str = "form"
    explode: bool = True
    media_type: str = ""
    styled: bool = False


class Input(Struct, frozen=True):
    """A parameter or a body as the document has it. ``ways`` are those of a body's properties."""

    schema: Any
    required: bool = False
    way: Way = Way()
    ways: dict[str, Way] = {}


class Document:
    """A document in JSON. ``version`` is "2.0", "3.0" or "3.1"."""

    def __init__(self, root: Any) -> None:
        self.root = root
        written = str(root.get("openapi") or root.get("swagger") or "3.0")
        self.version = "2.0" if written.startswith("2") else "3.0" if written.startswith("3.0") else "3.1"
        self._anchors: dict[str, list[Any]] | None = None

    @classmethod
    def load(cls, path: Path) -> "Document":
        return cls(loads(path.read_bytes()))

    def target(self, reference: Any) -> Any:
        """What a reference within the document points to (RFC 6901, or an anchor). Raises KeyError."""
        if not isinstance(reference, str) or not reference.startswith("#"):
            raise KeyError(reference)
        pointer = unquote(reference[1:])
        if pointer and not pointer.startswith("/"):
            return self._anchored(pointer)
        found = self.root
        for token in pointer.split("/")[1:]:
            key = token.replace("~1", "/").replace("~0", "~")
            if isinstance(found, list):
                if not key.isdecimal() or int(key) >= len(found):
                    raise KeyError(reference)
                found = found[int(key)]
            elif isinstance(found, dict):
                found = found[key]
            else:
                raise KeyError(reference)
        return found

    def _anchored(self, name: str) -> Any:
        if self._anchors is None:
            self._anchors = {}
            waiting = [self.root]
            while waiting:
                part = waiting.pop()
                if isinstance(part, dict):
                    for keyword in ("$anchor", "$dynamicAnchor"):
                        if isinstance(part.get(keyword), str):
                            self._anchors.setdefault(part[keyword], []).append(part)
                    waiting.extend(part.values())
                elif isinstance(part, list):
                    waiting.extend(part)
        found = self._anchors.get(name, [])
        if len(found) != 1:
            raise KeyError(name)
        return found[0]

    def object(self, value: Any) -> dict[str, Any]:
        """An object of the document that is no schema, its references followed; empty where there is none."""
        for _ in range(_CHAIN):
            if not isinstance(value, dict):
                break
            if "$ref" not in value:
                return value
            try:
                value = self.target(value["$ref"])
            except KeyError:
                break
        return {}

    def _operation(self, key: str) -> tuple[dict[str, Any], dict[str, Any]]:
        method, _, path = key.partition(" ")
        paths = self.object(self.root.get("paths"))
        written = paths[path] if path in paths else paths.get(path.removeprefix("/"), {})
        item = self.object(written)
        if isinstance(written, dict) and "$ref" in written:
            item = {**item, **{name: value for name, value in written.items() if name != "$ref"}}
        name = next((name for name in item if name.upper() == method and name.lower() in METHODS), None)
        more = self.object(item.get("additionalOperations"))
        return item, self.object(item[name]) if name is not None else self.object(more.get(method))

    def _parameters(self, key: str) -> list[dict[str, Any]]:
        found = {}
        for holder in self._operation(key):
            listed = holder.get("parameters")
            for one in map(self.object, listed if isinstance(listed, list) else []):
                found[one.get("in"), one.get("name")] = one
        return list(found.values())

    def parameters(self, key: str) -> dict[str, Input]:
        """The parameters of an operation ("GET /pets") by "LOCATION/NAME"."""
        listed = self._parameters(key)
        return {f"{one['in']}/{one['name']}": self._parameter(one) for one in listed if one.get("in") in _STYLE and "name" in one}

    def _parameter(self, raw: dict[str, Any]) -> Input:
        location = raw["in"]
        required = location == "path" or raw.get("required") is True
        if self.version == "2.0":
            return Input(_own(raw), required, _collection(raw) if location == "query" else Way(_STYLE[location], explode=False))
        content = self.object(raw.get("content"))
        if "schema" not in raw and content:
            media_type, entry = next(iter(content.items()))
            return Input(self.object(entry).get("schema", True), required, Way(media_type=media_type))
        style = raw.get("style", _STYLE[location])
        if "schema" not in raw and "type" in raw:
            return Input({MISSING: _own(raw)}, required, Way(style, raw.get("explode", style == "form")))
        return Input(raw.get("schema", True), required, Way(style, raw.get("explode", style == "form")))

    def body(self, key: str, media_type: str) -> Input | None:
        """The body of an operation as a media type; None where the document has no such one."""
        if self.version == "2.0":
            return self._body_of_parameters(key)
        raw = self.object(self._operation(key)[1].get("requestBody"))
        for written, entry in self.object(raw.get("content")).items():
            if fnmatchcase(media_type, written.strip()):
                media = self.object(entry)
                ways = {name: self._encoded(self.object(one)) for name, one in self.object(media.get("encoding")).items()}
                schema = media.get("schema", True)
                if _BYTES.fullmatch(media_type.partition(";")[0].strip().lower()):
                    schema = {BINARY: schema}
                return Input(schema, raw.get("required") is True, ways=ways)
        return None

    def _encoded(self, raw: dict[str, Any]) -> Way:
        style = raw.get("style", "form")
        styled = self.version == "3.1" and bool(raw.keys() & {"style", "explode", "allowReserved"})
        return Way(style, raw.get("explode", style == "form"), raw.get("contentType", ""), styled)

    def _body_of_parameters(self, key: str) -> Input | None:
        """``body`` and ``formData`` parameters of OpenAPI 2.0."""
        listed = self._parameters(key)
        for one in listed:
            if one.get("in") == "body":
                return Input(one.get("schema", True), one.get("required") is True)
        fields = {one["name"]: one for one in listed if one.get("in") == "formData"}
        if not fields:
            return None
        required = [name for name, one in fields.items() if one.get("required") is True]
        schema: dict[str, Any] = {"type": "object", "properties": {name: _own(one) for name, one in fields.items()}}
        if required:
            schema["required"] = required
        ways = {name: _collection(one, styled=True) for name, one in fields.items() if one.get("type") == "array"}
        return Input(schema, bool(required), ways=ways)

    def in_address(self, key: str, place: str) -> bool:
        """Whether the path itself names a parameter that is declared nowhere, or by another name."""
        location, _, name = place.partition("/")
        path, _, query = key.partition("?")
        if location == "path":
            return re.search(rf"\{{{re.escape(name)}[+*]?\}}", path) is not None
        return location == "query" and f"{name}=" in query


def _own(raw: dict[str, Any]) -> dict[str, Any]:
    """The schema that a parameter of OpenAPI 2.0 is, ``type: file`` as the text that it is here."""
    own = {key: value for key, value in raw.items() if key not in {"in", "name", "required", "description", "collectionFormat"}}
    return {**own, "type": "string", "format": "binary"} if own.get("type") == "file" else own


def _collection(raw: dict[str, Any], *, styled: bool = False) -> Way:
    style, explode = _COLLECTION.get(raw.get("collectionFormat", "csv"), ("form", False))
    return Way(style, explode, styled=styled)
