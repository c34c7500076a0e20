"""Examples of parameters and request bodies that their own schemas do not allow, told as problems of the document.

They are kept: what a document shows is worth a look, but no agent takes it for valid.
"""

from typing import Any

import jsonschema_rs
from msgspec.msgpack import Ext

from pipeline.messages import EXT_DECIMAL, EXT_INTEGER, MediaType, Operation, Parameter, Schema, Value
from stages.ingest.documents import Node
from stages.ingest.reading import Reading
from stages.ingest.views import DEFS

MAX_CHECKED = 2000
"""So many schemas with examples are looked at; the work grows with the document, not with its square."""


def tell_wrong_examples(reading: Reading, operations: list[Operation], defs: dict[str, Schema]) -> None:
    """Note every example that its schema, as requests see it, does not allow."""
    seen: set[int] = set()
    for operation in operations:
        places: list[Parameter | MediaType] = [*operation.parameters, *(operation.body.content if operation.body else ())]
        for place in places:
            known = reading.with_examples.get(id(place.examples))
            if known is None or id(place.examples) in seen or len(seen) >= MAX_CHECKED or not isinstance(place.schema, dict):
                continue
            seen.add(id(place.examples))
            _judge(reading, known[1], place.schema, place.examples, defs)


def _judge(reading: Reading, node: Node, schema: Schema, examples: list[Value], defs: dict[str, Schema]) -> None:
    try:
        whole = {"$defs": {name: _plain(target) for name, target in _reached(schema, defs).items()}, "allOf": [_plain(schema)]}
        validator = jsonschema_rs.Draft202012Validator(whole)
    except (ValueError, TypeError, RecursionError, jsonschema_rs.ReferencingError):
        return
    for example in examples:
        try:
            fault = next(validator.iter_errors(_plain(example)), None)
        except (ValueError, TypeError, RecursionError):
            continue
        if fault is not None:
            where = "/".join(str(step) for step in fault.instance_path)
            at = f" at {where}" if where else ""
            reading.problem(node, "wrong-example", f"an example is not allowed by its own schema{at}: {fault.message[:200]}")


def _reached(schema: Schema, defs: dict[str, Schema]) -> dict[str, Schema]:
    """The shared schemas that a schema leads to."""
    found: dict[str, Schema] = {}
    waiting: list[Any] = [schema]
    while waiting:
        part = waiting.pop()
        if isinstance(part, dict):
            reference = part.get("$ref")
            if isinstance(reference, str) and reference.startswith(DEFS):
                name = reference[len(DEFS) :]
                if name not in found and name in defs:
                    found[name] = defs[name]
                    waiting.append(defs[name])
            waiting.extend(part.values())
        elif isinstance(part, list):
            waiting.extend(part)
    return found


def _plain(value: Value) -> Any:
    """The value as the validator takes it. Raises ValueError for what it cannot be told."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, Ext):
        if value.code not in (EXT_INTEGER, EXT_DECIMAL):
            raise ValueError("a text that is no Unicode")
        return float(bytes(value.data))
    return value
