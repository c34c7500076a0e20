"""What is removed when a run has ended, so that a store does not grow for ever.

In order: runs past ``keep_runs`` of their target; while the store is above ``max_store_bytes``, the exchanges of runs that are not
their target's last, oldest first; then such runs themselves; then the exchanges without a failure of the last runs. Never removed:
the last run of a target and its findings, a finding's latest evidence, objects still to be removed from the target, requests that
may have happened, what a running process works on.
"""

import sqlite3
from collections.abc import Callable, Iterator
from functools import partial

from stages.persist import owner
from stages.persist.config import PersistConfig


def retain(connection: sqlite3.Connection, config: PersistConfig) -> int:
    """Apply the limits, in transactions of their own; the number of runs whose rows were removed. Raises sqlite3.Error."""
    removed = 0
    for seq in _past(connection, config.keep_runs):
        _transaction(connection, partial(_remove_run, connection, seq))
        removed += 1
    if removed:
        _collect(connection)
    for step in _smaller(connection):
        if _used_bytes(connection) <= config.max_store_bytes:
            break
        removed += step()
        _collect(connection)
    return removed


def _past(connection: sqlite3.Connection, keep_runs: int) -> list[int]:
    rows = connection.execute(
        "SELECT seq, state, owner FROM (SELECT seq, state, owner, row_number() OVER (PARTITION BY target ORDER BY seq DESC) AS age"
        " FROM runs WHERE pruned = 0) WHERE age > ? ORDER BY seq",
        (max(keep_runs, 1),),
    ).fetchall()
    return [seq for seq, state, who in rows if not _at_work(state, who)]


def _at_work(state: str, who: str) -> bool:
    return state == "running" and owner.alive(who)


def _smaller(connection: sqlite3.Connection) -> Iterator[Callable[[], int]]:
    """What can be done about the size, mildest first."""
    old = _past(connection, 1)
    last = [seq for (seq,) in connection.execute("SELECT max(seq) FROM runs WHERE pruned = 0 GROUP BY target").fetchall()]
    for seq in old:
        yield partial(_transaction, connection, partial(_remove_exchanges, connection, seq, "1"))
    for seq in old:
        yield partial(_transaction, connection, partial(_remove_run, connection, seq))
    for seq in last:
        yield partial(_transaction, connection, partial(_remove_exchanges, connection, seq, "failing = 0"))


def _transaction(connection: sqlite3.Connection, work: Callable[[], int]) -> int:
    connection.execute("BEGIN IMMEDIATE")
    try:
        result = work()
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    return result


def _remove_exchanges(connection: sqlite3.Connection, seq: int, which: str) -> int:
    connection.execute(f"DELETE FROM exchanges WHERE run = ? AND {which}", (seq,))  # noqa: S608 - one of two literals above
    connection.execute(
        "DELETE FROM body_uses WHERE run = ? AND owner NOT IN (SELECT finding FROM sightings WHERE run = ?)"
        " AND owner NOT IN (SELECT ordinal || '/' || attempt FROM exchanges WHERE run = ?)",
        (seq, seq, seq),
    )
    connection.execute("UPDATE runs SET keep = 'findings' WHERE seq = ?", (seq,))  # it cannot be fed back any more
    return 0


def _remove_run(connection: sqlite3.Connection, seq: int) -> int:
    for table in ("verdicts", "failures", "exchanges", "jobs", "decisions", "products", "not_made", "coverage", "target_states"):
        connection.execute(f"DELETE FROM {table} WHERE run = ?", (seq,))  # noqa: S608 - one of the literals above
    connection.execute("UPDATE runs SET pruned = 1 WHERE seq = ?", (seq,))
    return 1


def _collect(connection: sqlite3.Connection) -> None:
    """Remove what nothing refers to any more and give the room back to the file system."""
    _transaction(connection, partial(_remove_unreferred, connection))
    connection.executescript("PRAGMA incremental_vacuum")  # ``execute`` takes one step of it, which frees one page
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()


def _remove_unreferred(connection: sqlite3.Connection) -> int:
    pruned = "run IN (SELECT seq FROM runs WHERE pruned = 1)"
    connection.execute(f"DELETE FROM made WHERE removed = 1 AND {pruned}")  # noqa: S608 - the literal above
    connection.execute(
        f"DELETE FROM sightings WHERE {pruned} AND (standing = 'gone' OR NOT EXISTS (SELECT 1 FROM findings JOIN runs"  # noqa: S608 - as above
        " ON runs.id = findings.last_run WHERE findings.id = finding AND runs.seq = run AND findings.standing <> 'gone'))"
    )
    connection.execute(
        f"DELETE FROM body_uses WHERE {pruned} AND NOT EXISTS"  # noqa: S608 - as above
        " (SELECT 1 FROM sightings WHERE sightings.run = body_uses.run AND finding = owner)"
    )
    connection.execute("DELETE FROM bodies WHERE digest NOT IN (SELECT digest FROM body_uses)")
    connection.execute("DELETE FROM causes WHERE id NOT IN (SELECT cause FROM failures)")
    connection.execute(
        "DELETE FROM runs WHERE pruned = 1 AND seq NOT IN (SELECT run FROM made) AND seq NOT IN (SELECT run FROM intents)"
        " AND seq NOT IN (SELECT run FROM sightings)"
    )
    connection.execute("DELETE FROM apis WHERE digest NOT IN (SELECT api FROM runs)")
    return 0


def _used_bytes(connection: sqlite3.Connection) -> int:
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    (free,) = connection.execute("PRAGMA freelist_count").fetchone()
    (size,) = connection.execute("PRAGMA page_size").fetchone()
    return int(pages - free) * int(size)
