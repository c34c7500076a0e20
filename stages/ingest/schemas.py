"""Schemas of every OpenAPI version as JSON Schema 2020-12, kept by reference.

Every ``$ref`` becomes ``#/$defs/NAME``; what it points to is translated once, whatever pointer led there, and stands under NAME in
``Schemas.defs``; where ``$dynamicRef`` makes a difference, once for each way to it. Nothing is expanded, so cycles stay cycles and a
document of n schemas costs n translations.
"""

import re
from collections import deque
from collections.abc import Callable
from typing import Any

from pipeline.messages import Schema, Value
from stages.ingest import keywords
from stages.ingest.discriminators import Discriminators
from stages.ingest.documents import Documents, Node, Step
from stages.ingest.dynamic import Dynamics, Scope
from stages.ingest.keywords import MEANT_TYPES, TYPES, BadKeywordError
from stages.ingest.patterns import BadPatternError, Patterns, Told

MAX_DEPTH = 64  # levels of schemas inside one another, without a $ref
DEFS = "#/$defs/"

_SIMPLE: dict[str, Callable[[Value], Value]] = {
    "multipleOf": keywords.divisor,
    "maximum": keywords.number,
    "minimum": keywords.number,
    "maxLength": keywords.count,
    "minLength": keywords.count,
    "maxItems": keywords.count,
    "minItems": keywords.count,
    "maxContains": keywords.count,
    "minContains": keywords.count,
    "maxProperties": keywords.count,
    "minProperties": keywords.count,
    "uniqueItems": keywords.flag,
    "readOnly": keywords.flag,
    "writeOnly": keywords.flag,
    "deprecated": keywords.flag,
    "required": keywords.names,
    "enum": keywords.choices,
    "const": keywords.ordered,
    "default": keywords.ordered,
    "format": keywords.text,
    "contentEncoding": keywords.text,
    "contentMediaType": keywords.text,
    "xml": keywords.ordered,
}
_SCHEMA = frozenset(
    {"additionalProperties", "propertyNames", "unevaluatedItems", "unevaluatedProperties", "contains", "contentSchema"}
    | {"not", "if", "then", "else"}
)
_SCHEMA_LIST = frozenset({"allOf", "anyOf", "oneOf", "prefixItems"})
_SCHEMA_MAP = frozenset({"properties", "patternProperties", "dependentSchemas"})
_TURNED = frozenset(  # keywords with a method of their own: what comes of them may have another name
    {"type", "items", "pattern", "exclusiveMaximum", "exclusiveMinimum", "example", "examples", "dependencies", "dependentRequired"}
)
_KNOWN = frozenset(_SIMPLE) | _SCHEMA | _SCHEMA_LIST | _SCHEMA_MAP | _TURNED
ENCODINGS = {  # of contents as text (RFC 4648; RFC 2045, 6.7), each by the format of what is made
    "base16": "base16",
    "base32": "base32",
    "base64": "byte",
    "base64url": "base64url",
    "quoted-printable": "quoted-printable",
}
_APPLICATORS = ("$ref", "allOf", "anyOf", "oneOf")
_ANNOTATIONS = ("default", "deprecated", "examples", "readOnly", "writeOnly")
_SHOWING = frozenset({"examples", "default", "enum", "const"})
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")


class Schemas:
    """Translates schemas; ``finish`` translates what they refer to and leaves all shared ones in ``defs``."""

    def __init__(self, documents: Documents, version: str, *, scoped: bool = False) -> None:
        self.dynamics = Dynamics(documents, scoped=scoped)
        self.defs: dict[str, Schema] = {}
        self.one_sided = False  # whether anything is readOnly or writeOnly
        self.with_values: list[tuple[Node, dict[str, Any]]] = []  # of their own: where they stand; the nodes carry no values
        self._documents = documents
        self._ref_is_alone = version != "3.1"  # OpenAPI 2.0 and 3.0 ignore what stands beside a $ref
        self._names: dict[tuple[str, tuple[Step, ...], Scope], str] = {}
        self._used: set[str] = set()
        self._pending: deque[tuple[str, Node, Scope]] = deque()
        self._discriminators = Discriminators(documents)
        self._patterns = Patterns()
        self._url = ""
        self._path: list[Step] = []
        self._scope: Scope = ()

    def share(self, node: Node) -> str:
        """The name of a schema that is to be shared; it is translated when its turn comes."""
        scope = self.dynamics.entered(node.url, node.path, self._scope)
        key = (node.url, node.path, scope)
        name = self._names.get(key)
        if name is None:
            name = self._names[key] = self._free_name(node)
            self._pending.append((name, node, scope))
        return name

    def of(self, node: Node, scope: Scope = ()) -> Schema:
        """The translation of the schema at ``node``, reached from within ``scope``."""
        outer = self._url, self._path, self._scope
        self._url, self._path, self._scope = node.url, list(node.path), self.dynamics.entered(node.url, node.path, scope)
        try:
            return self._schema(node.value, 0)
        finally:
            self._url, self._path, self._scope = outer

    def places(self) -> dict[str, Node]:
        """Where the shared schemas stand, by name; the nodes carry no values."""
        return {name: Node(None, url, path) for (url, path, _), name in self._names.items()}

    def finish(self) -> None:
        """Translate all shared schemas, those included that only come up on the way."""
        while self._pending:
            name, node, scope = self._pending.popleft()
            self.defs[name] = self.of(node, scope)
        self.defs = dict(sorted(self.defs.items()))

    def _free_name(self, node: Node) -> str:
        path = node.path
        if path[:2] == ("components", "schemas") or path[:1] == ("definitions",):
            path = path[2:] if path[0] == "components" else path[1:]
        stem = node.url.rpartition("/")[2].partition(".")[0] if not path else ""
        wanted = _UNSAFE.sub("_", ".".join(map(str, path)) or stem).strip("_") or "schema"
        name, number = wanted, 2
        while name in self._used:
            name, number = f"{wanted}_{number}", number + 1
        self._used.add(name)
        return name

    # One schema

    def _schema(self, raw: Value, depth: int) -> Schema:
        if not isinstance(raw, dict):
            if raw is not True and raw is not False:
                self._problem("not-a-schema", "a schema is an object or a boolean; anything is accepted here")
            return raw is not False
        if depth > MAX_DEPTH:
            self._problem("too-deep", f"schemas nested deeper than {MAX_DEPTH} levels; anything is accepted here")
            return True
        outer = self._scope
        if "$id" in raw:
            self._scope = self.dynamics.entered(self._url, tuple(self._path), outer)
        if "$dynamicRef" in raw:
            raw = self._dynamic(raw)
        made = self._reference(raw, depth) if "$ref" in raw else self._keywords(raw, depth)
        if isinstance(made, dict) and not _SHOWING.isdisjoint(made):
            self.with_values.append((Node(None, self._url, tuple(self._path)), made))
        self._scope = outer
        return made

    def _keywords(self, raw: dict[str, Value], depth: int) -> Schema:
        out: dict[str, Any] = {}
        for key in sorted(raw):
            if key not in _KNOWN:
                continue
            value = raw[key]
            self._path.append(key)
            try:
                if key in _SIMPLE:
                    out[key] = _SIMPLE[key](value)
                elif key in _SCHEMA:
                    out[key] = self._schema(value, depth + 1)
                elif key in _SCHEMA_LIST:
                    self._list(key, value, out, depth)
                elif key in _SCHEMA_MAP:
                    self._map(key, value, out, depth)
                else:
                    self._turn(key, raw, out, depth)
            except BadKeywordError as bad:
                done = "it is read as what it means" if bad.mended else "it is left out"
                self._problem(_code(key, raw), f"{key}: {bad}; {done}")
                if bad.mended:
                    out[key] = bad.instead
            finally:
                self._path.pop()
        return self._whole(raw, out)

    def _whole(self, raw: dict[str, Value], out: dict[str, Any]) -> Schema:
        """What depends on several keywords at once."""
        if "readOnly" in out or "writeOnly" in out:
            self.one_sided = True
        if raw.get("exclusiveMaximum") is True:
            out.pop("maximum", None)
        if raw.get("exclusiveMinimum") is True:
            out.pop("minimum", None)
        if isinstance(raw.get("discriminator"), (dict, str)):
            self._discriminators.pin(self._here(raw), out)
        if (encoding := str(out.get("contentEncoding", "")).lower()) in ENCODINGS:
            out.setdefault("format", ENCODINGS[encoding])
        if "allOf" in out:
            self._discriminators.pin_child(self._here(raw), out)
        is_nullable = raw.get("nullable") is True or raw.get("x-nullable") is True
        if out.get("enum") == []:
            return {"type": "null"} if is_nullable else False
        out = _or_null(out) if is_nullable else out
        return {key: out[key] for key in sorted(out)}

    def _dynamic(self, raw: dict[str, Value]) -> dict[str, Value]:
        """The schema with its ``$dynamicRef`` as the ``$ref`` that it is."""
        kept = {key: value for key, value in raw.items() if key != "$dynamicRef"}
        ref = raw["$dynamicRef"]
        meant, why = self.dynamics.meant(self._here(raw), ref, self._scope) if isinstance(ref, str) else ("", "it is no string")
        if meant:
            static: dict[str, Value] = {"$ref": meant}
            below = kept.get("allOf", [])
            return {**kept, **static} if "$ref" not in kept else {**kept, "allOf": [*(below if isinstance(below, list) else []), static]}
        if why:
            why = f"a $dynamicRef is not followed: {why}; it is left out, and more is accepted than the document says"
            self._problem("dynamic-ref", why)
        return kept

    def _reference(self, raw: dict[str, Value], depth: int) -> Schema:
        ref = raw["$ref"]
        if not isinstance(ref, str):  # a property may be named $ref, a keyword may not be anything else
            self._problem("unresolved-ref", "a $ref is a string; it is left out")
            return self._keywords({key: value for key, value in raw.items() if key != "$ref"}, depth)
        target = self._documents.target(self._here(raw), ref)
        kept = (
            raw if not self._ref_is_alone else {key: raw[key] for key in (*_ANNOTATIONS, "example", "nullable", "x-nullable") if key in raw}
        )
        out = self._keywords({key: value for key, value in kept.items() if key not in ("$ref", "nullable", "x-nullable")}, depth)
        nullable = raw.get("nullable") is True or raw.get("x-nullable") is True
        if not isinstance(out, dict):  # an enum without values
            return {"type": "null"} if nullable else False
        if target is None:
            return out or True
        out = {"$ref": DEFS + self.share(target), **out}
        return _or_null(out) if nullable else out

    def _list(self, key: str, value: Value, out: dict[str, Any], depth: int) -> None:
        if not isinstance(value, list) or not value:
            raise BadKeywordError("not a list of schemas" if not isinstance(value, list) else "an empty list")
        made: list[Schema] = []
        for index, item in enumerate(value):
            self._path.append(index)
            made.append(self._schema(item, depth + 1))
            self._path.pop()
        out[key] = made

    def _map(self, key: str, value: Value, out: dict[str, Any], depth: int) -> None:
        if not isinstance(value, dict):
            raise BadKeywordError("not an object of schemas")
        made: dict[str, Schema] = {}
        for name in sorted(value):
            called = name
            if key == "patternProperties":
                try:
                    told = self._told(name, bounds=False)
                except BadKeywordError as bad:
                    self._problem("bad-pattern", f"patternProperties: {bad}; it is left out")
                    continue
                called = told.read.text
                if told.is_mended:
                    self._problem("bad-pattern", f"patternProperties: {_other_dialect(name)}; it is read as what it means")
            self._path.append(name)
            schema = self._schema(value[name], depth + 1)
            made[called] = {"allOf": [made[called], schema]} if called in made else schema
            self._path.pop()
        out[key] = made

    def _told(self, expression: Value, *, bounds: bool) -> Told:
        if not isinstance(expression, str):
            raise BadKeywordError("not a string")
        try:
            return self._patterns.told(expression, bounds=bounds)
        except BadPatternError as bad:
            raise BadKeywordError(str(bad)) from None

    # Keywords that turn into others

    def _pattern(self, value: Value, out: dict[str, Any]) -> None:
        """A pattern, and the bounds of length that go with it: those of the schema stand already, by the order of names."""
        (text, least, most), is_mended = self._told(value, bounds=True)
        if least:
            out["minLength"] = max(out.get("minLength", 0), least)
        if most is not None:
            out["maxLength"] = min(out.get("maxLength", most), most)
        out["pattern"] = text
        if is_mended:
            raise BadKeywordError(_other_dialect(str(value)), text)

    def _turn(self, key: str, raw: dict[str, Value], out: dict[str, Any], depth: int) -> None:
        value = raw[key]
        match key:
            case "type":
                self._type(value, out)
            case "pattern":
                self._pattern(value, out)
            case "items":
                self._items(raw, out, depth)
            case "exclusiveMaximum" | "exclusiveMinimum":
                _exclusive(key, raw, out)
            case "example":
                out["examples"] = keywords.unique([keywords.ordered(value), *out.get("examples", ())])
            case "examples":
                values = value if isinstance(value, list) else _example_values(value)
                out["examples"] = keywords.unique([*out.get("examples", ()), *(keywords.ordered(item) for item in values)])
            case "dependentRequired":
                if not isinstance(value, dict):
                    raise BadKeywordError("not an object of name lists")
                out["dependentRequired"] = {name: keywords.names(value[name]) for name in sorted(value)}
            case _:
                self._dependencies(value, out, depth)

    def _type(self, value: Value, out: dict[str, Any]) -> None:
        if isinstance(value, str) and value in TYPES:
            out["type"] = value
            return
        known = [item for item in value if isinstance(item, str) and item in TYPES] if isinstance(value, list) else []
        if known and len(known) == len(value):
            out["type"] = list(dict.fromkeys(known)) if len(known) > 1 else known[0]
            return
        meant: dict[str, Value] = {"type": list(dict.fromkeys(known))} if known else {}
        if isinstance(value, str):
            lower = value.strip().lower()
            meant = {"type": lower} if lower in TYPES else MEANT_TYPES.get(lower, {})
        for key, item in meant.items():
            out.setdefault(key, item)
        done = f"it is read as {meant['type']!r}" if meant else "it is left out"
        wrong = f"{value!r} is no type of JSON Schema" if isinstance(value, str) else "the name of a type, or a list of names, is expected"
        self._problem("unknown-type", f"type: {wrong}; {done}")

    def _items(self, raw: dict[str, Value], out: dict[str, Any], depth: int) -> None:
        value = raw["items"]
        if not isinstance(value, list):
            out["items"] = self._schema(value, depth + 1)
            return
        if value:
            self._list("prefixItems", value, out, depth)
        if "additionalItems" in raw:
            self._path[-1] = "additionalItems"
            out["items"] = self._schema(raw["additionalItems"], depth + 1)

    def _dependencies(self, value: Value, out: dict[str, Any], depth: int) -> None:
        if not isinstance(value, dict):
            raise BadKeywordError("not an object")
        for name in sorted(value):
            if isinstance(value[name], list):
                out.setdefault("dependentRequired", {})[name] = keywords.names(value[name])
            else:
                out.setdefault("dependentSchemas", {})[name] = self._schema(value[name], depth + 1)

    def _here(self, value: Value) -> Node:
        return Node(value, self._url, tuple(self._path))

    def _problem(self, code: str, message: str) -> None:
        self._documents.problem(self._here(None), code, message)


def _code(key: str, raw: dict[str, Value]) -> str:
    if key == "pattern":
        return "bad-pattern"
    if key == "required" and isinstance(raw[key], bool):
        return "misplaced-required"
    return "bad-keyword"


def _other_dialect(pattern: str) -> str:
    return f"{pattern[:80]!r} is a regular expression of another dialect than ECMA-262"


def _exclusive(key: str, raw: dict[str, Value], out: dict[str, Any]) -> None:
    """Booleans beside ``maximum`` (OpenAPI 2.0 and 3.0) become the bound itself."""
    inclusive = "maximum" if key == "exclusiveMaximum" else "minimum"
    value = raw[key]
    if not isinstance(value, bool):
        out[key] = keywords.number(value)
        return
    if value and inclusive in raw:
        try:
            out[key] = keywords.number(raw[inclusive])
        except BadKeywordError as bad:
            if bad.mended:
                out[key] = bad.instead


def _example_values(value: Value) -> list[Value]:
    """The values of an ``examples`` map, which belongs into parameters and media types but is found in schemas."""
    if not isinstance(value, dict):
        raise BadKeywordError("not a list of values")
    return [item["value"] if isinstance(item, dict) and "value" in item else item for _, item in sorted(value.items())]


def _or_null(schema: dict[str, Any]) -> dict[str, Any]:
    """``nullable: true`` in words of JSON Schema.

    An enum or const beside it gains null: OpenAPI 3.0.3 would leave null out, but documents that say both mean both.
    """
    if any(key in schema for key in _APPLICATORS):
        kept = {key: schema[key] for key in (*_ANNOTATIONS, "xml") if key in schema}
        rest = {key: value for key, value in schema.items() if key not in kept}
        return {"anyOf": [{key: rest[key] for key in sorted(rest)}, {"type": "null"}], **kept}
    if "enum" in schema and None not in schema["enum"]:
        schema["enum"] = [*schema["enum"], None]
    if schema.get("const") is not None:
        schema["enum"] = [schema.pop("const"), None]
    kind = schema.get("type")
    if isinstance(kind, str) and kind != "null":
        schema["type"] = [kind, "null"]
    elif isinstance(kind, list) and "null" not in kind:
        schema["type"] = [*kind, "null"]
    return schema
