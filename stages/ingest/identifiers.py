"""Schemas by their ``$id`` (JSON Schema 2020-12, 8.2.1): what a reference means that is read from the identifier around it."""

from collections.abc import Mapping
from urllib.parse import urldefrag, urljoin

from pipeline.messages import Value
from stages.ingest.jsontext import visit_mappings

Path = tuple[str | int, ...]


class Identifiers:
    """Looks through a document only when it is first asked about."""

    def __init__(self) -> None:
        self._bases: dict[str, dict[Path, str]] = {}  # by document: where an $id stands, and what it comes to
        self._places: dict[str, tuple[str, Path]] = {}  # by $id: document and path

    def resource(self, url: str, path: Path, ref: str, documents: Mapping[str, Value]) -> tuple[str, Path, str] | None:
        """Document, path and fragment of what ``ref`` means at ``path`` of ``url``; None where no ``$id`` has a say in it."""
        for address, value in documents.items():
            if address not in self._bases:
                self._bases[address] = self._read(address, value)
        if not self._places:
            return None
        base = next((found for length in range(len(path), -1, -1) if (found := self._bases[url].get(path[:length]))), url)
        try:
            address, fragment = urldefrag(urljoin(base, ref))
        except ValueError:
            return None
        place = self._places.get(address)
        return (*place, fragment) if place else None

    def _read(self, url: str, value: Value) -> dict[Path, str]:
        found: list[tuple[Path, str]] = []

        def look(mapping: dict[str, Value], path: Path) -> None:
            if isinstance(identifier := mapping.get("$id"), str) and path:
                found.append((path, identifier))

        visit_mappings(value, look)
        bases: dict[Path, str] = {}
        for path, identifier in sorted(found, key=lambda each: len(each[0])):  # outer ones first: inner ones are relative to them
            above = next((bases[path[:length]] for length in range(len(path), -1, -1) if path[:length] in bases), url)
            try:
                bases[path] = urldefrag(urljoin(above, identifier))[0]
            except ValueError:
                continue
            self._places.setdefault(bases[path], (url, path))
        return bases
