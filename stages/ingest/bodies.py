"""Request bodies: ``requestBody`` of OpenAPI 3; ``body`` and ``formData`` parameters with ``consumes`` of 2.0."""

from typing import Any

from pipeline.messages import Encoding, MediaType, RequestBody
from stages.ingest.content import NO_SCHEMA_KEYS, content_of, media_type_of, with_file
from stages.ingest.documents import Node
from stages.ingest.examples import examples_of
from stages.ingest.parameters import Inputs, collection_style
from stages.ingest.reading import Reading

URLENCODED = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"
_BODILESS = frozenset({"get", "head", "trace"})  # OpenAPI 3.0, 4.7.10.1: a body has no defined meaning there and is ignored


def body_of(reading: Reading, operation: Node, method: str, inputs: Inputs) -> RequestBody | None:
    """The request body of an operation; None where it has none."""
    if reading.version == "2.0":
        body = _of_parameters(reading, operation, inputs)
    else:
        node = reading.mapping(operation, "requestBody")
        content = content_of(reading, node) if node else []
        body = RequestBody(content=content, required=reading.flag(node, "required")) if node and content else None
    if body and method in _BODILESS and reading.version != "3.1":
        reading.problem(operation, "ignored-body", f"a {method.upper()} request has no body; it is left out")
        return None
    return body


def listed_media_types(reading: Reading, operation: Node, key: str) -> list[str]:
    """``consumes`` or ``produces``: the operation's own, else the document's."""
    holder = operation if operation.value.get(key) is not None else reading.root
    names = [media_type_of(reading, holder.child(key), name) for name in reading.strings(holder, key)]
    return sorted({name for name in names if name})


def _of_parameters(reading: Reading, operation: Node, inputs: Inputs) -> RequestBody | None:
    consumes = listed_media_types(reading, operation, "consumes")
    if inputs.body is not None:
        node = inputs.body
        for field in inputs.form:
            reading.problem(field, "bad-parameter", "a form field beside a body parameter, of which a request has one only; it is left out")
        schema = reading.schemas.of(node.child("schema")) if node.value.get("schema") is not None else None
        if schema is None:
            reading.problem(node, "no-schema", "a body parameter without a schema; any body will do")
        examples = examples_of(reading, node)
        content = [MediaType(media_type=name, schema=schema, examples=examples) for name in consumes or ["application/json"]]
        return RequestBody(content=content, required=reading.flag(node, "required"))
    if not inputs.form:
        return None
    return _form(reading, inputs.form, [name for name in consumes if name.partition(";")[0].lower() in (URLENCODED, MULTIPART)])


def _form(reading: Reading, fields: list[Node], media_types: list[str]) -> RequestBody:
    properties: dict[str, Any] = {}
    encoding: list[Encoding] = []
    required: list[str] = []
    has_file = False
    for field in fields:
        name = reading.string(field, "name")
        if not name:
            reading.problem(field, "bad-parameter", "a form field without a name; it is left out")
            continue
        own = {key: value for key, value in field.value.items() if key not in NO_SCHEMA_KEYS or key == "example"}
        has_file = has_file or own.get("type") == "file"
        if "schema" in own:  # not of 2.0, but clear
            properties[name] = reading.schemas.of(field.child("schema"))
        else:
            properties[name] = reading.schemas.of(field.sibling(with_file(own)))
        if own.get("type") == "array":
            style, explode = collection_style(reading, field)
            encoding.append(Encoding(name=name, style=style, explode=explode, styled=True))
        if reading.flag(field, "required"):
            required.append(name)
    schema: dict[str, Any] = {"properties": properties, "type": "object"}
    if required:
        schema = {"properties": properties, "required": required, "type": "object"}
    if has_file:
        media_types = [name for name in media_types if name.startswith(MULTIPART)] or [MULTIPART]
    content = [MediaType(media_type=name, schema=schema, encoding=encoding) for name in media_types or [URLENCODED]]
    return RequestBody(content=content, required=bool(required))
