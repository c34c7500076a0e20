"""Documented answers: statuses, headers, content, links."""

import re

from pipeline.messages import Link, Response
from stages.ingest import keywords
from stages.ingest.bodies import listed_media_types
from stages.ingest.content import content_of, headers_of, produced
from stages.ingest.documents import Node
from stages.ingest.reading import Reading

_STATUS = re.compile(r"[1-5](?:[0-9]{2}|XX)")


class ResponseReader:
    """Reads answers. ``keys`` maps the places and ids of operations to their keys, for links."""

    def __init__(self, reading: Reading, keys: dict[str, str]) -> None:
        self._reading = reading
        self._keys = keys

    def responses(self, operation: Node) -> list[Response]:
        """The answers of an operation, sorted by status."""
        reading = self._reading
        if operation.value.get("responses") is None:
            reading.problem(operation, "no-responses", "no responses are documented, so no answer can be wrong by its status")
        produces = listed_media_types(reading, operation, "produces") if reading.version == "2.0" else []
        found: dict[str, Response] = {}
        for written, node in reading.objects(operation, "responses"):
            status = written.strip().upper() if written.lower() != "default" else "default"
            if status != "default" and not _STATUS.fullmatch(status):
                reading.problem(node, "bad-status", f"{written!r} is no status; it is left out")
                continue
            content = produced(reading, node, produces) if reading.version == "2.0" else content_of(reading, node)
            found[status] = Response(status=status, headers=headers_of(reading, node), content=content, links=self._links(node))
        return [found[status] for status in sorted(found)]

    def _links(self, node: Node) -> list[Link]:
        found: list[Link] = []
        for name, link in self._reading.objects(node, "links"):
            wanted = self._reading.string(link, "operationRef") or self._reading.string(link, "operationId")
            key = self._keys.get(wanted.removeprefix("#"))
            if key is None:
                self._reading.problem(link, "bad-link", f"link {name!r} leads to {wanted!r}, which is no operation here; it is left out")
                continue
            parameters = link.value.get("parameters")
            found.append(
                Link(
                    name=name,
                    operation=key,
                    parameters=keywords.ordered(parameters) if isinstance(parameters, dict) else {},
                    body=keywords.ordered(link.value.get("requestBody")),
                )
            )
        return found
