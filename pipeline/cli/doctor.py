"""``sentinel doctor``: what this installation has, what it lacks, and what to do about it."""

import argparse
from collections.abc import Iterator
from typing import Literal

from msgspec import Struct

from pipeline.cli import options
from pipeline.errors import ExitCode

EPILOG = "exit codes: 0 everything needed is there (notes may remain), 70 something needed is missing"

Verdict = Literal["ok", "note", "fault"]


class Diagnosis(Struct, frozen=True):
    """One thing looked at. ``note``: works without it; ``fault``: does not."""

    verdict: Verdict
    subject: str
    finding: str
    remedy: str = ""


def arguments(parser: argparse.ArgumentParser) -> None:
    options.add_config(parser)
    options.add_store(parser)
    parser.add_argument("--json", action="store_true", help="one JSON object for each thing looked at")


def run(arguments: argparse.Namespace) -> int:
    import msgspec

    from pipeline.cli.text import printable

    found = list(_examine(arguments))
    for diagnosis in found:
        if arguments.json:
            print(msgspec.json.encode(diagnosis).decode())
            continue
        print(printable(f"{diagnosis.verdict:<5}  {diagnosis.subject}: {diagnosis.finding}"))
        if diagnosis.remedy:
            print(printable(f"       -> {diagnosis.remedy}"))
    return ExitCode.INTERNAL if any(diagnosis.verdict == "fault" for diagnosis in found) else ExitCode.CLEAN


def _examine(arguments: argparse.Namespace) -> Iterator[Diagnosis]:
    yield _python()
    yield from _packages()
    yield from _agents(arguments)
    yield _store(arguments)


def _python() -> Diagnosis:
    import platform
    import sys

    return Diagnosis("ok", "Python", f"{platform.python_version()} at {sys.executable}")


def _packages() -> Iterator[Diagnosis]:
    """What the distribution says it needs (names with lower or exact bounds), and which versions are here."""
    import re
    from importlib import metadata

    try:
        wanted = metadata.requires("sentinel-pipeline") or []
    except metadata.PackageNotFoundError:
        yield Diagnosis("note", "sentinel-pipeline", "runs from a checkout, it is not installed", "pip install -e .")
        return
    for requirement in wanted:
        if "extra ==" in requirement:
            continue
        name, relation, bound = re.fullmatch(r"([\w.-]+)\s*(?:(>=|==)\s*([\w.]+))?.*", requirement, re.DOTALL).groups()  # type: ignore[union-attr]  # its first group matches any name
        try:
            version = metadata.version(name)
        except metadata.PackageNotFoundError:
            yield Diagnosis("fault", name, "is not installed", f"pip install '{requirement}'")
            continue
        fits = not relation or version == bound or (relation == ">=" and _numbers(version) >= _numbers(bound))
        yield Diagnosis("ok", name, version) if fits else Diagnosis("fault", name, f"is {version}", f"pip install '{requirement}'")


def _numbers(version: str) -> list[int]:
    import re

    return [int(digits) for digits in re.findall(r"\d+", version)]


def _agents(arguments: argparse.Namespace) -> Iterator[Diagnosis]:
    import shutil

    import anyio

    from pipeline.cli.workers import states
    from pipeline.logs import logging_to

    with logging_to(level="error"):
        found = anyio.run(states, options.dispatch_config(arguments))
    for state in found:
        if not state.fault:
            yield Diagnosis("ok", f"agents {state.arm}", f"{state.version}, ready in {state.ready_ms:.0f} ms: {', '.join(state.agents)}")
        elif not state.optional:
            yield Diagnosis("fault", f"agents {state.arm}", state.fault, f"its command is: {' '.join(state.command)}")
        elif shutil.which("cargo"):
            yield Diagnosis(
                "note", f"agents {state.arm}", state.fault, "cargo is here: install Sentinel again, `pip install .` builds them"
            )
        else:
            yield Diagnosis(
                "note",
                f"agents {state.arm}",
                f"{state.fault}, and there is no cargo to build them; the other agents do all the work, more slowly",
                "install Rust (https://rustup.rs), then install Sentinel again: `pip install .` builds them",
            )
    if all(state.fault for state in found):
        yield Diagnosis("fault", "agents", "no implementation can be started, so nothing can be tested", "see above")


def _store(arguments: argparse.Namespace) -> Diagnosis:
    import os

    from pipeline.config.paths import store_path

    path = store_path(arguments.store or "")
    if path.exists():
        fine = path.is_file() and os.access(path, os.R_OK | os.W_OK)
        text = "can be written" if fine else "cannot be written by this user"
    else:
        folder = next(parent for parent in path.parents if parent.exists())
        fine = folder.is_dir() and os.access(folder, os.W_OK | os.X_OK)
        text = "is made by the first run" if fine else f"cannot be made: {folder} cannot be written by this user"
    return Diagnosis(
        "ok" if fine else "fault", f"store {path}", text, "" if fine else "name another place with --store, or mend the rights"
    )
