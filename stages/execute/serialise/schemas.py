"""What serialisation asks of schemas: names, XML objects, whether a string is a file."""

from typing import Any

_DEPTH = 32  # of $ref chains; a document may refer in circles


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

    def property(self, schema: Any, key: str, depth: int = 0) -> Any:
        """The schema of a property, looked for in ``allOf``, ``oneOf`` and ``anyOf`` too; None where there is none."""
        resolved, _ = self.resolve(schema)
        properties = resolved.get("properties")
        if isinstance(properties, dict) and key in properties:
            return properties[key]
        if depth < _DEPTH:
            for keyword in ("allOf", "oneOf", "anyOf"):
                for branch in resolved.get(keyword) or ():
                    if (found := self.property(branch, key, depth + 1)) is not None:
                        return found
        extra = resolved.get("additionalProperties")
        return extra if isinstance(extra, dict) else None

    def items(self, schema: Any) -> Any:
        resolved, _ = self.resolve(schema)
        return resolved.get("items")

    def is_binary(self, schema: Any) -> bool:
        """Whether a string of this schema is a file: OpenAPI 3.0's ``format: binary``, 3.1's ``contentMediaType`` without encoding."""
        resolved, _ = self.resolve(schema)
        if resolved.get("type") == "array":
            resolved, _ = self.resolve(resolved.get("items"))
        return resolved.get("format") == "binary" or ("contentMediaType" in resolved and "contentEncoding" not in resolved)
