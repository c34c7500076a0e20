"""The document and the files it refers to: nodes, pointers, references."""

import pathlib
import posixpath
from collections import Counter
from collections.abc import Mapping
from urllib.parse import unquote, urldefrag, urljoin, urlsplit
from urllib.request import url2pathname

from pipeline.errors import DocumentError
from pipeline.messages import Value
from stages.ingest.discovery import shown
from stages.ingest.identifiers import Identifiers
from stages.ingest.jsontext import visit_mappings
from stages.ingest.problems import Problems, pointer_of
from stages.ingest.text import read_text

Step = str | int
MAX_HOPS = 32
_MOST_DIGITS = 12  # of a place in a list


class Node:
    """A place in a document: the value there, the document's address and the path to it."""

    __slots__ = ("path", "url", "value")

    def __init__(self, value: Value, url: str, path: tuple[Step, ...] = ()) -> None:
        self.value = value
        self.url = url
        self.path = path

    def child(self, key: Step) -> "Node":
        """The node at a key or index, which must exist."""
        return Node(self.value[key], self.url, (*self.path, key))

    def sibling(self, value: Value) -> "Node":
        """Another value in the same place."""
        return Node(value, self.url, self.path)


class Documents:
    """All files of one API description, read as references ask for them.

    ``others`` are documents fetched beforehand, by address; addresses that are not among them are collected in ``wanted``.
    """

    def __init__(self, root: Node, problems: Problems, others: Mapping[str, bytes], *, max_files: int, cap_bytes: int) -> None:
        self.root = root
        self.wanted: set[str] = set()
        self._problems = problems
        self._values: dict[str, Value] = {root.url: root.value}
        self._others = others
        self._max_files = max_files
        self._cap_bytes = cap_bytes
        self._targets: dict[tuple[str, str], Node | str] = {}  # or why there is none
        self._anchors: dict[str, dict[str, tuple[Step, ...]]] = {}
        self._dynamic: Counter[str] = Counter()
        self._looked_through: set[str] = set()
        self._identifiers = Identifiers()

    def problem(self, node: Node, code: str, message: str) -> None:
        """Note a fault at a node."""
        self._problems.add(self.pointer(node.url, node.path), code, message)

    def pointer(self, url: str, path: tuple[Step, ...]) -> str:
        """A place as problems name it: a JSON pointer, after the file's name where it is not the root document."""
        return pointer_of(path) if url == self.root.url else f"{self._name(url)}#{pointer_of(path)}"

    def _name(self, url: str) -> str:
        """A file as the reader finds it: seen from the root document's folder, its whole address where it is on another server."""
        root, other = urlsplit(self.root.url), urlsplit(url)
        if root[:2] != other[:2]:
            return shown(url)
        return unquote(posixpath.relpath(other.path, posixpath.dirname(root.path) or "/"))

    def resolve(self, node: Node) -> Node | None:
        """The node itself, or what its ``$ref`` leads to in the end; None, and a problem, where that is nothing."""
        at = node
        for _ in range(MAX_HOPS):
            value = at.value
            if not isinstance(value, dict) or not isinstance(ref := value.get("$ref"), str):
                return at
            target = self.target(at, ref)
            if target is None:
                return None
            at = target
        self.problem(node, "circular-ref", "the $ref leads to itself")
        return None

    def target(self, node: Node, ref: str) -> Node | None:
        """What ``ref``, standing at ``node``, points to; None, and a problem, where that is nothing."""
        key = (node.url, ref)
        if ref == "#" and (own := self._identified(node, ref)):
            return own
        if key not in self._targets:
            self._targets[key] = "it leads to itself"  # what is said while it is looked for by way of itself
            self._targets[key] = self._find(node, ref)
        found = self._targets[key]
        if isinstance(found, str) and (identified := self._identified(node, ref)):
            return identified
        if isinstance(found, str):
            self.problem(node, "unresolved-ref", f"the $ref {ref!r} cannot be followed: {found}")
            return None
        return found

    def _identified(self, node: Node, ref: str) -> Node | None:
        """What ``ref`` points to when it is read from the ``$id`` around it (JSON Schema 2020-12, 8.2.1).

        Only asked where the document itself has no answer: most references beside an ``$id`` mean the document.
        """
        found = self._identifiers.resource(node.url, node.path, ref, self._values)
        if found is None:
            return None
        url, path, fragment = found
        root = self._walk(Node(self._values[url], url), path)
        target = root and (self._walk(root, _steps(unquote(fragment))) if fragment.startswith("/") else None if fragment else root)
        if target:
            self.wanted.discard(urldefrag(ref)[0])
        return target

    def _find(self, node: Node, ref: str) -> Node | str:
        try:
            address, fragment = ("", ref[1:]) if ref.startswith("#") else urldefrag(ref)
            url = urljoin(node.url, address) if address else node.url
        except ValueError as error:
            return f"it is no URL ({error})"
        if url not in self._values and (why := self._open(url, node)):
            return why
        value = self._values[url]
        root = Node(value, url)
        if not fragment or fragment == "/":
            return root
        if not fragment.startswith("/"):
            path = self._anchored(url).get(unquote(fragment))
            return "nothing there has this $anchor" if path is None else self._walk(root, path) or "it leads nowhere"
        found = self._walk(root, _steps(unquote(fragment)))
        if found is None and "%" in fragment:  # a name that holds a percent sign itself
            found = self._walk(root, _steps(fragment))
        return found or "it leads nowhere"

    def _walk(self, node: Node, steps: tuple[Step, ...]) -> Node | None:
        at = node
        for index, step in enumerate(steps):
            value = at.value
            if isinstance(value, dict) and step in value:
                at = at.child(step)
            elif isinstance(value, list) and (place := _index(step)) is not None and place < len(value):
                at = at.child(place)
            elif isinstance(value, dict) and isinstance(value.get("$ref"), str):
                target = self.target(at, value["$ref"])
                return target and self._walk(target, steps[index:])
            else:
                return None
        return at

    def value(self, url: str) -> Value:
        """A document that was read."""
        return self._values[url]

    def dynamic_anchors(self, name: str) -> int:
        """How often the documents read so far have a ``$dynamicAnchor`` of this name."""

        def look(mapping: dict[str, Value], _: tuple[Step, ...]) -> None:
            if isinstance(anchor := mapping.get("$dynamicAnchor"), str):
                self._dynamic[anchor] += 1

        for url in self._values.keys() - self._looked_through:
            visit_mappings(self._values[url], look)
            self._looked_through.add(url)
        return self._dynamic[name]

    def _anchored(self, url: str) -> dict[str, tuple[Step, ...]]:
        """Places by their ``$anchor`` or ``$dynamicAnchor`` (JSON Schema 2020-12, 8.2.2); looked for only when a reference uses one."""
        if url not in self._anchors:
            found: dict[str, tuple[Step, ...]] = {}

            def look(mapping: dict[str, Value], path: tuple[Step, ...]) -> None:
                for keyword in ("$anchor", "$dynamicAnchor"):
                    if isinstance(anchor := mapping.get(keyword), str):
                        found.setdefault(anchor, path)

            visit_mappings(self._values[url], look)
            self._anchors[url] = found
        return self._anchors[url]

    def _open(self, url: str, node: Node) -> str:
        """Bring in another file; why that cannot be, or "". Only a document on disk may name files, others must have been fetched."""
        if len(self._values) > self._max_files:
            return f"the document refers to more than {self._max_files} files"
        name = self._name(url)
        try:
            if url in self._others:
                data = self._others[url]
            elif urlsplit(url).scheme == "file" and urlsplit(node.url).scheme == "file":
                data = self._from_disk(url)
            else:
                self.wanted.add(url)
                return "it is on another server, and ingest.allow_remote_refs is off, or it could not be fetched"
            self._values[url] = read_text(data, name, self._problems, f"{name}#")
        except OSError as error:
            return f"the file cannot be read ({error.strerror})"
        except (ValueError, DocumentError) as error:
            return str(error)
        return ""

    def _from_disk(self, url: str) -> bytes:
        path = pathlib.Path(url2pathname(urlsplit(url).path))
        if path.stat().st_size > self._cap_bytes:
            raise ValueError(f"the file is larger than {self._cap_bytes} bytes")
        return path.read_bytes()


def _index(step: Step) -> int | None:
    """The place in a list that a step of a pointer names; None: none that a list has."""
    written = str(step)
    return int(written) if written.isdecimal() and len(written) <= _MOST_DIGITS else None


def _steps(pointer: str) -> tuple[str, ...]:
    return tuple(step.replace("~1", "/").replace("~0", "~") for step in pointer[1:].split("/"))
