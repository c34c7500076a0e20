"""Having a specification drawn by a process of its own, and written to a file that is whole or not there."""

import contextlib
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Literal, TypeAlias

import msgspec

from pipeline.errors import SentinelError, UsageError
from pipeline.measured import draw
from pipeline.measured.plots import Spec
from pipeline.reports.whole import write_whole

Form: TypeAlias = Literal["png", "svg", "json"]
WITHIN_S = 60.0
_BEGINS = {"png": b"\x89PNG\r\n\x1a\n", "svg": b"<svg"}


class DrawingFailed(SentinelError):
    """The process that draws ended badly, hung, or made no picture."""


def form_of(path: str) -> Form:
    """The form that a file's name asks for. Raises UsageError."""
    match Path(path).suffix.lower():
        case ".png":
            return "png"
        case ".svg":
            return "svg"
        case ".json":
            return "json"
        case _:
            raise UsageError(f"{path}: a plot is FILE.png, FILE.svg, or FILE.json (or FILE.vl.json) for its Vega-Lite specification")


def plotted(spec: Spec, path: str) -> None:
    """Write the picture, or the specification itself where the name ends in ``.json``. Raises UsageError, DrawingFailed."""
    form = form_of(path)
    text = msgspec.json.encode(spec)
    content = msgspec.json.format(text, indent=1) + b"\n" if form == "json" else drawn(text, form)
    try:
        write_whole(Path(path), [content])
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else error
        raise UsageError(f"{path} cannot be written: {why}") from error


def drawn(text: bytes, form: Literal["png", "svg"], *, within_s: float = WITHIN_S) -> bytes:
    """The picture of a specification. Raises UsageError where the extra is not installed, DrawingFailed."""
    command = [sys.executable, "-P", draw.__file__, form]  # -P: nothing of the current folder is imported
    pipes = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipes, stdout=pipes, stderr=pipes, start_new_session=True) as process:
        try:
            picture, said = process.communicate(text, timeout=within_s)
        except BaseException as error:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            if isinstance(error, subprocess.TimeoutExpired):
                late = f"the plot was not drawn within {within_s:g} s; FILE.json writes its specification without drawing"
                raise DrawingFailed(late) from None
            raise
    if process.returncode == draw.NOT_INSTALLED:
        raise UsageError(
            "plots need the extra `plots`: pip install 'sentinel-pipeline[plots]'; FILE.json writes the specification without it"
        )
    if process.returncode != 0 or not picture.startswith(_BEGINS[form]):
        raise DrawingFailed(f"the plot was not drawn: {_end(process.returncode, said)}; FILE.json writes its specification without drawing")
    return picture


def _end(status: int, said: bytes) -> str:
    last = said.decode(errors="replace").strip().rpartition("\n")[2][:300]
    how = f"its process ended by signal {-status}" if status < 0 else f"its process ended with status {status}"
    return f"{how} ({last})" if last else how
