"""The JSON Schema of the configuration, for editors and for checking files without this program."""

from typing import Any

import msgspec

from pipeline.config import durations
from pipeline.config.model import PipelineConfig, RunConfig

_reference = {"type": "string", "pattern": r"\$\{(env|file):", "description": "A reference to an environment variable or a file."}
_typed = {"integer", "number", "boolean"}


def json_schema() -> dict[str, Any]:
    """JSON Schema 2020-12; wherever a number or a boolean stands, a ``${env:...}`` may stand as well."""
    schema = msgspec.json.schema(PipelineConfig)
    definitions = schema["$defs"]
    time = definitions[RunConfig.__name__]["properties"]["time"]
    time["anyOf"] = [{"type": "string", "pattern": durations.PATTERN}, {"type": "null"}]
    time["default"] = durations.text(time["default"])
    for definition in definitions.values():
        definition["properties"] = {name: _with_reference(part) for name, part in definition.get("properties", {}).items()}
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "A Sentinel pipeline", **schema}


def _with_reference(part: dict[str, Any]) -> dict[str, Any]:
    if "$ref" in part:
        return {key: item for key, item in part.items() if key != "default"}  # the section's own keys tell theirs
    if part.get("type") in _typed:
        outer = {key: part[key] for key in ("description", "default") if key in part}
        return outer | {"anyOf": [{key: part[key] for key in part if key not in outer}, _reference]}
    if "anyOf" in part and any(option.get("type") in _typed for option in part["anyOf"]):
        return part | {"anyOf": [*part["anyOf"], _reference]}
    return part
