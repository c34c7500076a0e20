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
            return {key: visit(item, (*path, key)) for key, item in value.items()}
        if isinstance(value, list):
            return [visit(item, (*path, index)) for index, item in enumerate(value)]
        if not isinstance(value, str) or "${" not in value or path in tree.literal:
            return value
        resolved, unresolved = resolve(value, folder, environment)
        tree.written[path] = value
        faults.extend(Fault(place=tree.place(path), path=path, message=str(error), suggestion=error.suggestion) for error in unresolved)
        return resolved

    tree.value = visit(tree.value, ())
    return faults


def resolve(text: str, folder: pathlib.Path, environment: Mapping[str, str]) -> tuple[str, list[Unresolved]]:
    """The text with its references replaced, and those that lead nowhere."""
    unresolved: list[Unresolved] = []

    def one(match: re.Match[str]) -> str:
        escaped, inside, closed = match.groups()
        if escaped:
            return match.group()[1:]
        try:
            return lookup(inside, closed=bool(closed), folder=folder, environment=environment)
        except Unresolved as error:
            unresolved.append(error)
            return match.group()

    return _reference.sub(one, text), unresolved


def lookup(reference: str, *, closed: bool, folder: pathlib.Path, environment: Mapping[str, str]) -> str:
    """What ``env:NAME`` or ``file:PATH`` stands for. Raises ``Unresolved``."""
    if not closed:
        raise Unresolved(f"'${{{reference[:40]}' is not closed", "end it with '}', or write $${ for the two characters")
    kind, colon, name = reference.partition(":")
    if not colon or kind not in {"env", "file"}:
        wanted = (
            f"write ${{env:{reference}}} for the environment variable" if reference.isidentifier() else "write ${env:NAME} or ${file:PATH}"
        )
        raise Unresolved(f"${{{reference}}} is no reference", f"{wanted}, and $${{ for the two characters themselves")
    if kind == "env":
        if name in environment:
            return environment[name]
        close = nearest(name, environment)
        suggestion = close if close.startswith("did you mean") else f"set it: export {name}=..."
        raise Unresolved(f"the environment variable {name} is not set", suggestion)
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
