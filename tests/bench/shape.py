"""What a JSON Schema 2020-12 lets texts be read as: its kinds, properties and items, ``$ref`` and combinators followed."""

import contextlib
import re
from collections.abc import Iterator
from typing import Any

from tests.bench.json_values import loads

EVERY = frozenset({"array", "boolean", "null", "number", "object", "string"})
_NUMBER = re.compile(r"[-+]?[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]+)?")
_DEPTH = 12


class Shape:
    """A schema with its ``$defs``, as ``meaning`` makes it."""

    def __init__(self, whole: dict[str, Any]) -> None:
        self.root = whole["allOf"][0]
        self._defs = whole["$defs"]

    def target(self, schema: Any) -> Any:
        """The schema, or what it refers to if that is all that it says."""
        for _ in range(_DEPTH):
            if not isinstance(schema, dict) or "$ref" not in schema:
                break
            schema = self._defs[schema["$ref"].rpartition("/")[2]]
        return schema

    def kinds(self, schema: Any, depth: int = 0) -> frozenset[str]:
        """The types that the schema allows, number for integer: perhaps too many, never too few."""
        if not isinstance(schema, dict) or depth > _DEPTH:
            return EVERY if schema is not False else frozenset()
        kinds = EVERY
        if "type" in schema:
            named = [schema["type"]] if isinstance(schema["type"], str) else schema["type"]
            kinds = frozenset("number" if name == "integer" else name for name in named)
        if "$ref" in schema:
            kinds &= self.kinds(self.target(schema), depth + 1)
        for member in schema.get("allOf", ()):
            kinds &= self.kinds(member, depth + 1)
        for key in ("anyOf", "oneOf"):
            if key in schema:
                kinds &= frozenset[str]().union(*(self.kinds(member, depth + 1) for member in schema[key]))
        return kinds

    def parts(self, schema: Any, depth: int = 0) -> Iterator[dict[str, Any]]:
        """The schema and all that it combines."""
        if isinstance(schema, dict) and depth <= _DEPTH:
            yield schema
            if "$ref" in schema:
                yield from self.parts(self._defs[schema["$ref"].rpartition("/")[2]], depth + 1)
            for key in ("allOf", "anyOf", "oneOf"):
                for member in schema.get(key, ()):
                    yield from self.parts(member, depth + 1)

    def properties(self, schema: Any) -> dict[str, Any]:
        """The named properties: where several parts name one, it is any of them."""
        found: dict[str, list[Any]] = {}
        for part in self.parts(schema):
            for name, item in part.get("properties", {}).items():
                found.setdefault(name, []).append(item)
        return {name: _any_of(items) for name, items in found.items()}

    def property(self, schema: Any, name: str) -> Any:
        """The schema of a property; that of additional ones where none has its name."""
        named = self.properties(schema)
        if name in named:
            return named[name]
        others = [part["additionalProperties"] for part in self.parts(schema) if isinstance(part.get("additionalProperties"), dict)]
        return _any_of(others) if others else True

    def xml(self, schema: Any) -> dict[str, Any]:
        """Its ``xml`` object; where it has none, that of what alone it refers to or combines, null aside."""
        for _ in range(_DEPTH):
            if not isinstance(schema, dict):
                break
            if isinstance(schema.get("xml"), dict):
                return dict(schema["xml"])
            below = [self._defs[schema["$ref"].rpartition("/")[2]]] if "$ref" in schema else []
            below += [member for key in ("allOf", "anyOf", "oneOf") for member in schema.get(key, ()) if member != {"type": "null"}]
            if len(below) != 1:
                break
            (schema,) = below
        return {}

    def items(self, schema: Any) -> Any:
        found = [part["items"] for part in self.parts(schema) if "items" in part]
        return _any_of(found) if found and not any("prefixItems" in part for part in self.parts(schema)) else True


def _any_of(schemas: list[Any]) -> Any:
    return schemas[0] if len(schemas) == 1 else {"anyOf": schemas}


def scalars(text: str, kinds: frozenset[str]) -> list[Any]:
    """What a text can be read as, of these kinds; the text itself where it is nothing else."""
    bare = text.strip()
    found: list[Any] = [text] if "string" in kinds else []
    if "number" in kinds and _NUMBER.fullmatch(bare):
        found.append(int(bare) if bare.lstrip("+-").isdecimal() else loads(re.sub(r"^([-+]?)0+(?=\d)", r"\1", bare).lstrip("+")))
    if "boolean" in kinds and bare.lower() in {"true", "false"}:
        found.append(bare.lower() == "true")
    if "null" in kinds and bare.lower() in {"", "null"}:
        found.append(None)
    if kinds & {"array", "object"} and bare[:1] in {"[", "{"}:
        with contextlib.suppress(ValueError):
            found.append(loads(bare))
    return found or [text]
