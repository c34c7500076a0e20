"""The one thread that writes. It makes a transaction of each batch handed over, and after an error does nothing any more."""

import queue
import sqlite3
import threading
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from pipeline.errors import StoreError
from pipeline.events import log
from pipeline.messages import RunEnded, ToPersist, VerdictBatch
from stages.persist import retention
from stages.persist.config import PersistConfig
from stages.persist.database import explained, open_for_writing
from stages.persist.record import Recorder

Done = Callable[[BaseException | None], None]  # called in the writer's thread, with what went wrong


class Writer:
    """``open`` first; then batches by ``submit``, each answered by its ``done``; ``close`` after the last."""

    def __init__(self, path: Path, config: PersistConfig) -> None:
        self._path = path
        self._config = config
        self._work: queue.SimpleQueue[tuple[list[ToPersist] | None, Done]] = queue.SimpleQueue()  # bounded by its user: one at a time
        self._committed: Counter[str] = Counter()
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="store-writer", daemon=True)

    def start(self, done: Done) -> None:
        """Open the store in the writer's thread; ``done`` hears of the StoreError that hinders it."""
        self._work.put(([], done))
        self._thread.start()

    def submit(self, messages: list[ToPersist], done: Done) -> None:
        """Commit ``messages`` as one transaction: all of them or, with an error told to ``done``, none."""
        self._work.put((messages, done))

    def close(self, done: Done) -> None:
        """Close the store behind the last batch and end the thread."""
        self._work.put((None, done))

    def _run(self) -> None:
        connection: sqlite3.Connection | None = None
        recorder: Recorder | None = None
        while True:
            messages, done = self._work.get()
            failure = None if messages is None else self._failure
            try:
                if messages is None:
                    if connection is not None:
                        with explained(self._path, "closing it"):
                            connection.close()
                elif failure is None:
                    if connection is None or recorder is None:
                        connection = self._open()
                        recorder = Recorder(connection, self._config)
                    self._write(connection, recorder, messages)
            except BaseException as error:  # noqa: BLE001 - told to the stage, which raises it
                failure = self._failure = error
            done(failure)
            if messages is None:
                return

    def _open(self) -> sqlite3.Connection:
        connection, version, had = open_for_writing(self._path, lock_wait_ms=self._config.lock_wait_ms)
        log("store_opened", path=str(self._path), version=version, migrated_from=had, level="debug")
        return connection

    def _write(self, connection: sqlite3.Connection, recorder: Recorder, messages: list[ToPersist]) -> None:
        if not messages:
            return
        try:
            with explained(self._path, "writing to it"):
                try:
                    connection.execute("BEGIN IMMEDIATE")
                    recorder.record(messages)
                    connection.execute("COMMIT")
                except BaseException:
                    if connection.in_transaction:
                        connection.execute("ROLLBACK")
                    raise
        except StoreError as error:
            raise self._told(error) from error
        self._count(messages)
        if any(isinstance(message, RunEnded) for message in messages):
            with explained(self._path, "removing old runs from it"):
                if retention.retain(connection, self._config):
                    recorder.forget()

    def _count(self, messages: list[ToPersist]) -> None:
        for message in messages:
            match message:
                case VerdictBatch():
                    self._committed[message.run] += len(message.verdicts)
                case RunEnded():
                    self._committed.pop(message.run, None)
                case _:
                    pass

    def _told(self, error: StoreError) -> StoreError:
        """The error, and what is safe in spite of it."""
        kept = ", ".join(f"{count} verdicts of run {run}" for run, count in self._committed.items())
        return StoreError(f"{error}. Committed since the start and safe: {kept or 'no verdicts'}")
