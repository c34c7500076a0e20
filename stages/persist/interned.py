"""What stands once in the store and is referred to by number or digest: names, causes, bodies."""

import sqlite3

from pipeline.messages import Failure
from stages.persist import encode

_CACHED = 20_000  # entries; a cache that is full starts again


class Interned:
    """Finds or makes the row of a name, a cause, a body. Call ``refresh`` first in each transaction."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._names: dict[str, int] = {}
        self._causes: dict[tuple[str | int, ...], int] = {}
        self._bodies: set[bytes] = set()
        self._data_version = -1

    def refresh(self) -> None:
        """Forget what another process may have removed since the last transaction."""
        (version,) = self._connection.execute("PRAGMA data_version").fetchone()
        if version != self._data_version:
            self._data_version = version
            self.forget()

    def forget(self) -> None:
        self._names.clear()
        self._causes.clear()
        self._bodies.clear()

    def name(self, name: str) -> int:
        found = self._names.get(name)
        if found is None:
            if len(self._names) >= _CACHED:
                self._names.clear()
            stored = encode.text(name)
            self._connection.execute("INSERT OR IGNORE INTO names (name) VALUES (?)", (stored,))
            (found,) = self._connection.execute("SELECT id FROM names WHERE name = ?", (stored,)).fetchone()
            self._names[name] = found
        return found

    def cause(self, failure: Failure) -> int:
        """The row of all that a failure has in common with the others of its cause: everything but ``step`` and ``detail``."""
        values = (
            encode.text(failure.key),
            failure.check,
            failure.severity,
            encode.text(failure.title),
            encode.text(failure.rule),
            encode.text(failure.operation),
            encode.text(failure.signature),
            int(failure.note),
        )
        found = self._causes.get(values)
        if found is None:
            if len(self._causes) >= _CACHED:
                self._causes.clear()
            digest = encode.digest(encode.encode(values))
            self._connection.execute(
                "INSERT OR IGNORE INTO causes (digest, key, check_name, severity, title, rule, operation, signature, note)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (digest, *values),
            )
            (found,) = self._connection.execute("SELECT id FROM causes WHERE digest = ?", (digest,)).fetchone()
            self._causes[values] = found
        return found

    def body(self, content: bytes) -> bytes:
        """Keep a body, once; its digest."""
        digest = encode.digest(content)
        if digest in self._bodies:
            return digest
        if len(self._bodies) >= _CACHED:
            self._bodies.clear()
        if self._connection.execute("SELECT 1 FROM bodies WHERE digest = ?", (digest,)).fetchone() is None:
            compressed, packed = encode.pack_body(content)
            self._connection.execute(
                "INSERT INTO bodies (digest, size_bytes, compressed, content) VALUES (?, ?, ?, ?)",
                (digest, len(content), compressed, packed),
            )
        self._bodies.add(digest)
        return digest
