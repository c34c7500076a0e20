"""Writes the progress of a run to standard error: one line that changes on a terminal, a line every few seconds elsewhere.

A thread of its own does all the writing, so that a terminal that is held (Ctrl-S) or gone never holds up the run.
"""

import contextlib
import os
import queue
import shutil
import sys
import threading
import time
from collections.abc import Sequence
from types import TracebackType
from typing import Protocol, Self

from pipeline.cli.text import printable
from pipeline.messages import ToPersist

TERMINAL_S = 0.25
PLAIN_S = 5.0
QUEUE_LINES = 1_000
CLOSE_S = 1.0


class Shown(Protocol):
    """What is displayed: lines that messages cause, and one that tells how far things are."""

    def take(self, message: ToPersist, now: float, /) -> Sequence[str]: ...

    def line(self, now: float) -> str: ...


class Display:
    """Shows what ``take`` is told, between entering and leaving it."""

    def __init__(self, progress: Shown, *, descriptor: int | None = None) -> None:
        self.progress = progress
        self._descriptor = sys.stderr.fileno() if descriptor is None else descriptor
        self._terminal = os.isatty(self._descriptor) and os.environ.get("TERM") != "dumb"
        self._lines: queue.Queue[str | None] = queue.Queue(QUEUE_LINES)
        self._thread = threading.Thread(target=self._show, name="display", daemon=True)
        self._closing = threading.Event()
        self._gone = False

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._closing.set()
        with contextlib.suppress(queue.Full):
            self._lines.put_nowait(None)
        self._thread.join(CLOSE_S)

    def take(self, message: ToPersist) -> None:
        """Never waits: a line that finds the queue full is left out, the counts are not."""
        for line in self.progress.take(message, time.monotonic()):
            try:
                self._lines.put_nowait(line)
            except queue.Full:
                return

    def _show(self) -> None:
        interval = TERMINAL_S if self._terminal else PLAIN_S
        due = time.monotonic() + interval
        while True:
            try:
                line = self._lines.get(timeout=max(0.0, due - time.monotonic()))
            except queue.Empty:
                due = time.monotonic() + interval
                self._write(self.progress.line(time.monotonic()), passing=True)
                continue
            if line is not None:
                self._write(line, passing=False)
            if self._closing.is_set() and self._lines.empty():
                if self._terminal:
                    self._put("\r\x1b[K")
                return

    def _write(self, line: str, *, passing: bool) -> None:
        line = printable(line)
        if not self._terminal:
            self._put(line + "\n")
        elif passing:
            self._put("\r" + line[: shutil.get_terminal_size().columns - 1] + "\x1b[K")
        else:
            self._put("\r\x1b[K" + line + "\n")

    def _put(self, text: str) -> None:
        rest = memoryview(text.encode("utf-8", "backslashreplace"))
        while rest and not self._gone:
            try:
                rest = rest[os.write(self._descriptor, rest) :]
            except OSError:  # the terminal was closed
                self._gone = True
