"""jsonschema's 2020-12 validator with the keywords of patterns in ECMA-262 (``ecma_patterns``) where its own ask Python's ``re``."""

from collections.abc import Iterator
from typing import Any

import jsonschema
from jsonschema import ValidationError, validators

from tests.bench.ecma_patterns import compiled


def _pattern(_validator: Any, pattern: str, instance: Any, _schema: Any) -> Iterator[ValidationError]:
    if isinstance(instance, str) and not compiled(pattern).search(instance):
        yield ValidationError(f"{instance!r} does not match {pattern!r}")


def _pattern_properties(validator: Any, schemas: dict[str, Any], instance: Any, _schema: Any) -> Iterator[ValidationError]:
    for pattern, schema in schemas.items() if isinstance(instance, dict) else ():
        for name, value in instance.items():
            if compiled(pattern).search(name):
                yield from validator.descend(value, schema, path=name, schema_path=pattern)


def _additional_properties(validator: Any, additional: Any, instance: Any, schema: dict[str, Any]) -> Iterator[ValidationError]:
    for name, value in instance.items() if isinstance(instance, dict) else ():
        is_known = name in schema.get("properties", {}) or any(compiled(one).search(name) for one in schema.get("patternProperties", {}))
        if is_known:
            continue
        if additional is False:
            yield ValidationError(f"{name!r} is additional")
        else:
            yield from validator.descend(value, additional, path=name)


Validator = validators.extend(
    jsonschema.Draft202012Validator,
    {"pattern": _pattern, "patternProperties": _pattern_properties, "additionalProperties": _additional_properties},
)
