"""The configuration as it takes effect, with nothing in it that must stay secret: what ``print-config`` shows."""

import re
from typing import Any

import msgspec
import yaml
from msgspec import inspect

from pipeline.config import durations
from pipeline.config.faults import Fault, Path
from pipeline.config.load import Loaded
from pipeline.config.model import PipelineConfig
from pipeline.config.source import plain

HIDDEN = "********"

_telling = re.compile(r"auth|cookie|token|secret|passw|api.?key|credential|session", re.IGNORECASE)
_user_info = re.compile(r"(?<=://)[^/@\s]+(?=@)")


def effective(loaded: Loaded, *, hidden: str = HIDDEN) -> dict[str, Any]:
    """Every key with its value, defaults included. References stand as they were written; other secrets are ``hidden``."""
    shown: dict[str, Any] = _Redaction(loaded, hidden).everything()
    return shown


def as_yaml(value: dict[str, Any]) -> str:
    text: str = yaml.safe_dump(value, sort_keys=False, allow_unicode=True, width=140, default_flow_style=False)
    return text


def warnings(loaded: Loaded) -> list[Fault]:
    """Secrets that stand in the file itself."""
    redaction = _Redaction(loaded, HIDDEN)
    redaction.any(
        msgspec.to_builtins(loaded.config, builtin_types=(msgspec.msgpack.Ext, bytes)), inspect.type_info(PipelineConfig), (), secret=False
    )
    return [
        Fault(
            place=loaded.tree.place(path),
            path=path,
            message="a secret stands here in the clear",
            suggestion="write ${env:NAME} or ${file:PATH} and keep it there",
        )
        for path in redaction.in_the_clear
        if path in loaded.tree.values and path not in loaded.tree.literal  # what a header file holds is not in the clear
    ]


class _Redaction:
    def __init__(self, loaded: Loaded, hidden: str) -> None:
        self.hidden = hidden
        self.config = loaded.config
        self.tree = loaded.tree
        self.fields: set[Path] = set()  # keys of Structs: their own mark says what is secret; in maps the name does, too
        self.in_the_clear: list[Path] = []

    def everything(self) -> Any:
        value = plain(msgspec.to_builtins(self.config, builtin_types=(msgspec.msgpack.Ext, bytes)))
        return self.any(value, inspect.type_info(PipelineConfig), (), secret=False)

    def any(self, value: Any, kind: inspect.Type, path: Path, *, secret: bool) -> Any:
        if path in self.tree.written:
            return self.tree.written[path]
        secret = secret or path in self.tree.literal
        match kind:
            case inspect.Metadata():
                extra = kind.extra or {}
                if extra.get("form") == "duration" and isinstance(value, int):
                    return durations.text(value)
                return self.any(value, kind.type, path, secret=secret or bool(extra.get("secret")))
            case inspect.UnionType() if not isinstance(value, str):
                return self.any(value, _chosen(value, kind), path, secret=secret)
            case inspect.StructType() if isinstance(value, dict):
                kinds = {field.encode_name: field.type for field in kind.fields}
                self.fields.update((*path, key) for key in kinds)
                return {key: self.any(item, kinds.get(key, inspect.AnyType()), (*path, key), secret=secret) for key, item in value.items()}
            case inspect.ListType() if isinstance(value, list):
                return [self.any(item, kind.item_type, (*path, index), secret=secret) for index, item in enumerate(value)]
            case inspect.DictType() if isinstance(value, dict):
                texts = isinstance(_bare(kind.value_type), inspect.StrType | inspect.AnyType)
                return {
                    key: self.any(item, kind.value_type, (*path, key), secret=secret or (texts and _tells(key)))
                    for key, item in value.items()
                }
            case _:
                return self.leaf(value, path, secret=secret)

    def leaf(self, value: Any, path: Path, *, secret: bool) -> Any:
        match value:
            case dict():
                return {key: self.any(item, inspect.AnyType(), (*path, key), secret=secret or _tells(key)) for key, item in value.items()}
            case list():
                return [self.any(item, inspect.AnyType(), (*path, index), secret=secret) for index, item in enumerate(value)]
            case str() if secret and value:
                if path in self.fields or _tells(path[-1]):
                    self.in_the_clear.append(path)
                return self.hidden
            case str():
                return _user_info.sub(self.hidden, value).replace("${", "$${")
            case _:
                return self.hidden if secret and value is not None and not isinstance(value, bool) else value


def _tells(key: str | int) -> bool:
    return _telling.search(str(key)) is not None


def _bare(kind: inspect.Type) -> inspect.Type:
    return _bare(kind.type) if isinstance(kind, inspect.Metadata) else kind


def _chosen(value: Any, kind: inspect.UnionType) -> inspect.Type:
    """The option of a union that a valid value belongs to."""
    for option in kind.types:
        match bare := _bare(option):
            case inspect.StructType() if isinstance(value, dict) and (not bare.tag_field or value.get(bare.tag_field) == bare.tag):
                return bare
            case inspect.ListType() if isinstance(value, list):
                return bare
            case inspect.DictType() if isinstance(value, dict):
                return bare
            case _:
                continue
    return inspect.AnyType()
