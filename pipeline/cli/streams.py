"""Standard output and standard error when nobody reads them any more."""

import os
import sys
from typing import TextIO


def say(text: str, stream: TextIO) -> None:
    """Print a text whose reader may be gone, where that must not change how the command ends."""
    try:
        print(text, file=stream, flush=True)
    except OSError:
        silence()


def restore_closed() -> None:
    """Point nowhere what was closed before the start (``>&-``): Python has None for it, and the next file would get its number."""
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is not None:
            continue
        nowhere = os.open(os.devnull, os.O_RDWR)
        if nowhere != number:
            os.dup2(nowhere, number)
            os.close(nowhere)
        os.set_inheritable(number, True)
        setattr(sys, name, os.fdopen(number, "r" if name == "stdin" else "w", closefd=False, encoding="utf-8"))


def silence() -> None:
    """Point the standard streams nowhere, so that the interpreter does not fail on flushing them at its end."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (sys.stdout, sys.stderr):
        try:
            os.dup2(nowhere, stream.fileno())
        except (OSError, ValueError):
            continue
