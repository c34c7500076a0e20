"""What all readers of a document's parts share: its version, its files, its schemas, and careful access to fields."""

from collections.abc import Iterator

from pipeline.messages import Value
from stages.ingest.documents import Documents, Node
from stages.ingest.numbers import is_number, text_of
from stages.ingest.schemas import Schemas


class Reading:
    """One document while it is being normalised. ``version`` is "2.0", "3.0" or "3.1" (3.2 too); ``scoped`` as of ``Dynamics``."""

    def __init__(self, documents: Documents, version: str, *, scoped: bool = False) -> None:
        self.documents = documents
        self.version = version
        self.schemas = Schemas(documents, version, scoped=scoped)
        self.with_examples: dict[int, tuple[list[Value], Node]] = {}  # where lists of examples stand, by identity

    @property
    def root(self) -> Node:
        return self.documents.root

    def problem(self, node: Node, code: str, message: str) -> None:
        """Note a fault at a node."""
        self.documents.problem(node, code, message)

    def string(self, node: Node, key: str) -> str:
        """The text under a key; "" where there is none. A number counts as its digits: ``version: 1.0``."""
        value = node.value.get(key)
        if value is None or isinstance(value, str):
            return value or ""
        self.problem(node.child(key), "not-text", f"{key} is not a string")
        return text_of(value) if is_number(value) else ""

    def flag(self, node: Node, key: str, *, default: bool = False) -> bool:
        """The boolean under a key; also where it is written as text."""
        value = node.value.get(key)
        if isinstance(value, bool):
            return value
        if value is None:
            return default
        self.problem(node.child(key), "not-boolean", f"{key} is not a boolean")
        return value.lower() == "true" if isinstance(value, str) else default

    def mapping(self, node: Node, key: str) -> Node | None:
        """The object under a key, its ``$ref`` followed; None where there is none."""
        if node.value.get(key) is None:
            return None
        return self.object(node.child(key))

    def object(self, node: Node) -> Node | None:
        """The node, its ``$ref`` followed, if it is an object; else None and a problem."""
        found = self.documents.resolve(node)
        if found is None:
            return None
        if not isinstance(found.value, dict):
            self.problem(node, "not-an-object", "an object is expected here; it is left out")
            return None
        return found

    def entries(self, node: Node, key: str) -> Iterator[tuple[str, Node]]:
        """The entries of the object under a key, sorted by name, without extensions (``x-``); values as they stand."""
        found = self.mapping(node, key)
        for name in sorted(found.value) if found else ():
            if found and not name.startswith("x-"):
                yield name, found.child(name)

    def objects(self, node: Node, key: str) -> Iterator[tuple[str, Node]]:
        """The entries of the object under a key that are objects, sorted by name, each ``$ref`` followed."""
        for name, entry in self.entries(node, key):
            found = self.object(entry)
            if found is not None:
                yield name, found

    def listed(self, node: Node, key: str) -> list[Node]:
        """The items of the list under a key; none, and a problem, where it is no list."""
        value = node.value.get(key)
        if value is None:
            return []
        child = node.child(key)
        if not isinstance(value, list):
            self.problem(child, "not-a-list", f"{key} is not a list; it is left out")
            return []
        return [child.child(index) for index in range(len(value))]

    def strings(self, node: Node, key: str) -> list[str]:
        """The texts of the list under a key."""
        items = self.listed(node, key)
        found = [item.value for item in items if isinstance(item.value, str)]
        if len(found) < len(items):
            self.problem(node.child(key), "not-text", f"{key} holds values that are no strings; they are left out")
        return found


def is_object(value: Value) -> bool:
    """Whether a value is a JSON object."""
    return isinstance(value, dict)
