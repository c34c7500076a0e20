"""Opening a store's file, safely: whatever is wrong with it becomes a ``StoreError`` that says what and what to do."""

import contextlib
import sqlite3
import stat
import time
from collections.abc import Generator, Iterator
from pathlib import Path

from pipeline.errors import StoreError
from stages.persist import schema

_MAGIC = b"SQLite format 3\0"
_LOOK_AGAIN_S = 0.01
_CHECKED_WHOLE_BYTES = 32 << 20  # a store up to this size is checked whole when it is opened: tens of milliseconds

_ADVICE = {
    sqlite3.SQLITE_FULL: "the disk is full: free some space; what was committed before is kept, `sentinel run --resume` goes on from there",
    sqlite3.SQLITE_IOERR: "the disk failed or a limit on its use was met: check it; what was committed before is kept",
    sqlite3.SQLITE_BUSY: "another process holds it: wait until that ends, or use another store (--store FILE)",
    sqlite3.SQLITE_LOCKED: "another process holds it: wait until that ends, or use another store (--store FILE)",
    sqlite3.SQLITE_READONLY: "it is read-only: change the permissions of file and folder, or use another store (--store FILE)",
    sqlite3.SQLITE_PERM: "access is denied: change the permissions of file and folder, or use another store (--store FILE)",
    sqlite3.SQLITE_AUTH: "access is denied: change the permissions of file and folder, or use another store (--store FILE)",
    sqlite3.SQLITE_CANTOPEN: "it cannot be opened: check that its folder exists and may be written to, or use another store (--store FILE)",
    sqlite3.SQLITE_CORRUPT: "it is corrupt: `sqlite3 FILE .recover` saves what can be saved; move it away to begin a new one",
    sqlite3.SQLITE_NOTADB: "it is corrupt or no store at all: move it away, or use another store (--store FILE)",
}


@contextlib.contextmanager
def explained(path: Path, doing: str) -> Generator[None]:
    """Turn what sqlite3 raises inside into StoreError: "store PATH: DOING failed: it is read-only: ... (attempt to write ...)"."""
    try:
        yield
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorcode", None)
        advice = _ADVICE.get(code & 0xFF) if isinstance(code, int) else None
        raise StoreError(f"store {path}: {doing} failed: {advice or 'SQLite refused'} ({error})") from error
    except UnicodeDecodeError as error:  # the sqlite3 module, over a message in which SQLite quotes a broken schema
        raise StoreError(f"store {path}: {doing} failed: {_ADVICE[sqlite3.SQLITE_CORRUPT]} ({error})") from error


def open_for_writing(path: Path, *, lock_wait_ms: int) -> tuple[sqlite3.Connection, int, int]:
    """Open, create or migrate the store; returns the connection, its version and the version it had (0: just made).

    The connection is in autocommit mode (transactions are begun by hand) and may be used by one thread at a time. Raises StoreError.
    """
    _look_at(path)
    with explained(path, "opening it"):
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreError(f"store {path}: its folder cannot be made ({error.strerror}): use another store (--store FILE)") from error
        connection = sqlite3.connect(path, timeout=lock_wait_ms / 1000, isolation_level=None, check_same_thread=False)
        try:
            had = _set_up(connection, path, lock_wait_ms / 1000)
        except BaseException:
            connection.close()
            raise
    return connection, len(schema.MIGRATIONS), had


def open_for_reading(path: Path) -> sqlite3.Connection:
    """Open an existing store; nothing is written, a writer may be at work. Raises StoreError."""
    _look_at(path)
    if not path.exists() or path.stat().st_size == 0:
        raise StoreError(f"store {path}: there is none: `sentinel run` makes one, --store FILE names another")
    with explained(path, "opening it"):
        connection = _connect_readonly(path)
        try:
            version = _version(connection, path)
        except BaseException:
            connection.close()
            raise
        if version != len(schema.MIGRATIONS):
            connection.close()
            raise StoreError(f"store {path}: its version {version} is old: the next `sentinel run` with this store brings it up to date")
    return connection


def _connect_readonly(path: Path) -> sqlite3.Connection:
    uri = path.absolute().as_uri()
    # "rw", as only a connection that may write clears up the side files of the log when it was the last one
    connection = sqlite3.connect(uri + "?mode=rw", uri=True, isolation_level=None, check_same_thread=False, timeout=5)
    try:
        connection.execute("PRAGMA query_only = ON")
        connection.execute("PRAGMA schema_version").fetchone()
    except sqlite3.OperationalError:
        # In a folder that may not be written to, SQLite cannot make those files. With no log beside it the store's file is complete.
        connection.close()
        if path.with_name(path.name + "-wal").exists():
            raise
        connection = sqlite3.connect(uri + "?mode=ro&immutable=1", uri=True, isolation_level=None, check_same_thread=False)
    return connection


def _look_at(path: Path) -> None:
    """Refuse what is no store before SQLite could touch it."""
    try:
        found = path.stat()
        if stat.S_ISDIR(found.st_mode):
            raise StoreError(f"store {path}: is a directory: give the name of a file in it (--store FILE)")
        if not stat.S_ISREG(found.st_mode):
            raise StoreError(f"store {path}: is no regular file: use another store (--store FILE)")
        with path.open("rb") as file:
            head = file.read(len(_MAGIC))
    except FileNotFoundError:
        return
    except OSError as error:
        raise StoreError(
            f"store {path}: cannot be read ({error.strerror}): change its permissions or use another store (--store FILE)"
        ) from error
    except ValueError as error:  # a NUL in the name
        raise StoreError(f"store {str(path)!r}: is no file name ({error})") from error
    if head and head != _MAGIC:
        raise StoreError(f"store {path}: is not a store of Sentinel but some other file: use another store (--store FILE)")


def _version(connection: sqlite3.Connection, path: Path) -> int:
    """The store's version, 0 for an empty file. Raises StoreError for a foreign or newer database."""
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()  # first: they come with the id
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if application != schema.APPLICATION_ID:
        if tables or application:
            raise StoreError(f"store {path}: is a database of some other program: use another store (--store FILE)")
        return 0
    if version > len(schema.MIGRATIONS):
        raise StoreError(
            f"store {path}: was written by a newer Sentinel (version {version}, this one knows {len(schema.MIGRATIONS)}): "
            "upgrade Sentinel or use another store (--store FILE)"
        )
    return int(version)


def _set_up(connection: sqlite3.Connection, path: Path, lock_wait_s: float) -> int:
    had = _version(connection, path)
    if had == 0:
        connection.execute("PRAGMA auto_vacuum = INCREMENTAL")  # only possible before the first table
    elif path.stat().st_size <= _CHECKED_WHOLE_BYTES:
        (sound,) = connection.execute("PRAGMA quick_check(1)").fetchone()
        if sound != "ok":
            raise StoreError(f"store {path}: {_ADVICE[sqlite3.SQLITE_CORRUPT]} ({sound})")
    if _with_log(connection, lock_wait_s) != "wal":
        raise StoreError(f"store {path}: its file system cannot hold a write-ahead log: use a local disk (--store FILE)")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA cache_size = -2048")  # rows are appended: more only fills up, and looks like a leak for 50,000 requests
    connection.execute(f"PRAGMA journal_size_limit = {16 << 20}")
    _migrate(connection, path)
    return had


def _with_log(connection: sqlite3.Connection, lock_wait_s: float) -> str:
    """Turn the write-ahead log on; the mode that came of it. SQLite's own wait for a lock does not hold for this: of two processes that
    make one store, one would be refused."""
    until = time.monotonic() + lock_wait_s
    while True:
        try:
            (mode,) = connection.execute("PRAGMA journal_mode = WAL").fetchone()
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() >= until:
                raise
            time.sleep(_LOOK_AGAIN_S)
        else:
            return str(mode)


def _migrate(connection: sqlite3.Connection, path: Path) -> None:
    if _version(connection, path) == len(schema.MIGRATIONS):
        return
    connection.execute("BEGIN IMMEDIATE")
    try:
        for number in range(_version(connection, path), len(schema.MIGRATIONS)):  # read again: another process may have been first
            for statement in _statements(schema.MIGRATIONS[number]):
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {number + 1}")
        connection.execute(f"PRAGMA application_id = {schema.APPLICATION_ID}")
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _statements(script: str) -> Iterator[str]:
    """The statements of a script (``executescript`` would commit the transaction around it)."""
    statement = ""
    for line in script.splitlines():
        statement += line + "\n"
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
