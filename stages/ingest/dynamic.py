"""``$dynamicRef`` as the ``$ref`` that it is on the way to it (JSON Schema 2020-12, 8.2.3.2).

A reference to a ``$dynamicAnchor`` means the anchor of that name in the outermost resource (document, or schema with an ``$id``) that was
entered on the way. So what a schema means depends on the anchors of the resources around it, its *scope*: what is shared is translated
once for each. Scopes are only looked at in documents with a reference that may mean several schemas, which are read a second time.
"""

from urllib.parse import quote

from pipeline.messages import Value
from stages.ingest.documents import Documents, Node, Step
from stages.ingest.jsontext import visit_mappings
from stages.ingest.problems import pointer_of

Path = tuple[Step, ...]
Place = tuple[str, Path]
Scope = tuple[tuple[str, Place], ...]
"""By the names of anchors, sorted, the places that they mean."""

MAX_SCOPES = 64


class Dynamics:
    """Scopes, and what references mean in them. ``scoped``: whether they are looked at."""

    def __init__(self, documents: Documents, *, scoped: bool) -> None:
        self.is_missed = False  # whether a reference depends on the scope, and none is looked at
        self._documents = documents
        self._scoped = scoped
        self._resources: dict[str, dict[Path, dict[str, list[Path]]]] = {}
        self._scopes: set[Scope] = set()

    def entered(self, url: str, path: Path, scope: Scope) -> Scope:
        """The scope at a place that is reached from within another."""
        if not self._scoped:
            return scope
        anchors = self._anchors(url, path)
        made = tuple(sorted({**{name: (url, places[0]) for name, places in anchors.items()}, **dict(scope)}.items()))
        if made not in self._scopes and len(self._scopes) < MAX_SCOPES:
            self._scopes.add(made)
        return made if made in self._scopes else scope

    def meant(self, node: Node, ref: str, scope: Scope) -> tuple[str, str]:
        """The ``$ref`` that a ``$dynamicRef`` at ``node`` is, or "" and why it cannot be followed."""
        address, _, anchor = ref.partition("#")
        if not anchor or anchor.startswith("/") or self._documents.dynamic_anchors(anchor) < 2:
            return ref, ""
        target = self._documents.target(node, address) if address else node
        places = self._anchors(target.url, target.path).get(anchor) if target else None
        if places is None:
            return ref, ""  # an $anchor, which means the same everywhere, or nothing at all
        if not self._scoped:
            self.is_missed = True
            return "", ""
        if len(places) > 1:
            return "", f"{len(places)} schemas of one resource have this $dynamicAnchor"
        if len(self._scopes) == MAX_SCOPES:
            return "", f"there are {MAX_SCOPES} or more ways to schemas with a $dynamicAnchor, on which it depends"
        url, path = dict(scope).get(anchor, (node.url, places[0]))
        return f"{url}#{quote(pointer_of(path))}", ""

    def _anchors(self, url: str, path: Path) -> dict[str, list[Path]]:
        """The dynamic anchors of the resource that a place is in, and where they stand."""
        if url not in self._resources:
            self._resources[url] = _resources(self._documents.value(url))
        resources = self._resources[url]
        return next(resources[path[:length]] for length in range(len(path), -1, -1) if path[:length] in resources)


def _resources(value: Value) -> dict[Path, dict[str, list[Path]]]:
    """Where the resources of a document begin, and their dynamic anchors."""
    found: dict[Path, dict[str, list[Path]]] = {(): {}}
    anchors: list[tuple[Path, str]] = []

    def look(mapping: dict[str, Value], path: Path) -> None:
        if isinstance(mapping.get("$id"), str):
            found[path] = {}
        if isinstance(anchor := mapping.get("$dynamicAnchor"), str):
            anchors.append((path, anchor))

    visit_mappings(value, look)
    for path, anchor in sorted(anchors, key=lambda each: pointer_of(each[0])):
        owner = next(path[:length] for length in range(len(path), -1, -1) if path[:length] in found)
        found[owner].setdefault(anchor, []).append(path)
    return found
