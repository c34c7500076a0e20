"""The configuration that governs a run, as the store keeps it: whole but for its secrets, so that the run can be gone on with later.

References such as ``${env:TOKEN}`` are stored as they were written and resolved again; secrets that stood in the clear are left out, and
must be given again.
"""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path as FilePath
from typing import Any

import msgspec
from msgspec import Struct

from pipeline.config.effective import effective
from pipeline.config.faults import Path, Place
from pipeline.config.load import Loaded, Option, finished
from pipeline.config.tree import Tree
from stages.ingest.numbers import exact_number

_WITHHELD = "\0withheld\0"  # no value of a configuration holds it
_ADDRESSES: set[Path] = {("spec",), ("target", "url")}


class Settings(Struct, frozen=True, kw_only=True):
    """``config`` without the values at ``withheld``; files that references name are relative to ``folder``."""

    config: dict[str, Any]
    withheld: list[Path] = []
    folder: str = ""


_decoder = msgspec.json.Decoder(Settings, float_hook=exact_number)


def settings_text(loaded: Loaded) -> str:
    """What of a configuration can be stored, as JSON."""
    withheld: list[Path] = []
    config = _without_secrets(effective(loaded, hidden=_WITHHELD), (), withheld)
    _make_absolute(config, ())
    settings = Settings(config=config, withheld=withheld, folder=str(loaded.folder.absolute()))
    return msgspec.json.encode(settings).decode()


def read_settings(text: str) -> Settings:
    """The settings of ``settings_text``; fractions are exact, as they are in a file."""
    return _decoder.decode(text) if text else Settings(config={})


def restored(
    run: str, text: str, *, sets: Sequence[str] = (), options: Sequence[Option] = (), environment: Mapping[str, str] = os.environ
) -> Loaded:
    """The configuration that a stored run was made with; ``--set`` values and options go over it.

    Raises ``ConfigError``: a secret that is not stored was not given again, a reference leads nowhere now.
    """
    settings = read_settings(text)
    tree = Tree("", settings.config)
    tree.root = Place(f"run {run}")
    needed = {path: f"it is a secret, which is not stored: give it again with {how_to_give(path)}" for path in settings.withheld}
    return finished(
        tree, [], folder=FilePath(settings.folder), sets=sets, options=options, environment=environment, needed=needed
    )  # fmt: skip


def how_to_give(path: Path) -> str:
    """The option that gives a withheld value again."""
    match path:
        case ("execute", "headers", str(name)):
            return f"--header '{name}: ...'"
        case ("execute", "identities", str(name), *_):
            return f"--identity {name}=HEADERFILE"
        case _:
            return "--config FILE"


def _without_secrets(value: Any, path: Path, withheld: list[Path]) -> Any:
    match value:
        case dict():
            kept = {key: _without_secrets(item, (*path, key), withheld) for key, item in value.items()}
            return {key: item for key, item in kept.items() if item is not _WITHHELD}
        case list():
            inside: list[Path] = []
            items = [_without_secrets(item, (*path, index), inside) for index, item in enumerate(value)]
            if any(item is _WITHHELD for item in items):
                withheld.append(path)
                return _WITHHELD
            withheld.extend(inside)
            return items
        case str() if _WITHHELD in value and path in _ADDRESSES:
            return value.replace(f"{_WITHHELD}@", "")
        case str() if _WITHHELD in value or _is_fixed_header(path):
            withheld.append(path)
            return _WITHHELD
        case _:
            return value


def _is_fixed_header(path: Path) -> bool:
    return len(path) == 4 and path[0] == "overrides" and path[2] == "headers"


def _make_absolute(value: Any, path: Path) -> None:
    """A run may be gone on with from another folder."""
    for key, item in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        here = (*path, key)
        if not isinstance(item, str):
            _make_absolute(item, here)
        elif _names_file(here) and item not in {"", "-"} and "://" not in item and "${" not in item:
            value[key] = str(FilePath(item).expanduser().absolute())


def _names_file(path: Path) -> bool:
    return path in {("spec",), ("store",)} or (path[0] == "reports" and path[-1] == "path") or str(path[-1]).endswith("_file")
