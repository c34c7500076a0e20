"""Discriminators (OpenAPI 3.1, 4.8.25) in words of JSON Schema.

Where a schema chooses among branches (``oneOf``, ``anyOf``), each branch is pinned by a ``const`` (or ``enum``) on the property, as far as
the branch has that property and does not pin it itself: by the values that the mapping gives it, else by its name. Where a base class is
meant (``allOf`` in the children), the base stays open, for answers may hold kinds that the document does not list: its property gets the
known values as examples, and a child that the mapping names is pinned unless it has children of its own.
"""

from typing import Any

from pipeline.messages import Schema, Value
from stages.ingest.documents import Documents, Node, Step

Place = tuple[str, tuple[Step, ...]]
MAX_EXAMPLES = 20
_MAX_LEVELS = 8


class Discriminators:
    """Pins branches and children; remembers mappings and who is whose child."""

    def __init__(self, documents: Documents) -> None:
        self._documents = documents
        self._values: dict[Place, dict[Place, list[str]]] = {}
        self._children: dict[Place, list[str]] | None = None

    def pin(self, node: Node, out: dict[str, Any]) -> None:
        """Put what the discriminator of the schema at ``node`` says into its translation ``out``."""
        name = _property_name(node)
        branches = [(key, node.value[key]) for key in ("anyOf", "oneOf") if isinstance(node.value.get(key), list) and key in out]
        if not name:
            return
        if not branches:
            self._suggest(node, name, out)
        mapped = self._mapped(node)
        for key, raws in branches:
            made = out[key]
            for index, raw in enumerate(raws):
                target = self._referred(node, raw)
                if target is None or not isinstance(made[index], dict) or "$ref" not in made[index]:
                    continue
                values = mapped.get((target.url, target.path)) or _implicit(node, _schema_name(target))
                if values and self._open(target, name):
                    made[index] = {"$ref": made[index]["$ref"], **_pin(name, values), "required": [name]}

    def pin_child(self, node: Node, out: dict[str, Any]) -> None:
        """Where the schema at ``node`` extends a base class whose mapping names it, pin it in its translation ``out``."""
        if not isinstance(node.value.get("allOf"), list):
            return
        for raw in node.value["allOf"]:
            base = self._referred(node, raw)
            if base is None or not isinstance(base.value, dict) or "oneOf" in base.value or "anyOf" in base.value:
                continue
            name = _property_name(base)
            values = self._mapped(base).get((node.url, node.path)) if name else None
            if values and not self._parents().get((node.url, node.path)) and self._open(node, name):
                out["allOf"] = [*out["allOf"], _pin(name, values)]

    def _suggest(self, node: Node, name: str, out: dict[str, Any]) -> None:
        known = out.get("properties", {}).get(name)
        if not isinstance(known, dict) or known.keys() & {"enum", "const", "examples"}:
            return
        mapped = self._mapped(node)
        values = [value for found in mapped.values() for value in found]
        path = _components(self._documents.root.value)[0]
        for child in self._parents().get((node.url, node.path), []):
            if (self._documents.root.url, (*path, child)) not in mapped:
                values += _implicit(node, child)
        if values:
            out["properties"][name] = dict(sorted({**known, "examples": sorted(values)[:MAX_EXAMPLES]}.items()))

    def _mapped(self, node: Node) -> dict[Place, list[str]]:
        """The values of an explicit mapping, by the schema they choose."""
        place = (node.url, node.path)
        if place not in self._values:
            found: dict[Place, list[str]] = {}
            for value, ref in sorted(_mapping(node).items()):
                target = self._documents.target(node, self._as_ref(ref)) if isinstance(ref, str) else None
                if target is not None:
                    found.setdefault((target.url, target.path), []).append(value)
            self._values[place] = found
        return self._values[place]

    def _as_ref(self, ref: str) -> str:
        return f"#/components/schemas/{ref}" if ref in self._components() else ref

    def _components(self) -> dict[str, Value]:
        return _components(self._documents.root.value)[1]

    def _parents(self) -> dict[Place, list[str]]:
        """The names of the shared schemas that extend a schema by ``allOf``."""
        if self._children is None:
            self._children = {}
            path, schemas = _components(self._documents.root.value)
            for name in sorted(schemas):
                raw = schemas[name]
                node = Node(raw, self._documents.root.url, (*path, name))
                for member in raw.get("allOf", ()) if isinstance(raw, dict) and isinstance(raw.get("allOf"), list) else ():
                    if (base := self._referred(node, member)) is not None:
                        self._children.setdefault((base.url, base.path), []).append(name)
        return self._children

    def _referred(self, node: Node, raw: Value) -> Node | None:
        ref = raw.get("$ref") if isinstance(raw, dict) else None
        return self._documents.target(node, ref) if isinstance(ref, str) else None

    def _open(self, node: Node, name: str) -> bool:
        """Whether the schema has the property and leaves its value open."""
        found = self._property(node, name, 0)
        return found is not None and not (isinstance(found, dict) and found.keys() & {"enum", "const"})

    def _property(self, node: Node, name: str, level: int) -> Schema | None:
        value = node.value
        if not isinstance(value, dict) or level > _MAX_LEVELS:
            return None
        if isinstance(value.get("$ref"), str):
            target = self._documents.target(node, value["$ref"])
            return None if target is None else self._property(target, name, level + 1)
        properties = value.get("properties")
        if isinstance(properties, dict) and name in properties:
            found = properties[name]
            target = self._referred(node, found)
            return found if target is None else target.value
        members = value.get("allOf")
        for index in range(len(members) if isinstance(members, list) else 0):
            found = self._property(node.child("allOf").child(index), name, level + 1)
            if found is not None:
                return found
        return None


def _property_name(node: Node) -> str:
    """The discriminator's property; "" where there is none. OpenAPI 2.0 gives the name alone."""
    discriminator = node.value.get("discriminator") if isinstance(node.value, dict) else None
    if isinstance(discriminator, dict):
        discriminator = discriminator.get("propertyName")
    return discriminator if isinstance(discriminator, str) else ""


def _schema_name(target: Node) -> str:
    """What a shared schema is called; "" where it is none."""
    return str(target.path[-1]) if target.path[-2:-1] in (("schemas",), ("definitions",), ("$defs",)) else ""


def _mapping(node: Node) -> dict[str, Value]:
    """The explicit mapping of the discriminator at ``node``."""
    discriminator = node.value["discriminator"]
    mapping = discriminator.get("mapping") if isinstance(discriminator, dict) else None
    return mapping if isinstance(mapping, dict) else {}


def _implicit(node: Node, name: str) -> list[str]:
    """The value of a schema that the mapping at ``node`` does not name: what it is called, unless that is another's (3.1, 4.8.25)."""
    return [name] if name and name not in _mapping(node) else []


def _pin(name: str, values: list[str]) -> dict[str, Any]:
    return {"properties": {name: {"const": values[0]} if len(values) == 1 else {"enum": values}}}


def _components(root: Value) -> tuple[tuple[str, ...], dict[str, Value]]:
    """Where the root document keeps its shared schemas, and those."""
    if not isinstance(root, dict):
        return (), {}
    for path in (("components", "schemas"), ("definitions",)):
        value: Value = root
        for step in path:
            value = value.get(step) if isinstance(value, dict) else None
        if isinstance(value, dict):
            return path, value
    return (), {}
