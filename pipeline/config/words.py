"""Types and values in words, for the texts of faults."""

import json
from typing import Any

from msgspec import inspect

from pipeline.config import durations
from pipeline.config.source import plain

MAX_SHOWN = 60


def shown(value: Any) -> str:
    """A value as it would be written in YAML's flow form, on one line and shortened."""
    value = plain(value)
    match value:
        case dict():
            return "a map"
        case list():
            return f"a list of {len(value)}"
        case None:
            return "nothing (null)"
        case str() | bool() | int() | float():
            text = json.dumps(value)
        case _:
            text = type(value).__name__
    return text if len(text) <= MAX_SHOWN else text[: MAX_SHOWN - 1] + "…"


def in_words(kind: inspect.Type) -> str:
    """What a place takes: "a whole number from 1 to 65535", "a list of texts", "one of: a, b"."""
    match kind:
        case inspect.Metadata():
            return durations.FORM if (kind.extra or {}).get("form") == "duration" else in_words(kind.type)
        case inspect.BoolType():
            return "true or false"
        case inspect.IntType():
            return "a whole number" + _range(kind.ge, kind.gt, kind.le, kind.lt)
        case inspect.FloatType():
            return "a number" + _range(kind.ge, kind.gt, kind.le, kind.lt)
        case inspect.StrType():
            return "a text" + _length(kind.min_length, kind.max_length) + (f" of the form {kind.pattern}" if kind.pattern else "")
        case inspect.NoneType():
            return "null"
        case inspect.LiteralType():
            return "one of: " + ", ".join(str(item) for item in kind.values)
        case inspect.ListType():
            return f"a list{_length(kind.min_length, kind.max_length, 'entries')}, each {in_words(kind.item_type)}"
        case inspect.DictType():
            return f"a map, each value {in_words(kind.value_type)}"
        case inspect.StructType():
            keys = [field.encode_name for field in kind.fields]
            return "a map with keys such as " + ", ".join(keys[:4])
        case inspect.UnionType():
            return " or ".join(dict.fromkeys(in_words(option) for option in kind.types))
        case _:
            return "a value"


def _range(ge: float | None, gt: float | None, le: float | None, lt: float | None) -> str:
    low = f"{ge}" if ge is not None else f"above {gt}" if gt is not None else ""
    high = f"{le}" if le is not None else f"below {lt}" if lt is not None else ""
    if ge is not None and le is not None:
        return f" from {ge} to {le}"
    if ge is not None and not high:
        return f" of at least {ge}"
    if le is not None and not low:
        return f" of at most {le}"
    return "".join(f" {bound}" for bound in (low, high) if bound)


def _length(low: int | None, high: int | None, unit: str = "characters") -> str:
    if low and high is not None:
        return f" of {low} to {high} {unit}"
    if low == 1:
        return " that is not empty"
    if low:
        return f" of at least {low} {unit}"
    return f" of at most {high} {unit}" if high is not None else ""
