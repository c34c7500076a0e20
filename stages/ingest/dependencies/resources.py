"""What is known of the objects of each resource: the schemas that describe them, their properties, the name of their id."""

from collections import Counter

from pipeline.messages import Operation, Schema
from stages.ingest.dependencies.names import noun, words
from stages.ingest.dependencies.paths import Paths, Segments, is_parameter, named, segments_of
from stages.ingest.dependencies.shapes import Shape, Shapes, answer_schema

ENVELOPES = ("data", "item", "result", "object", "attributes")
LIST_ENVELOPES = (
    "data",
    "items",
    "results",
    "result",
    "value",
    "values",
    "entries",
    "records",
    "content",
    "list",
    "rows",
    "objects",
    "elements",
)
_SURE_ENVELOPES = frozenset({"data"})
_OWN_NAMES = frozenset({"id", "uuid", "key", "name", "slug", "url", "node_id", "ref"})  # what has these is the object itself
_MAX_LEVELS = 4
_MAX_PROPERTIES = 60
_MAX_PLACES = 32
_ITEM_METHODS = ("GET", "PUT", "PATCH")


class Resources:
    """The resources of an API by their names ("/buckets/{}/collections")."""

    def __init__(self, paths: Paths, shapes: Shapes) -> None:
        self.paths = paths
        self.shapes = shapes
        self._by_schema: dict[str, set[str]] = {}
        self._properties: dict[str, dict[str, Schema]] = {}
        self._id_names: dict[str, Counter[str]] = {}
        self._by_noun: dict[str, list[str]] = {}
        self._places: dict[tuple[str, int], tuple[tuple[str, str], ...]] = {}
        items = [(segments, operations) for segments, operations in paths.at.items() if segments and is_parameter(segments[-1])]
        for segments, operations in items:
            self._learn_item(segments, operations)
        for segments, operations in paths.at.items():
            if paths.is_collection(segments) and named(segments) not in self._properties:
                self._learn_collection(segments, operations)
        for resource in sorted(self._id_names):
            last = [segment for segment in resource.split("/") if segment and not is_parameter(segment)][-1:]
            if last:
                self._by_noun.setdefault(noun(last[0]), []).append(resource)

    def of_schema(self, name: str, own: str) -> str:
        """The resource whose objects a shared schema describes: ``own`` among several, else the only one, else ""."""
        found = self._by_schema.get(name, set())
        if own in found:
            return own
        return next(iter(found)) if len(found) == 1 else ""

    def described(self, schema: Schema, level: int = 0) -> tuple[tuple[str, str], ...]:
        """The places within a schema (pointers, ``*`` for every item) where objects of resources stand, and their schemas' names."""
        ref = schema.get("$ref") if isinstance(schema, dict) and len(schema) == 1 else None
        if ref is None:
            return self._described(schema, level)
        if (ref, level) not in self._places:
            self._places[ref, level] = self._described(schema, level)
        return self._places[ref, level]

    def _described(self, schema: Schema, level: int) -> tuple[tuple[str, str], ...]:
        if schema is None or level > _MAX_LEVELS:
            return ()
        shape = self.shapes.of(schema)
        if shape.name in self._by_schema:
            return (("", shape.name),)
        if shape.items is not None:
            return tuple((f"/*{pointer}", name) for pointer, name in self.described(shape.items, level + 1))
        return tuple(
            (f"/{key.replace('~', '~0').replace('/', '~1')}{pointer}", name)
            for key in sorted(shape.properties)[:_MAX_PROPERTIES]
            for pointer, name in self.described(shape.properties[key], level + 1)
        )[:_MAX_PLACES]

    def properties(self, resource: str) -> dict[str, Schema]:
        """The properties of the resource's objects as far as answers document them."""
        return self._properties.get(resource, {})

    def id_name(self, resource: str) -> str:
        """The name of the path parameter that picks one object; "" if nothing does."""
        names = self._id_names.get(resource)
        return min(names, key=lambda name: (-names[name], name)) if names else ""

    def of_noun(self, word: str, path: str) -> str:
        """The resource that a word ("flowrun") means at a path: one above the path, else the one with the fewest parents; or ""."""
        found = self._by_noun.get(word, ())
        here = named(segments_of(path))
        return min(found, key=lambda resource: (not here.startswith(resource + "/"), resource.count("{}"), resource), default="")

    def is_own(self, resource: str) -> bool:
        """Whether the objects of the resource have paths."""
        return resource in self._id_names

    def enveloped(self, shape: Shape, resource: str) -> tuple[str, Schema]:
        """Where a single object of the resource stands in an answer of this shape: ("", None) for the answer itself."""
        for name in (*ENVELOPES, *(key for key in shape.properties if noun(key) == _noun_of(resource))):
            sure = name in _SURE_ENVELOPES or shape.properties.keys().isdisjoint(_OWN_NAMES)
            if sure and name in shape.properties and self.shapes.of(shape.properties[name]).is_object:
                return name, shape.properties[name]
        return "", None

    def listed(self, shape: Shape, resource: str) -> tuple[str, Schema]:
        """Where the array of objects stands in a list answer of this shape: ("", None) if no property looks like it."""
        arrays = {key: items for key, schema in shape.properties.items() if (items := self.shapes.of(schema).items) is not None}
        for name in (*LIST_ENVELOPES, *(key for key in arrays if noun(key) == _noun_of(resource))):
            if name in arrays:
                return name, arrays[name]
        return next(iter(arrays.items())) if len(arrays) == 1 else ("", None)

    def _learn_item(self, segments: Segments, operations: list[Operation]) -> None:
        collection = self.paths.canonical(segments[:-1])
        resource = named(collection)
        direct = collection == segments[:-1]
        for operation in operations:
            if direct:
                name = operation.path.rstrip("/").rpartition("/")[2].strip("{}")
                self._id_names.setdefault(resource, Counter())[name] += 1
            schema = answer_schema(operation) if operation.method in _ITEM_METHODS else None
            if schema is not None:
                self._learn(resource, schema)

    def _learn_collection(self, segments: Segments, operations: list[Operation]) -> None:
        resource = named(segments)
        for operation in operations:
            schema = answer_schema(operation) if operation.method in ("GET", "POST") else None
            if schema is None:
                continue
            shape = self.shapes.of(schema)
            items = shape.items if shape.items is not None else self.listed(shape, resource)[1]
            self._learn(resource, items if items is not None else schema)

    def _learn(self, resource: str, schema: Schema) -> None:
        shape = self.shapes.of(schema)
        _, inner = self.enveloped(shape, resource)
        if inner is not None:
            shape = self.shapes.of(inner)
        if shape.items is not None or not shape.properties:
            return
        if shape.name:
            self._by_schema.setdefault(shape.name, set()).add(resource)
        known = self._properties.setdefault(resource, {})
        for name, schema_of_it in shape.properties.items():
            known.setdefault(name, schema_of_it)


def _noun_of(resource: str) -> str:
    last = [segment for segment in resource.split("/") if segment and not is_parameter(segment)][-1:]
    return noun(last[0]) if last and words(last[0]) else ""
