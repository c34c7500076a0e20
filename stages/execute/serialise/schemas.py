"""What serialisation asks of schemas: names, XML objects, whether a string is a file."""

from collections.abc import Iterator
from typing import Any

_DEPTH = 32  # of $ref chains; a document may refer in circles
_COMBINED = ("allOf", "oneOf", "anyOf")
_NULL = {"type": "null"}


class Schemas:
    """The shared schemas of an ``Api``, looked into by reference; nothing is expanded."""

    def __init__(self, shared: dict[str, Any] | None = None) -> None:
        self._shared = shared or {}

    def resolve(self, schema: Any) -> tuple[dict[str, Any], str]:
        """The schema without ``$ref``, and the name of the last shared schema on the way."""
        name = ""
        for _ in range(_DEPTH):
            if not isinstance(schema, dict):
                break
            reference = schema.get("$ref")
            if not isinstance(reference, str):
                return schema, name
            name = reference.removeprefix("#/$defs/").replace("~1", "/").replace("~0", "~")
            siblings = {key: item for key, item in schema.items() if key != "$ref"}
            target = self._shared.get(name)
            schema = {**target, **siblings} if isinstance(target, dict) else siblings
        return {}, name

    def property(self, schema: Any, key: str) -> Any:
        """The schema of a property, looked for in ``allOf``, ``oneOf`` and ``anyOf`` too; None where there is none."""
        parts = list(self._parts(schema))
        for part in parts:
            if isinstance(properties := part.get("properties"), dict) and key in properties:
                return properties[key]
        return next((extra for part in parts if isinstance(extra := part.get("additionalProperties"), dict)), None)

    def items(self, schema: Any) -> Any:
        """The schema of an array's items, looked for as that of a property is; None where there is none."""
        return next((part["items"] for part in self._parts(schema) if "items" in part), None)

    def xml(self, schema: Any) -> dict[str, Any]:
        """The ``xml`` object of a schema, or of the one that it stands for."""
        return next((xml for part, _ in self._chain(schema) if isinstance(xml := part.get("xml"), dict)), {})

    def name(self, schema: Any) -> str:
        """The name of the first shared schema that a schema stands for; "" where it stands for none."""
        return next((name for _, name in self._chain(schema) if name), "")

    def is_binary(self, schema: Any) -> bool:
        """Whether a string of this schema is a file: OpenAPI 3.0's ``format: binary``, 3.1's ``contentMediaType`` without encoding."""
        for part, _ in self._chain(self.items(schema) if self._is_array(schema) else schema):
            if part.get("format") == "binary" or ("contentMediaType" in part and "contentEncoding" not in part):
                return True
        return False

    def _is_array(self, schema: Any) -> bool:
        return any(part.get("type") == "array" or part.get("type") == ["array", "null"] for part, _ in self._chain(schema))

    def _parts(self, schema: Any) -> Iterator[dict[str, Any]]:
        """A schema and all that it combines, each once, in the order of the document."""
        waiting, seen = [schema], set[int]()
        while waiting:
            branch = waiting.pop()
            if id(branch) not in seen:
                seen.add(id(branch))
                resolved, _ = self.resolve(branch)
                yield resolved
                waiting.extend(reversed([one for keyword in _COMBINED for one in resolved.get(keyword) or ()]))

    def _chain(self, schema: Any) -> Iterator[tuple[dict[str, Any], str]]:
        """A schema and what it stands for, each with the name of the last shared schema on the way: the one schema that it combines,
        null aside, as ``nullable`` beside a ``$ref`` or ``allOf`` is told."""
        for _ in range(_DEPTH):
            resolved, name = self.resolve(schema)
            yield resolved, name
            branches = [branch for keyword in _COMBINED for branch in resolved.get(keyword) or () if branch != _NULL]
            if len(branches) != 1:
                return
            (schema,) = branches
