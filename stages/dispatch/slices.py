"""Cutting an ``Api`` into the slices that agents get: the operations of one group and the schemas that their requests reach."""

import hashlib
from collections.abc import Iterable, Iterator

import msgspec

from pipeline.messages import Api, ApiSlice, Operation, Schema

_PREFIX = "#/$defs/"


def references(schema: Schema) -> Iterator[str]:
    """The names of the shared schemas that ``schema`` refers to directly, however deep inside it; may repeat."""
    stack = [schema]
    while stack:
        node = stack.pop()
        if isinstance(node, dict):
            target = node.get("$ref")
            if isinstance(target, str) and target.startswith(_PREFIX):
                yield target[len(_PREFIX) :].replace("~1", "/").replace("~0", "~")
            stack.extend(node.values())
        elif isinstance(node, list):
            stack.extend(node)


def request_side(operation: Operation) -> Operation:
    """The operation without what answers look like: agents make requests, and slices stay small."""
    bare = [msgspec.structs.replace(response, content=[], headers=[]) for response in operation.responses]
    return msgspec.structs.replace(operation, responses=bare)


def _schemas_of(operation: Operation) -> Iterator[Schema]:
    for parameter in operation.parameters:
        yield parameter.schema
    for media in operation.body.content if operation.body else ():
        yield media.schema


def closure(api: Api, roots: Iterable[Schema]) -> dict[str, Schema]:
    """All shared schemas reachable from ``roots``, sorted by name."""
    found: dict[str, Schema] = {}
    waiting = [name for root in roots for name in references(root)]
    while waiting:
        name = waiting.pop()
        if name not in found and name in api.schemas:
            found[name] = api.schemas[name]
            waiting.extend(references(api.schemas[name]))
    return dict(sorted(found.items()))


def slice_group(api: Api, group: str) -> ApiSlice:
    """The slice of one operation group, makers from other groups included. Its digest covers all of it (hex, 128 bits)."""
    members = [operation for operation in api.operations if operation.group == group]
    present = {operation.key for operation in members}
    wanted = {operation.maker for operation in members if operation.maker} - present
    members += [operation for operation in api.operations if operation.key in wanted]
    operations = [request_side(operation) for operation in members]
    schemas = closure(api, (schema for operation in operations for schema in _schemas_of(operation)))
    draft = ApiSlice(digest="", group=group, operations=operations, schemas=schemas, others=api.left_out)
    digest = hashlib.blake2b(msgspec.msgpack.encode(draft), digest_size=16).hexdigest()
    return msgspec.structs.replace(draft, digest=digest)
