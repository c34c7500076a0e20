"""What the schemas of an OpenAPI document mean, as JSON Schema 2020-12: read by the letter of each version, apart from ingest.

Where a document breaks its own rules, or a rule means more than JSON Schema can be told, Sentinel reads on by intention. Each such reading
has a name (``READINGS``). ``Meaning`` without readings is the letter; with some it reads these by intention, so that a judge can say which
of them makes a difference.
"""

import re
from collections.abc import Callable, Collection
from typing import Any

from tests.bench.discriminated import pinned, pinned_child
from tests.bench.documented import BINARY, MISSING, Document

READINGS = (
    "nullable",  # beside $ref, allOf or an enum without null; x-nullable; in OpenAPI 3.1
    "discriminator",
    "readOnly",  # and required: of requests, in OpenAPI 3.1
    "keyword of another version",
    "malformed keyword",
    "unknown type",
    "pattern of another dialect",
    "contentEncoding",
    "schema missing",
    "media type of bytes",
)
TYPES = {"array", "boolean", "integer", "null", "number", "object", "string"}
_OLD = {"title", "multipleOf", "maximum", "exclusiveMaximum", "minimum", "exclusiveMinimum", "maxLength", "minLength", "pattern", "format"}
_OLD |= {
    "maxItems",
    "minItems",
    "uniqueItems",
    "maxProperties",
    "minProperties",
    "required",
    "enum",
    "type",
    "allOf",
    "items",
    "properties",
}
_OLD |= {"additionalProperties", "readOnly", "xml"}  # OpenAPI 2.0, 5.2.4.4
_OF_VERSION = {"2.0": _OLD, "3.0": _OLD | {"oneOf", "anyOf", "not", "writeOnly"}}  # OpenAPI 3.0.3, 4.7.24.1
_SCHEMA = {"additionalProperties", "propertyNames", "unevaluatedItems", "unevaluatedProperties", "contains", "not", "if", "then", "else"}
_LISTS = {"allOf", "anyOf", "oneOf", "prefixItems"}
_MAPS = {"properties", "patternProperties", "dependentSchemas"}
_NUMBERS = {"multipleOf", "maximum", "minimum", "exclusiveMaximum", "exclusiveMinimum"}
_COUNTS = {f"{end}{what}" for end in ("min", "max") for what in ("Length", "Items", "Properties", "Contains")}
_TEXTS = {"format", "pattern"}
_MEANT = {  # types that are none, as people use them
    **{key: {"type": "integer"} for key in ("int", "int32", "int64", "long", "bigint")},
    **{key: {"type": "number"} for key in ("float", "double", "decimal", "numeric")},
    **{key: {"type": "string"} for key in ("str", "text", "char", "timestamp")},
    **{name: {"type": "string", "format": name} for name in ("date", "date-time", "email", "uuid", "uri", "binary", "byte", "password")},
    "datetime": {"type": "string", "format": "date-time"},
    "url": {"type": "string", "format": "uri"},
    "file": {"type": "string", "format": "binary"},
    "bool": {"type": "boolean"},
    "list": {"type": "array"},
    **{key: {"type": "object"} for key in ("dict", "hash", "map")},
}
_ENCODINGS = {  # how a text so encoded looks (RFC 4648; RFC 2045, 6.7)
    "base64": {"format": "byte"},
    "base64url": {"pattern": "^[A-Za-z0-9_-]*={0,2}$"},
    "base32": {"pattern": "^([A-Z2-7]{8})*([A-Z2-7]{2}={6}|[A-Z2-7]{4}={4}|[A-Z2-7]{5}={3}|[A-Z2-7]{7}=)?$"},
    "base16": {"pattern": "^([0-9A-F]{2})*$"},
    "quoted-printable": {"pattern": "^([\\t\\r\\n -<>-~]|=[0-9A-F]{2}|=\\r\\n)*$"},
}
_LETTER = re.compile(r"\\[^\W\dbBcdDfknrsStuvwWx_]")  # escapes that are plain letters without the flag u: nobody means these
_HIDING = 8  # levels of allOf and $ref at which readOnly properties are looked for


class Meaning:
    """Schemas of a document as they are meant for what is sent. ``by_intention``: out of ``READINGS``; ``met``: those that came up.

    ``is_pattern``: as ``Ajv.is_pattern``. ``is_body``: what is readOnly is not asked for.
    """

    def __init__(
        self, document: Document, is_pattern: Callable[[str], bool | None], by_intention: Collection[str] = (), *, is_body: bool = False
    ) -> None:
        self.met: set[str] = set()
        self._document = document
        self._is_pattern = is_pattern
        self._by_intention = by_intention
        self._is_body = is_body
        self._old = _OF_VERSION.get(document.version)
        self._names: dict[str, str] = {}
        self._pending: list[tuple[str, str]] = []

    def whole(self, raw: Any) -> dict[str, Any]:
        """A schema of the document, together with all that it refers to."""
        made = self._schema(raw, frozenset(), "")
        defs: dict[str, Any] = {}
        while self._pending:
            name, reference = self._pending.pop()
            defs[name] = self._schema(self._document.target(reference), frozenset(), reference)
        known = {self._names[reference]: True for reference in self._names}
        return {"$defs": {**known, **defs}, "allOf": [made]}

    def _reads(self, reading: str) -> bool:
        self.met.add(reading)
        return reading in self._by_intention

    def _schema(self, raw: Any, outer: frozenset[str], reference: str = "") -> Any:
        """``outer``: names that are not asked for, as a schema around this one says; ``reference``: how this one is referred to."""
        if not isinstance(raw, dict):
            return raw is not False
        if MISSING in raw:
            return self._schema(raw[MISSING], outer) if self._reads("schema missing") else True
        if BINARY in raw:
            made = self._schema(raw[BINARY], outer)
            return _of_bytes(made) if self._reads("media type of bytes") else made
        ref = raw.get("$ref", raw.get("$dynamicRef"))
        target = self._reference(ref) if isinstance(ref, str) else None
        if self._old is not None and isinstance(ref, str):
            made = target if target is not None else {}
        else:
            made = self._keywords(raw, outer, reference)
            if target is not None:
                made = {**made, **target} if "$ref" not in made else {"allOf": [made, target]}
        return self._or_null(raw, made)

    def _reference(self, ref: str) -> dict[str, Any] | None:
        try:
            self._document.target(ref)
        except KeyError:
            return None
        if ref not in self._names:
            self._names[ref] = f"s{len(self._names)}"
            self._pending.append((self._names[ref], ref))
        return {"$ref": f"#/$defs/{self._names[ref]}"}

    def _or_null(self, raw: dict[str, Any], made: dict[str, Any]) -> dict[str, Any]:
        """nullable adds null to the type that stands beside it, and says nothing where none does (OpenAPI 3.0.3, 4.7.24)."""
        if raw.get("nullable") is not True and raw.get("x-nullable") is not True:
            return made
        if self._document.version == "3.0" and raw.get("nullable") is True and isinstance(made.get("type"), str):
            made = {**made, "type": [made["type"], "null"]}
            if None in made.get("enum", [None]) and not made.keys() & (_LISTS | {"not"}):
                return made
        return {"anyOf": [made, {"type": "null"}], **_kept(made)} if self._reads("nullable") else made

    def _keywords(self, raw: dict[str, Any], outer: frozenset[str], reference: str) -> dict[str, Any]:
        out: dict[str, Any] = {}
        hidden = outer | self._hidden(raw, 0) if self._is_body else frozenset()
        for key, value in raw.items():
            if self._old is not None and key not in self._old and self._is_known(key) and not self._reads("keyword of another version"):
                continue
            if key in _SCHEMA:
                out[key] = self._schema(value, frozenset())
            elif key in _LISTS:
                if isinstance(value, list) and value:
                    out[key] = [self._schema(item, hidden if key == "allOf" else frozenset()) for item in value]
            elif key in _MAPS:
                if isinstance(value, dict):
                    out[key] = {name: self._schema(item, frozenset()) for name, item in value.items() if self._keeps(key, name)}
            else:
                self._simple(key, value, raw, out, hidden)
        self._pin(raw, out, reference)
        return out

    def _is_known(self, key: str) -> bool:
        others = {"const", "dependentRequired", "dependencies", "contentEncoding"}
        return key in _SCHEMA | _LISTS | _MAPS | others or key in _COUNTS

    def _keeps(self, key: str, name: str) -> bool:
        if key != "patternProperties" or self._is_pattern(name) is not False:
            return True
        self._reads("pattern of another dialect")
        return False

    def _simple(self, key: str, value: Any, raw: dict[str, Any], out: dict[str, Any], hidden: frozenset[str]) -> None:
        match key:
            case "type":
                self._type(value, out)
            case "items":
                self._items(value, raw, out)
            case "exclusiveMinimum" | "exclusiveMaximum" if isinstance(value, bool):
                self._exclusive(key, raw, out, is_on=value)
            case "exclusiveMinimum" | "exclusiveMaximum" if self._old is not None and not self._reads("keyword of another version"):
                pass
            case "pattern" if isinstance(value, str):
                self._pattern(value, out)
            case "required":
                if isinstance(value, list):
                    out[key] = list(dict.fromkeys(name for name in value if isinstance(name, str) and not self._is_hidden(name, hidden)))
                elif isinstance(value, str) and self._reads("malformed keyword"):
                    out[key] = [value]
            case "enum":
                if isinstance(value, list) and value:
                    out[key] = value
            case "uniqueItems" | "readOnly" | "writeOnly":
                out[key] = value is True or str(value).lower() == "true"
            case "dependentRequired" | "dependencies" if isinstance(value, dict):
                self._dependencies(value, out)
            case "contentEncoding":
                told = _ENCODINGS.get(str(value).lower())
                if told and "format" not in raw and not told.keys() & raw.keys() and self._reads("contentEncoding"):
                    out |= told
            case "const" | "xml":
                out[key] = value
            case _ if key in _NUMBERS | _COUNTS:
                self._number(key, value, out)
            case _ if key in _TEXTS and isinstance(value, str):
                out.setdefault(key, value)

    def _is_hidden(self, name: str, hidden: frozenset[str]) -> bool:
        return name in hidden and (self._document.version != "3.1" or self._reads("readOnly"))

    def _type(self, value: Any, out: dict[str, Any]) -> None:
        named = [value] if isinstance(value, str) else value if isinstance(value, list) else []
        if named and all(isinstance(item, str) and item in TYPES for item in named):
            if isinstance(value, list) and self._old is not None and not self._reads("keyword of another version"):
                return
            out["type"] = value
        elif self._reads("unknown type"):
            known = [item for item in named if isinstance(item, str) and item in TYPES]
            meant = {"type": known} if known and isinstance(value, list) else {}
            if isinstance(value, str):
                lower = value.strip().lower()
                meant = {"type": lower} if lower in TYPES else _MEANT.get(lower, {})
            out.update({key: item for key, item in meant.items() if key == "type" or key not in out})

    def _items(self, value: Any, raw: dict[str, Any], out: dict[str, Any]) -> None:
        if not isinstance(value, list):
            out["items"] = self._schema(value, frozenset())
        elif self._reads("keyword of another version"):
            out["prefixItems"] = [self._schema(item, frozenset()) for item in value] or [True]
            out["items"] = self._schema(raw.get("additionalItems", True), frozenset())

    def _exclusive(self, key: str, raw: dict[str, Any], out: dict[str, Any], *, is_on: bool) -> None:
        inclusive = raw.get("minimum" if key == "exclusiveMinimum" else "maximum")
        is_meant = is_on and isinstance(inclusive, int | float)
        if is_meant and (self._old is not None or self._reads("keyword of another version")):
            out[key] = inclusive

    def _pattern(self, value: str, out: dict[str, Any]) -> None:
        meant = value
        if literal := re.fullmatch(r"/(\^.*\$)/[a-z]*", value, re.DOTALL):
            meant = literal[1]
        meant = meant.replace(r"\A", "^").replace(r"\Z", "$").replace(r"\z", "$")
        is_foreign = meant != value or self._is_pattern(value) is False or (self._is_pattern(value) is None and _LETTER.search(value))
        if not is_foreign:
            out["pattern"] = value
        elif not self._reads("pattern of another dialect"):
            if self._is_pattern(value) is not False:
                out["pattern"] = value
        elif self._is_pattern(meant):
            out["pattern"] = meant

    def _dependencies(self, value: dict[str, Any], out: dict[str, Any]) -> None:
        for name, asked in value.items():
            if isinstance(asked, list):
                out.setdefault("dependentRequired", {})[name] = [one for one in asked if isinstance(one, str)]
            else:
                out.setdefault("dependentSchemas", {})[name] = self._schema(asked, frozenset())

    def _number(self, key: str, value: Any, out: dict[str, Any]) -> None:
        if isinstance(value, str):
            try:
                value = int(value) if re.fullmatch(r"\s*[-+]?\d+\s*", value) else float(value)
            except ValueError:
                return
            if not self._reads("malformed keyword"):
                return
        is_number = isinstance(value, int | float) and not isinstance(value, bool) and abs(value) != float("inf")
        if is_number and not (key in _COUNTS and (value < 0 or value != int(value))) and not (key == "multipleOf" and value <= 0):
            out[key] = int(value) if key in _COUNTS else value

    def _hidden(self, raw: Any, level: int) -> frozenset[str]:
        """The readOnly properties of a schema and of those that it extends."""
        if not isinstance(raw, dict) or level > _HIDING:
            return frozenset()
        if isinstance(raw.get("$ref"), str):
            return self._hidden(self._target(raw["$ref"]), level + 1) if self._old is not None or len(raw) == 1 else frozenset()
        properties = raw.get("properties")
        found = {name for name, item in (properties.items() if isinstance(properties, dict) else ()) if self._is_read_only(item)}
        members = raw.get("allOf")
        return frozenset(found).union(*(self._hidden(item, level + 1) for item in (members if isinstance(members, list) else [])))

    def _is_read_only(self, raw: Any) -> bool:
        if not isinstance(raw, dict):
            return False
        target = self._target(raw["$ref"]) if isinstance(raw.get("$ref"), str) else None
        return raw.get("readOnly") is True or (isinstance(target, dict) and target.get("readOnly") is True)

    def _target(self, ref: str) -> Any:
        try:
            return self._document.target(ref)
        except KeyError:
            return None

    def _pin(self, raw: dict[str, Any], out: dict[str, Any], reference: str) -> None:
        for name in ("oneOf", "anyOf"):
            if name in out and "discriminator" in raw and self._reads("discriminator"):
                out[name] = [pinned(self._document, raw, *pair) for pair in zip(raw[name], out[name], strict=True)]
        pin = pinned_child(self._document, raw, reference) if "allOf" in out else None
        if pin is not None and self._reads("discriminator"):
            out["allOf"] = [*out["allOf"], pin]


def _of_bytes(made: Any) -> dict[str, Any]:
    """Bytes, of the lengths that are said of a string: an octet is a character there (OpenAPI 3.1.1, 4.8.24.4)."""
    lengths = made if isinstance(made, dict) and made.get("type", "string") == "string" else {}
    return {"type": "string", **{key: lengths[key] for key in ("minLength", "maxLength") if key in lengths}}


def _kept(made: dict[str, Any]) -> dict[str, Any]:
    """What readers of XML ask of a schema around which null was put."""
    return {key: made[key] for key in ("xml",) if key in made}
