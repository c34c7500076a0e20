"""The text of a configuration: a YAML file, or one value of a command line."""

import pathlib
from typing import Any

from msgspec.msgpack import Ext

from pipeline.config.faults import Fault, Place
from pipeline.config.tree import Tree
from pipeline.messages import EXT_DECIMAL, EXT_INTEGER
from stages.ingest.yamltext import YamlLimits, read_yaml

MAX_BYTES = 4 << 20

_limits = YamlLimits(depth=64, alias_nodes=10_000)


def read(file: pathlib.Path) -> tuple[Tree | None, list[Fault]]:
    """The tree of a file and the faults of its YAML; no tree where nothing can be made of it."""
    name = str(file)
    try:
        with file.open("rb") as opened:
            content = opened.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        return None, [Fault(place=Place(name), message=f"cannot be read: {reason}", suggestion="`sentinel init` writes a new one")]
    if len(content) > MAX_BYTES:
        return None, [Fault(place=Place(name), message=f"has more than {MAX_BYTES} bytes, so it is no configuration")]
    try:
        text = content.decode()
    except UnicodeDecodeError as error:
        before = content[: error.start]
        place = Place(name, before.count(b"\n") + 1, error.start - before.rfind(b"\n"))
        return None, [Fault(place=place, message=f"byte 0x{content[error.start]:02x} is not UTF-8", suggestion="save the file as UTF-8")]
    document = read_yaml(text, _limits)
    faults = [Fault(place=Place(name, fault.line, fault.column), path=fault.path, message=fault.message) for fault in document.faults]
    if not document.complete:
        return None, faults
    tree = Tree(name, _unshared(document.value))
    tree.values = {path: Place(name, line, column) for path, (line, column) in document.marks.items()}
    return tree, faults


def scalar(text: str, place: Place) -> tuple[Any, list[Fault]]:
    """A value written on the command line, read as YAML."""
    document = read_yaml(text, _limits)
    return _unshared(document.value), [Fault(place=place, message=f"the value is no YAML: {fault.message}") for fault in document.faults]


def plain(value: Any) -> Any:
    """A value with exact numbers as a value of ints and floats, for what takes no exact numbers (YAML, checks of ranges)."""
    match value:
        case Ext(code=code, data=data) if code == EXT_INTEGER:
            return int(bytes(data))
        case Ext(code=code, data=data) if code == EXT_DECIMAL:
            return float(bytes(data))
        case dict():
            return {key: plain(item) for key, item in value.items()}
        case list():
            return [plain(item) for item in value]
        case _:
            return value


def _unshared(value: Any) -> Any:
    """A copy in which nothing that an alias repeats is one object, so that each place can be changed by itself."""
    match value:
        case dict():
            return {key: _unshared(item) for key, item in value.items()}
        case list():
            return [_unshared(item) for item in value]
        case _:
            return value
