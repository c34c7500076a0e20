"""From a YAML file and the options of a command line to a checked ``PipelineConfig``."""

import os
import pathlib
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from msgspec import Struct

from pipeline.config import references, settings, source
from pipeline.config.check import check
from pipeline.config.faults import Fault, Path, Place, in_order
from pipeline.config.model import PipelineConfig
from pipeline.config.relations import between_sections
from pipeline.config.tree import Tree
from pipeline.errors import ConfigError


class Option(Struct, frozen=True, kw_only=True):
    """A value that an option of the command line gives. ``literal``: it is no place for references."""

    name: str  # as a person would point at it: "--url"
    path: Path
    value: Any
    literal: bool = False


class Loaded(Struct, frozen=True, kw_only=True):
    """A configuration that holds, and the tree it came from, for showing it as it was written."""

    config: PipelineConfig
    tree: Tree
    folder: pathlib.Path = pathlib.Path()


def load(
    file: pathlib.Path | None,
    *,
    sets: Sequence[str] = (),
    options: Sequence[Option] = (),
    environment: Mapping[str, str] = os.environ,
) -> Loaded:
    """Read and check a pipeline; ``--set`` values go over the file's, options over both.

    Raises ``ConfigError`` whose text has one line for each fault, in the order in which they stand.
    """
    tree, faults = source.read(file) if file else (Tree("", {}), [])
    if tree is None:
        raise ConfigError("\n".join(str(fault) for fault in in_order(faults)))
    folder = file.parent if file else pathlib.Path()
    return finished(tree, faults, file=file, folder=folder, sets=sets, options=options, environment=environment)


def finished(
    tree: Tree,
    faults: list[Fault],
    *,
    file: pathlib.Path | None = None,
    folder: pathlib.Path,
    sets: Sequence[str],
    options: Sequence[Option],
    environment: Mapping[str, str],
    needed: Mapping[Path, str] | None = None,
) -> Loaded:
    """The checked configuration of a tree with ``--set`` values and options put into it; files of references are relative to ``folder``.

    ``needed`` says of paths that must have a value how to give it. Raises ``ConfigError`` for ``faults`` and for those found here.
    """
    for setting in sets:
        faults += settings.apply(tree, setting)
    for option in options:
        faults += settings.put(tree, option.path, option.value, Place(option.name))
        if option.literal:
            tree.literal.add(option.path)
    faults += [
        Fault(place=tree.root, path=path, message="is missing", suggestion=how)
        for path, how in (needed or {}).items()
        if not tree.has(path)
    ]  # fmt: skip
    unresolved = references.resolve_all(tree, folder, environment)
    if file:
        _locate(tree, tree.value, (), file)
    value, wrong = check(tree, PipelineConfig)
    holed = {fault.path for fault in unresolved}
    faults += unresolved + [fault for fault in wrong if fault.path not in holed]
    if faults:
        faults += _between_the_sound(value, tree, {fault.path[:2] for fault in faults})
    else:
        config = _convert(value, tree)
        faults = between_sections(config, tree)
        if not faults:
            return Loaded(config=config, tree=tree, folder=folder)
    raise ConfigError("\n".join(str(fault) for fault in in_order(faults)))


def _locate(tree: Tree, value: Any, path: Path, file: pathlib.Path) -> None:
    """Make the files that the configuration names to be read relative to its own folder: ``spec`` and every ``..._file``."""
    for key, item in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        here = (*path, key)
        if not isinstance(item, str):
            _locate(tree, item, here, file)
        elif (here == ("spec",) or str(key).endswith("_file")) and item and "://" not in item and tree.place(here).source == str(file):
            value[key] = str(file.parent / pathlib.Path(item).expanduser())


def _between_the_sound(value: Any, tree: Tree, faulty: set[Path]) -> list[Fault]:
    """What parts without a fault say of one another, so that names that are nowhere are told beside all other faults."""
    sections = value if isinstance(value, dict) else {}
    sound: dict[str, Any] = {"spec": "-"}
    for section in ("run", "dispatch", "score", "execute"):
        keys = sections.get(section)
        if isinstance(keys, dict) and (section,) not in faulty:
            sound[section] = {key: item for key, item in keys.items() if (section, key) not in faulty}
    if not any(path[:1] == ("agents",) for path in faulty) and isinstance(sections.get("agents"), list):
        sound["agents"] = sections["agents"]
    try:
        config = msgspec.convert(sound, PipelineConfig)
    except msgspec.ValidationError:  # a rule that only the Structs themselves know, of a part that is not whole
        return []
    return between_sections(config, tree, faulty)


def _convert(value: Any, tree: Tree) -> PipelineConfig:
    try:
        return msgspec.convert(value, PipelineConfig)
    except msgspec.ValidationError as error:  # a rule that only the Structs themselves know
        raise ConfigError(str(Fault(place=tree.root, message=str(error)))) from None
