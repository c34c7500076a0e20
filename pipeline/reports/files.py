"""Reports to files, whole or not at all."""

import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from pipeline.errors import UsageError
from pipeline.reports.junit import junit
from pipeline.reports.ndjson import ndjson
from pipeline.reports.text import summary_text
from pipeline.reports.told import Told, told
from pipeline.reports.whole import write_whole
from stages.persist import Store


def _ndjson(of: Told) -> Iterator[str]:
    for line in ndjson(of):
        yield line + "\n"


def _junit(of: Told) -> Iterator[str]:
    yield junit(of)


def _text(of: Told) -> Iterator[str]:
    yield summary_text(of)


FORMATS: dict[str, Callable[[Told], Iterable[str]]] = {"ndjson": _ndjson, "junit": _junit, "text": _text}


def write_report(report_format: str, path: str, store: Store, run: str = "last") -> None:
    """Write the report of a run to ``path``: a file, replaced at once when the report is whole, or "-" for standard output.

    Raises UsageError for a format or path that cannot be, StoreError.
    """
    make = FORMATS.get(report_format)
    if make is None:
        raise UsageError(f"there is no report {report_format!r}: choose among {', '.join(FORMATS)}")
    parts = make(told(store, run))
    if path == "-":
        for part in parts:
            sys.stdout.buffer.write(part.encode("utf-8", "backslashreplace"))
        sys.stdout.buffer.flush()
        return
    try:
        write_whole(Path(path), (part.encode("utf-8", "backslashreplace") for part in parts))
    except (OSError, ValueError) as error:
        raise _unwritable(path, error) from error


def check_writable(path: str) -> None:
    """Find out before a run whether a report could be written after it. Raises UsageError."""
    if path == "-":
        return
    try:
        target = Path(path).resolve()
        if target.is_dir():
            raise IsADirectoryError(21, "is a directory")
        if target.exists() and not target.is_file():
            return  # a device, a pipe
        with tempfile.TemporaryFile(dir=target.parent):
            pass
    except (OSError, ValueError) as error:
        raise _unwritable(path, error) from error


def _unwritable(path: str, error: OSError | ValueError) -> UsageError:
    why = error.strerror if isinstance(error, OSError) else error
    return UsageError(f"the report {path!r} cannot be written ({why}): name a file in a folder that exists and may be written to")
