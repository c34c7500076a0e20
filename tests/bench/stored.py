"""What a store holds, read with SQL from outside, so that a fault of the product's own reader cannot hide one of its writer."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

Trials = dict[tuple[int, int], str]  # (ordinal, attempt) -> digest of the case


def differing(one: Trials, other: Trials) -> int:
    """How many trials are in one only, or are of another case."""
    return sum(one.get(key) != other.get(key) for key in one.keys() | other.keys())


@contextmanager
def opened(store: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(f"file:{store}?mode=ro", uri=True)) as connection:
        yield connection


def runs(store: Path) -> list[str]:
    """The runs' ids, oldest first; none in a store whose making was cut short."""
    with opened(store) as connection:
        if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'runs'").fetchone():
            return []
        return [row[0] for row in connection.execute("SELECT id FROM runs ORDER BY seq")]


def ended(store: Path, run: str) -> bool:
    with opened(store) as connection:
        return bool(connection.execute("SELECT 1 FROM runs WHERE id = ? AND state = 'ended'", (run,)).fetchone())


def trials(store: Path, run: str) -> Trials:
    """Every committed trial of a run but those that cleaned up. Raises AssertionError where two rows have the same key."""
    with opened(store) as connection:
        sql = "SELECT ordinal, attempt, digest FROM trials WHERE run = ? AND purpose <> 'cleanup'"
        rows = connection.execute(sql, (run,)).fetchall()
    found = {(ordinal, attempt): digest for ordinal, attempt, digest in rows}
    assert len(found) == len(rows), "a trial is there twice"
    return found


def undecided(store: Path, run: str) -> list[str]:
    """Unsafe requests that may have happened, as "METHOD path template"."""
    sql = "SELECT intents.request FROM intents JOIN runs ON runs.seq = intents.run WHERE runs.id = ?"
    with opened(store) as connection:
        return [row[0] for row in connection.execute(sql, (run,))]


def left(store: Path, run: str) -> list[str]:
    """Paths of objects that the store knows to be at the target still."""
    sql = "SELECT made.path FROM made JOIN runs ON runs.seq = made.run WHERE runs.id = ? AND removed = 0"
    with opened(store) as connection:
        return [row[0] for row in connection.execute(sql, (run,))]


def explored(of: Trials) -> Trials:
    """The cases that the schedule chose, without those sent again to confirm or to minimise."""
    return {key: digest for key, digest in of.items() if key[1] == 0}
