"""The log: one JSON object a line, written by a thread so that a full pipe never holds up the event loop.

A line that finds the queue full is dropped and counted; as soon as there is room again, a line ``log_lines_dropped`` tells how many.
Fields: ``timestamp`` (seconds since the epoch), ``level``, ``event`` (``pipeline.events``) and the event's own fields.
"""

import contextlib
import logging
import os
import queue
import select
import sys
import threading
import time
from collections.abc import Generator, MutableMapping
from typing import Any, Literal, TypeAlias

import msgspec
import structlog

Level: TypeAlias = Literal["debug", "info", "warning", "error"]

QUEUE_LINES = 10_000
LINE_BYTES = 64 * 1024
FIELD_CHARACTERS = 2_000  # of a field, in a line that would be longer
CLOSE_S = 2.0

_encoder = msgspec.json.Encoder(enc_hook=repr)


class LogWriter:
    """A bounded queue of lines and the thread that writes them to a file descriptor.

    ``dropped`` counts lines lost since the start: the queue was full, or the descriptor is gone.
    """

    def __init__(self, descriptor: int, *, capacity: int = QUEUE_LINES) -> None:
        self.dropped = 0
        self._descriptor = descriptor
        self._lines: queue.Queue[bytes | None] = queue.Queue(capacity)
        self._told = 0
        self._lock = threading.Lock()
        self._broken = False
        self._thread = threading.Thread(target=self._write, name="log-writer", daemon=True)
        self._thread.start()

    def msg(self, line: bytes) -> None:
        """Queue one line (without its newline); never waits."""
        try:
            self._lines.put_nowait(line)
        except queue.Full:
            with self._lock:
                self.dropped += 1

    debug = info = warning = error = critical = exception = log = msg

    def close(self, timeout: float = CLOSE_S) -> bool:
        """Write what is queued, for at most ``timeout`` seconds: whoever does not read the log cannot keep the program from ending.

        True when all was written and the descriptor is not used any more.
        """
        with contextlib.suppress(queue.Full):
            self._lines.put(None, timeout=timeout)
            self._thread.join(timeout)
        return not self._thread.is_alive()

    def _write(self) -> None:
        while (line := self._lines.get()) is not None:
            self._put(line + b"\n")
            with self._lock:
                lost, self._told = self.dropped - self._told, self.dropped
            if lost and not self._broken:
                self._put(
                    render(None, "warning", {"timestamp": time.time(), "level": "warning", "event": "log_lines_dropped", "lines": lost})
                    + b"\n"
                )

    def _put(self, text: bytes) -> None:
        rest = memoryview(text)
        while rest and not self._broken:
            try:
                rest = rest[os.write(self._descriptor, rest) :]
            except BlockingIOError:  # a terminal or pipe that another program made non-blocking
                select.select([], [self._descriptor], [])
            except OSError:  # the reader is gone: nothing will be read any more
                self._broken = True
        if self._broken:
            with self._lock:
                self.dropped += 1


def render(_logger: Any, _method: str, fields: MutableMapping[str, Any]) -> bytes:
    """One line of JSON, at most ``LINE_BYTES`` long; what JSON cannot hold is written as its Python form, surrogates escaped."""
    try:
        line = _encoder.encode(fields)
    except (UnicodeEncodeError, TypeError, ValueError):
        line = _encoder.encode(_safe(dict(fields)))
    if len(line) <= LINE_BYTES:
        return line
    return _encoder.encode(_safe({name: _short(item) for name, item in fields.items()}))


def _short(item: Any) -> Any:
    text = item if isinstance(item, str) else repr(item)
    return text[:FIELD_CHARACTERS] + "…" if len(text) > FIELD_CHARACTERS else item


def _safe(value: Any) -> Any:
    match value:
        case str():
            return value.encode("utf-8", "backslashreplace").decode()
        case dict():
            return {str(_safe(str(key))): _safe(item) for key, item in value.items()}
        case list() | tuple():
            return [_safe(item) for item in value]
        case None | bool() | int() | float():
            return value
        case _:
            return _safe(repr(value))


def _stamp(_logger: Any, method: str, fields: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    event = fields.pop("event")
    return {"timestamp": time.time(), "level": method, "event": event, **fields}


@contextlib.contextmanager
def logging_to(file: str | None = None, *, level: Level = "info") -> Generator[LogWriter]:
    """Send the log to a file (appending) or, without one, to standard error, until the block is left.

    Raises ``OSError`` where the file cannot be opened.
    """
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644) if file else sys.stderr.fileno()
    writer = LogWriter(descriptor)
    before = structlog.get_config()
    structlog.configure(
        processors=[_stamp, structlog.processors.format_exc_info, render],
        wrapper_class=structlog.make_filtering_bound_logger(_numbers[level]),
        logger_factory=lambda *_: writer,
        cache_logger_on_first_use=False,
    )
    try:
        yield writer
    finally:
        structlog.configure(**before)
        if writer.close() and file:
            os.close(descriptor)


_numbers = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}
