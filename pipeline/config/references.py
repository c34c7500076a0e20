"""``${env:NAME}`` and ``${file:PATH}`` in the strings of a configuration."""

import os
import pathlib
import re
from collections.abc import Mapping
from typing import Any

from pipeline.config.faults import Fault, Path, nearest
from pipeline.config.tree import Tree

MAX_FILE_BYTES = 1 << 20

_reference = re.compile(r"\$(\$)?\{([^{}]*)(\})?")


class Unresolved(Exception):
    """A reference that leads nowhere: what is wrong, and what to write instead."""

    def __init__(self, message: str, suggestion: str = "") -> None:
        super().__init__(message)
        self.suggestion = suggestion


def resolve_all(tree: Tree, folder: pathlib.Path, environment: Mapping[str, str] = os.environ) -> list[Fault]:
    """Replace the references of every string of the tree; files are relative to ``folder``. ``$${`` stands for ``${``."""
    faults: list[Fault] = []

    def visit(value: Any, path: Path) -> Any:
        if isinstance(value, dict):
            for key in value:
                value[key] = visit(value[key], (*path, key))
        elif isinstance(value, list):
            for index, item in enumerate(value):
                value[index] = visit(item, (*path, index))
        elif isinstance(value, str) and "${" in value and path not in tree.literal:
            resolved = _resolve(value, folder, environment, tree, path, faults)
            tree.written[path] = value
            return resolved
        return value

    tree.value = visit(tree.value, ())
    return faults


def _resolve(text: str, folder: pathlib.Path, environment: Mapping[str, str], tree: Tree, path: Path, faults: list[Fault]) -> str:
    def one(match: re.Match[str]) -> str:
        escaped, inside, closed = match.groups()
        if escaped:
            return match.group()[1:]
        try:
            if not closed:
                raise Unresolved(f"'${{{inside[:40]}' is not closed", "end it with '}', or write $${ for the two characters")
            return lookup(inside, folder, environment)
        except Unresolved as error:
            faults.append(Fault(place=tree.place(path), path=path, message=str(error), suggestion=error.suggestion))
            return match.group()

    return _reference.sub(one, text)


def lookup(reference: str, folder: pathlib.Path, environment: Mapping[str, str]) -> str:
    """What ``env:NAME`` or ``file:PATH`` stands for. Raises ``Unresolved``."""
    kind, colon, name = reference.partition(":")
    if not colon or kind not in {"env", "file"}:
        wanted = f"write ${{env:{reference}}} for the environment variable" if reference.isidentifier() else "there are ${env:NAME} and ${file:PATH}"
        raise Unresolved(f"${{{reference}}} is no reference", f"{wanted}, and $${{ for the two characters themselves")
    if kind == "env":
        if name in environment:
            return environment[name]
        close = nearest(name, environment)
        raise Unresolved(f"the environment variable {name} is not set", close if close.startswith("did you mean") else f"set it: export {name}=...")
    return _read(name, folder)


def _read(name: str, folder: pathlib.Path) -> str:
    path = folder / pathlib.Path(name).expanduser()
    try:
        with path.open("rb") as file:
            content = file.read(MAX_FILE_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise Unresolved(f"cannot read the file {path}: {reason}", "the path is relative to the configuration's folder") from None
    if len(content) > MAX_FILE_BYTES:
        raise Unresolved(f"the file {path} has more than {MAX_FILE_BYTES} bytes")
    try:
        return content.decode().rstrip("\r\n")
    except UnicodeDecodeError as error:
        raise Unresolved(f"the file {path} is not UTF-8 (byte {error.start})") from None
