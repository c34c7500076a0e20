"""A finding across the runs of its target: new, still there, gone, back."""

import sqlite3
from typing import Literal

from pipeline.messages import Coverage, Finding, RunRequested
from stages.persist import encode

Standing = Literal["new", "still there", "gone", "back"]

_THOROUGH = ("budget", "exhausted")  # how a run ends that looked at all it wanted to look at


def sighted(connection: sqlite3.Connection, finding: Finding, *, target: str, now: float) -> Standing:
    """Note that ``finding.run`` shows the finding; its standing in that run. Saying it again for one run changes nothing."""
    row: tuple[str, Standing] | None
    row = connection.execute("SELECT last_run, standing FROM findings WHERE id = ?", (finding.id,)).fetchone()
    standing: Standing
    if row is None:
        standing = "new"
    elif row[0] == finding.run and row[1] != "gone":
        standing = row[1]
    else:
        standing = "back" if row[1] == "gone" else "still there"
    if finding.merged_into:  # another finding stands for it now; what was never seen before this run has no history of its own
        connection.execute("DELETE FROM findings WHERE id = ? AND first_run = ?", (finding.id, encode.text(finding.run)))
        return standing
    if finding.state == "suspected":  # not history yet: the word after verification is
        return standing
    run, key, operation = encode.text(finding.run), encode.text(finding.key), encode.text(finding.operation)
    connection.execute(
        "INSERT INTO findings (id, key, target, operation, agent, first_run, first_seen_at, last_run, last_seen_at, standing)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE"
        " SET last_run = excluded.last_run, last_seen_at = excluded.last_seen_at, standing = excluded.standing, agent = excluded.agent",
        (finding.id, key, target, operation, finding.agent, run, now, run, now, standing),
    )
    return standing


def missed(connection: sqlite3.Connection, seq: int, request: RunRequested, coverage: Coverage, *, target: str, reason: str) -> list[str]:
    """At the end of a run: the findings of its target that it did not see although it looked there; they are gone.

    A run has looked when it ended by itself, had the agent that found it, and its operation answered. Returns their ids.
    """
    if reason not in _THOROUGH:
        return []
    answered = {one.operation for one in coverage.operations if any(status != "0" for status in one.statuses)}
    rows = connection.execute(
        "SELECT id, operation, agent FROM findings WHERE target = ? AND standing <> 'gone'"
        " AND NOT EXISTS (SELECT 1 FROM sightings WHERE run = ? AND finding = findings.id)",
        (target, seq),
    ).fetchall()
    gone = [row[0] for row in rows if row[1] in answered and row[2] in request.agents]
    for finding in gone:
        connection.execute("UPDATE findings SET standing = 'gone' WHERE id = ?", (finding,))
        connection.execute(
            "INSERT INTO sightings (run, finding, standing, state, check_name, severity, operation, title, note)"
            " SELECT ?, finding, 'gone', state, check_name, severity, operation, title, note FROM sightings"
            " WHERE finding = ? ORDER BY run DESC LIMIT 1",
            (seq, finding),
        )
    return gone
