"""What a JSON Schema validator says of a value: for examples, and for keywords that generation does not guarantee.

The validator is the crate ``jsonschema`` (here by its Python binding), in one version, so that all implementations hear the same verdict.
"""

import math
import re
from collections.abc import Iterator
from typing import Any, Protocol

from msgspec.msgpack import Ext

from pipeline.messages import EXT_DECIMAL, EXT_INTEGER, EXT_TEXT, Schema, Value
from stages.agents.core.compiler import Compiler
from stages.agents.core.schema import Node

_MAX_PATTERN_BYTES = 1 << 27  # what ingest lets a pattern take, ten times the validator's own limit
_REFERENCE = "#/$defs/"
# Patterns with look-around or back-references, and some more: all others are matched without a limit.
_BACKTRACKS = re.compile(r"\(\?|\\[1-9k]")


class _Error(Protocol):
    @property
    def kind(self) -> object: ...


class _Validator(Protocol):
    def is_valid(self, instance: Any) -> bool: ...
    def iter_errors(self, instance: Any) -> Iterator[_Error]: ...


def satisfies(compiler: Compiler, node: Node, value: Value) -> bool:
    """Whether the validator accepts the value for the node's schemas; formats are asserted. Schemas that the validator refuses accept all.

    A value with parts that the validator cannot be told (raw bytes, variables, numbers beyond a double) is not accepted.
    """
    validator = _known(compiler, node)
    if validator is None:
        return True
    try:
        return validator.is_valid(plain(value))
    except (ValueError, TypeError, RecursionError):
        return False


def refuses(compiler: Compiler, node: Node, value: Value) -> bool:
    """Whether the validator says that the value is wrong; not where it refuses the schema or cannot be told the value, nor by a limit."""
    validator = _known(compiler, node)
    if validator is None:
        return False
    try:
        instance = plain(value)
        return not validator.is_valid(instance) and (not node.scratch["backtracks"] or _is_certain(validator, instance))
    except (ValueError, TypeError, RecursionError):
        return False


def _is_certain(validator: _Validator, instance: Any) -> bool:
    """Whether the validator names a fault that is there however the matches end that it gave up (it tries all ends)."""
    from jsonschema_rs import ValidationErrorKind  # noqa: PLC0415

    limits = (ValidationErrorKind.BacktrackLimitExceeded, ValidationErrorKind.RegexEngineFailure)
    return any(not isinstance(error.kind, limits) for error in validator.iter_errors(instance))


def _known(compiler: Compiler, node: Node) -> _Validator | None:
    if "validator" not in node.scratch:
        node.scratch["validator"] = _validator(compiler, node)
    validator: _Validator | None = node.scratch["validator"]
    return validator


def _validator(compiler: Compiler, node: Node) -> _Validator | None:
    # Imported here: a library of megabytes, which a worker only needs once a schema has an example.
    import jsonschema_rs  # noqa: PLC0415

    names: dict[str, Schema] = {}
    waiting: list[Schema] = list(node.schemas)
    while waiting:
        part = waiting.pop()
        if isinstance(part, dict):
            reference = part.get("$ref")
            if isinstance(reference, str) and reference not in names:
                target = compiler.target(reference)
                if target is not None:
                    names[reference] = target
                    waiting.append(target)
            waiting.extend(part.values())
        elif isinstance(part, list):
            waiting.extend(part)
    try:
        definitions = {reference.removeprefix(_REFERENCE): plain(target) for reference, target in names.items()}
        schema = {"$defs": definitions, "allOf": [plain(part) for part in node.schemas]}
        node.scratch["backtracks"] = _BACKTRACKS.search(str(schema)) is not None
        patterns = jsonschema_rs.FancyRegexOptions(size_limit=_MAX_PATTERN_BYTES)
        return jsonschema_rs.Draft202012Validator(schema, validate_formats=True, pattern_options=patterns)
    except (ValueError, TypeError, RecursionError, jsonschema_rs.ReferencingError):
        return None


def plain(value: Value) -> Any:
    """The value as the validator takes it: extension values as floats and text. Raises ValueError for what has no such form."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, bytes):
        return value.decode("latin-1")
    if not isinstance(value, Ext):
        return value
    data = bytes(value.data)
    if value.code in (EXT_INTEGER, EXT_DECIMAL):
        number = float(data)
        if math.isinf(number):
            raise ValueError("a number beyond a double")
        return number
    if value.code == EXT_TEXT:
        return data.decode("utf-8", "replace")
    raise ValueError("a value that JSON does not have")
