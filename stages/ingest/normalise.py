"""From a document's value to the ``Api``: every version, one model, a digest of what it means."""

import re
from typing import Any

from msgspec import structs

from pipeline.errors import DocumentError
from pipeline.messages import Api, MediaType, Operation, Schema, SecurityScheme, Value
from stages.ingest.cycles import cut_cycles
from stages.ingest.dependencies import connected
from stages.ingest.documents import Documents
from stages.ingest.numbers import is_number, text_of
from stages.ingest.operations import operations_of
from stages.ingest.problems import Problems
from stages.ingest.reading import Reading
from stages.ingest.security import schemes_of
from stages.ingest.servers import servers_of
from stages.ingest.target import with_digest
from stages.ingest.views import View
from stages.ingest.wrong_examples import tell_wrong_examples

_OTHER_KINDS = {  # what people take for an OpenAPI document, by a key at its top
    "asyncapi": "an AsyncAPI document",
    "swaggerVersion": "a Swagger 1.x document; convert it to OpenAPI first",
    "openrpc": "an OpenRPC document",
    "$schema": "a JSON Schema",
    "log": "a HAR recording or a log",
}


def normalise(documents: Documents, problems: Problems, source: str, group_operations: int) -> Api:
    """The ``Api`` of the root document. Raises ``DocumentError`` where nothing usable is in it.

    A document of schemas alone (or of webhooks, which are not read) is an ``Api`` without operations; no run can begin with it.
    """
    root = documents.root.value
    written = _version(root, source, problems)
    version = "2.0" if written.startswith("2") else "3.0" if written.startswith("3.0") else "3.1"
    reading = Reading(documents, version)
    schemes, operations = _read(reading)
    if reading.schemas.dynamics.is_missed:
        reading = Reading(documents, version, scoped=True)
        schemes, operations = _read(reading)
    info = reading.mapping(reading.root, "info")
    defs = reading.schemas.defs
    if not operations and not defs:
        raise DocumentError(f"{source}: the document has neither an operation nor a schema that could be used" + _why_none(root, problems))
    places = reading.schemas.places()
    for name in cut_cycles(defs):
        if name in places:
            reading.problem(places[name], "circular-schema", "the schema contains itself in place; the circle is cut here")
    if reading.schemas.one_sided:
        operations = _two_sided(operations, defs)
    tell_wrong_examples(reading, operations, defs)
    api = Api(
        digest="",
        title=reading.string(info, "title") if info else "",
        version=reading.string(info, "version") if info else "",
        openapi=written,
        servers=servers_of(reading),
        operations=connected(operations, defs, group_operations, problems),
        schemas=dict(sorted(defs.items())),
        security_schemes=schemes,
    )
    return structs.replace(with_digest(api), problems=problems.listed(), source=source)


def _version(root: Value, source: str, problems: Problems) -> str:
    """The version as the document gives it; guessed, and a problem, where it gives none."""
    if not isinstance(root, dict):
        if root is None:
            raise DocumentError(f"{source}: the document is empty; an OpenAPI document in JSON or YAML is expected")
        kind = "a list" if isinstance(root, list) else "a single value"
        raise DocumentError(f"{source}: the document is {kind}, not an object with openapi (or swagger) and paths")
    value = root.get("openapi", root.get("swagger"))
    written = value.strip() if isinstance(value, str) else text_of(value) if is_number(value) else ""
    if re.match(r"(3\.|2\b|3\b)", written):
        return f"{written}.0" if written in ("2", "3") else written
    if written:
        raise DocumentError(f"{source}: OpenAPI {written} is not understood; 2.0, 3.0 and 3.1 are")
    for key, kind in _OTHER_KINDS.items():
        if key in root and "paths" not in root:
            raise DocumentError(f"{source}: this is {kind}, not an OpenAPI document")
    if not isinstance(root.get("paths"), dict):
        raise DocumentError(f"{source}: this is no OpenAPI document: it has neither openapi (or swagger) nor paths at its top")
    guessed = "2.0" if root.keys() & {"definitions", "securityDefinitions", "basePath", "produces", "host"} else "3.0.3"
    problems.add("", "no-version", f"neither openapi nor swagger says which version this is; it is read as {guessed}")
    return guessed


def _why_none(root: dict[str, Any], problems: Problems) -> str:
    if "paths" not in root:
        return ": it has no paths"
    first = next(iter(problems.listed()), None)
    return f" (first of its problems: {first.pointer or '(document)'}: {first.message})" if first else ": its paths are empty"


def _read(reading: Reading) -> tuple[list[SecurityScheme], list[Operation]]:
    """The security schemes and the operations, with all schemas translated."""
    _share_all(reading)
    schemes = schemes_of(reading)
    operations = operations_of(reading, schemes)
    reading.schemas.finish()
    return schemes, operations


def _share_all(reading: Reading) -> None:
    """Name the document's own shared schemas first, so that each has the name that it has in the document."""
    if reading.version == "2.0":
        holder = reading.mapping(reading.root, "definitions")
    else:
        components = reading.mapping(reading.root, "components")
        holder = reading.mapping(components, "schemas") if components else None
    for name in sorted(holder.value) if holder else ():
        if holder:
            reading.schemas.share(holder.child(name))


def _two_sided(operations: list[Operation], defs: dict[str, Schema]) -> list[Operation]:
    """The operations with what requests and answers see of shared schemas told apart."""
    request, response = View(defs, "request"), View(defs, "response")
    made: list[Operation] = []
    for operation in operations:
        body = operation.body
        if body:
            body = structs.replace(body, content=_content(body.content, request))
        responses = [structs.replace(answer, content=_content(answer.content, response)) for answer in operation.responses]
        made.append(structs.replace(operation, body=body, responses=responses))
    return made


def _content(content: list[MediaType], view: View) -> list[MediaType]:
    return [structs.replace(media, schema=view.of(media.schema)) for media in content]
