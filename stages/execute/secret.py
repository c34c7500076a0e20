"""Configuration that holds secrets and does not show them."""

from typing import Any

import msgspec
from msgspec import Struct

HIDDEN = "***"


class Confidential(Struct, frozen=True):
    """Base of config Structs: fields marked ``Meta(extra={"secret": True})``, alone or inside a map, are hidden in ``repr``."""

    def __repr__(self) -> str:
        secret = _secret_fields(type(self))
        shown = [f"{name}={HIDDEN if name in secret and value else repr(value)}" for name, value in _items(self)]
        return f"{type(self).__name__}({', '.join(shown)})"


def _items(struct: Struct) -> list[tuple[str, Any]]:
    return [(name, getattr(struct, name)) for name in struct.__struct_fields__]


def _secret_fields(kind: type[Struct]) -> set[str]:
    info = msgspec.inspect.type_info(kind)
    assert isinstance(info, msgspec.inspect.StructType)
    return {field.name for field in info.fields if _is_secret(field.type)}


def _is_secret(kind: msgspec.inspect.Type) -> bool:
    match kind:
        case msgspec.inspect.Metadata():
            return bool((kind.extra or {}).get("secret")) or _is_secret(kind.type)
        case msgspec.inspect.DictType():
            return _is_secret(kind.value_type)
        case msgspec.inspect.UnionType():
            return any(_is_secret(option) for option in kind.types)
        case _:
            return False
