"""Faults of a configuration: where each stands, what it is, and what to write instead."""

import difflib
import re
from collections.abc import Iterable
from typing import TypeAlias

from msgspec import Struct

Path: TypeAlias = tuple[str | int, ...]  # keys and list indexes, from the root down

MAX_LISTED = 16

_plain = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")


class Place(Struct, frozen=True):
    """Where something was written: a file with line and column (from 1), or with line 0 an option such as ``--set a.b=c``."""

    source: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        return f"{self.source}:{self.line}:{self.column}" if self.line else self.source


class Fault(Struct, frozen=True, kw_only=True):
    """One thing that is wrong with a configuration. ``path`` is empty where the fault concerns the whole file."""

    place: Place
    path: Path = ()
    message: str
    suggestion: str = ""

    def __str__(self) -> str:
        path = f"{path_text(self.path)}: " if self.path else ""
        suggestion = f"; {self.suggestion}" if self.suggestion else ""
        return f"{self.place}: {path}{self.message}{suggestion}"


def path_text(path: Path) -> str:
    """``overrides[0].headers."X-A.b"``: the form that ``--set`` takes."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            key = part if _plain.fullmatch(part) else '"' + part.replace("\\", "\\\\").replace('"', '\\"') + '"'
            text += f".{key}" if text else key
    return text


def nearest(word: str, known: Iterable[str]) -> str:
    """A suggestion for a word that is not among the known ones: the nearest, else all where they are few, else nothing."""
    names = sorted(known)
    folded = {name.casefold().replace("-", "_"): name for name in reversed(names)}
    asked = word.casefold().replace("-", "_")
    close = difflib.get_close_matches(asked, folded, n=1, cutoff=0.6) or [name for name in folded if name.startswith(asked + "_")]
    if close:
        return f"did you mean {folded[close[0]]!r}?"
    if 0 < len(names) <= MAX_LISTED:
        return "known here: " + ", ".join(names)
    return ""


def in_order(faults: Iterable[Fault]) -> list[Fault]:
    """The faults as a reader meets them: by file, line and column; those of options first."""
    return sorted(
        set(faults), key=lambda fault: (fault.place.line, fault.place.column, fault.place.source, path_text(fault.path), fault.message)
    )
