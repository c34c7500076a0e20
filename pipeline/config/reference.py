"""``configs/full.yaml``: every key of a pipeline with its explanation and its default, made from the Structs.

``python -m pipeline.config.reference > configs/full.yaml`` writes it anew; a test holds the file to this text.
"""

import sys
import textwrap
from collections.abc import Iterator
from typing import Any

import msgspec
import yaml
from msgspec import inspect

from pipeline.config import durations
from pipeline.config.model import PipelineConfig
from pipeline.config.words import in_words

WIDTH = 120
DEMO = "http://127.0.0.1:8421"

_SELF_EVIDENT = {"a text", "true or false", "a list, each a text", "a map, each value a text", "a value", "a map, each value a value"}

_HEAD = """\
# Every key of a pipeline, each with its default: leave out what you do not change. Only `spec` has no default; here it is the address of
# `sentinel demo`. A text may hold ${env:NAME} and ${file:PATH}; $${ stands for ${ itself. Files that this one names (spec, ..._file,
# ${file:...}) are looked for beside it, files that a run writes (store, reports) in the current folder. A list or map that is written here
# replaces the default one. Commented-out keys show what the entries of a list or map can hold.
"""


def text() -> str:
    """The whole file."""
    default = msgspec.to_builtins(PipelineConfig(spec=DEMO))
    kind = inspect.type_info(PipelineConfig)
    assert isinstance(kind, inspect.StructType)
    return _HEAD + "\n".join(_struct(kind, default, 0)) + "\n"


def _struct(kind: inspect.StructType, value: dict[str, Any], level: int) -> Iterator[str]:
    pad = "  " * level
    for field in kind.fields:
        if not level:
            yield ""
        yield from _comment(field, pad)
        inner = _bare(field.type)
        written = value.get(field.encode_name)
        if isinstance(inner, inspect.StructType) and written is not None:
            yield f"{pad}{field.encode_name}:"
            yield from _struct(inner, written, level + 1)
            continue
        if _is_duration(field.type) and written is not None:
            written = durations.text(written)
        yield from textwrap.indent(_dump({field.encode_name: written}), pad).splitlines()
        for entry, form in _entries(inner):
            yield f"{pad}  # {form}"
            yield from (f"{pad}  #   {line}" if line else f"{pad}  #" for line in _example(entry))


def _comment(field: inspect.Field, pad: str) -> Iterator[str]:
    description = _metadata(field.type).get("description", "")
    stop = "" if description.endswith((".", ":")) else "."
    takes = in_words(field.type)
    inner = _bare(field.type)
    plain = isinstance(inner, inspect.StructType) or _entries(inner) or takes in _SELF_EVIDENT or "of the form" in takes
    words = "" if plain else f" Takes {takes}."
    needed = " Must be given." if field.required else ""
    description += stop
    for line in textwrap.wrap(description + words + needed, WIDTH - len(pad) - 2, break_long_words=False):
        yield f"{pad}# {line}"


def _example(kind: inspect.StructType) -> Iterator[str]:
    """The keys of an entry, required ones with a stand-in."""
    if kind.tag_field:
        yield f"{kind.tag_field}: {kind.tag}"
    for field in kind.fields:
        yield from _comment(field, "")
        inner = _bare(field.type)
        if isinstance(inner, inspect.StructType) and not field.required:
            yield f"{field.encode_name}:"
            yield from textwrap.indent("\n".join(_example(inner)), "  ").splitlines()
            continue
        default = _stand_in(inner) if field.required else _default(field)
        yield from _dump({field.encode_name: default}).splitlines()


def _entries(kind: inspect.Type) -> list[tuple[inspect.StructType, str]]:
    """The Structs that the entries of a list or map, or an optional section, can be, each with a word on its form."""
    match kind:
        case inspect.ListType():
            return [(struct, f"an entry: {_about(struct)}") for struct in _structs(_bare(kind.item_type))]
        case inspect.DictType():
            return [(struct, f"NAME: {_about(struct)}") for struct in _structs(_bare(kind.value_type))]
        case inspect.UnionType():
            return [(struct, _about(struct)) for struct in _structs(kind)]
        case _:
            return []


def _structs(kind: inspect.Type) -> list[inspect.StructType]:
    match kind:
        case inspect.StructType():
            return [kind]
        case inspect.UnionType():
            return [struct for option in kind.types for struct in _structs(_bare(option))]
        case _:
            return []


def _about(kind: inspect.StructType) -> str:
    return " ".join((kind.cls.__doc__ or "").split())


def _bare(kind: inspect.Type) -> inspect.Type:
    return _bare(kind.type) if isinstance(kind, inspect.Metadata) else kind


def _metadata(kind: inspect.Type) -> dict[str, Any]:
    return (kind.extra_json_schema or {}) if isinstance(kind, inspect.Metadata) else {}


def _is_duration(kind: inspect.Type) -> bool:
    return isinstance(kind, inspect.Metadata) and (kind.extra or {}).get("form") == "duration"


def _default(field: inspect.Field) -> Any:
    made = field.default_factory() if field.default_factory is not msgspec.NODEFAULT else field.default
    return msgspec.to_builtins(made)


def _stand_in(kind: inspect.Type) -> Any:
    match kind:
        case inspect.ListType():
            return ["..."]
        case inspect.DictType():
            return {"NAME": "..."}
        case inspect.LiteralType():
            return kind.values[0]
        case _:
            return "..."


def _dump(value: dict[str, Any]) -> str:
    """Block style for what holds more lists or maps, flow style for the rest."""
    lines: list[str] = []
    for key, item in value.items():
        nested = isinstance(item, dict | list) and any(
            isinstance(part, dict | list) for part in (item.values() if isinstance(item, dict) else item)
        )
        if nested:
            lines.append(
                yaml.safe_dump({key: item}, sort_keys=False, allow_unicode=True, width=WIDTH, default_flow_style=None).rstrip("\n")
            )
        else:
            flow = yaml.safe_dump(item, sort_keys=False, allow_unicode=True, width=10_000, default_flow_style=True)
            lines.append(f"{key}: {flow.removesuffix('...' + chr(10)).rstrip()}")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.stdout.write(text())
