"""What the schemas of answers and bodies look like from outside: a name, properties, items."""

from typing import Any

from msgspec import Struct

from pipeline.messages import MediaType, Operation, Schema

DEFS = "#/$defs/"
_MAX_LEVELS = 12


class Shape(Struct, frozen=True, kw_only=True):
    """A schema's outside: ``name`` of the shared schema it is, ``items`` where it is an array of something."""

    name: str = ""
    properties: dict[str, Schema] = {}
    items: Schema = None
    is_object: bool = False


class Shapes:
    """Shapes of schemas, those of shared ones remembered."""

    def __init__(self, schemas: dict[str, Schema]) -> None:
        self._schemas = schemas
        self._known: dict[str, Shape] = {}

    def of(self, schema: Schema, level: int = 0) -> Shape:
        """The shape of a schema: ``$ref`` followed, ``allOf`` and choices merged, null ignored."""
        if not isinstance(schema, dict) or level > _MAX_LEVELS:
            return Shape()
        if len(schema) == 1 and "$ref" in schema:
            return self._shared(schema["$ref"][len(DEFS) :], level)
        parts = [self.of({"$ref": schema["$ref"]}, level + 1)] if "$ref" in schema else []
        branches = [branch for key in ("allOf", "anyOf", "oneOf") for branch in schema.get(key, ()) if branch != {"type": "null"}]
        parts += [self.of(branch, level + 1) for branch in branches]
        properties: dict[str, Schema] = {}
        for part in parts:
            properties.update(part.properties)
        properties.update(schema.get("properties", {}))
        items = schema.get("items", next((part.items for part in parts if part.items is not None), None))
        name = parts[0].name if len(parts) == 1 and not schema.get("properties") else ""
        kind = schema.get("type", ())
        is_object = bool(properties) or "object" in kind or any(part.is_object for part in parts)
        return Shape(name=name, properties=properties, items=items, is_object=is_object)

    def _shared(self, name: str, level: int) -> Shape:
        if name not in self._known:
            self._known[name] = Shape(name=self._plain(name), is_object=True)  # what a schema that contains itself looks like from inside
            inner = self.of(self._schemas.get(name), level + 1)
            self._known[name] = Shape(name=self._plain(name), properties=inner.properties, items=inner.items, is_object=inner.is_object)
        return self._known[name]

    def _plain(self, name: str) -> str:
        """The name without the side of a view (``Pet.response``)."""
        stem, _, side = name.rpartition(".")
        return stem if side in ("request", "response") and stem in self._schemas else name


def answer_schema(operation: Operation) -> Schema:
    """The schema of the first 2xx answer that has one, JSON before other media types; None if there is none."""
    for response in operation.responses:
        if response.status.startswith("2") and (schema := json_schema(response.content)) is not None:
            return schema
    return None


def json_schema(content: list[MediaType]) -> Schema:
    """The schema of the JSON media type of a ``content``, else of the first with a schema; None if there is none."""
    found: Any = None
    for media in content:
        if media.schema is not None and (found is None or "json" in media.media_type):
            found = media.schema
            if "json" in media.media_type:
                break
    return found
