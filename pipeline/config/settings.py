"""``--set a.b=c``: one value of the configuration, from the command line."""

import re
from typing import Any

from pipeline.config.faults import Fault, Path, Place
from pipeline.config.source import scalar
from pipeline.config.tree import NoWay, Tree

_part = re.compile(r'(?:^|\.)(?:"((?:[^"\\]|\\.)*)"|([^.\[\]"]+))|\[(\d+)\]')


def parse_path(text: str) -> Path:
    """``a.b[0]."X.y"`` as keys and indexes; ``a.0`` is an index, too. Raises ``ValueError``."""
    parts: list[str | int] = []
    at = 0
    while at < len(text):
        match = _part.match(text, at)
        if match is None:
            raise ValueError(f"not a path: {text!r}")
        quoted, plain, index = match.groups()
        if index is not None:
            parts.append(int(index))
        elif quoted is not None:
            parts.append(re.sub(r"\\(.)", r"\1", quoted))
        else:
            parts.append(int(plain) if plain.isdecimal() and parts else plain.strip())
        at = match.end()
    if not parts or "" in parts:
        raise ValueError(f"not a path: {text!r}")
    return tuple(parts)


def apply(tree: Tree, setting: str) -> list[Fault]:
    """Put one ``PATH=VALUE`` into the tree; the value is read as YAML. The faults stand at "--set PATH"."""
    path_part, equals, value_part = setting.partition("=")
    place = Place(f"--set {path_part or setting}")
    if not equals:
        return [Fault(place=place, message="there is no '='", suggestion="write --set PATH=VALUE, as in --set run.seed=7")]
    try:
        path = parse_path(path_part.strip())
    except ValueError:
        return [
            Fault(place=place, message="that is no path", suggestion="write keys with dots and list indexes in brackets: overrides[0].skip")
        ]
    value, faults = scalar(value_part, place)
    if faults:
        return [Fault(place=place, path=path, message=fault.message, suggestion=fault.suggestion) for fault in faults]
    return put(tree, path, value, place)


def put(tree: Tree, path: Path, value: Any, place: Place) -> list[Fault]:
    """Put a value given by an option into the tree."""
    try:
        tree.put(path, value, place)
    except NoWay as error:
        return [Fault(place=place, path=path, message=str(error))]
    return []
