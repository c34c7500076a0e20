"""Reading the store: what commands, reports and a resumed run ask it. Nothing here writes."""

import time
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

import msgspec
from msgspec import msgpack

from pipeline.errors import StoreError, UsageError
from pipeline.messages import (
    Api,
    Coverage,
    DecisionRow,
    Exchange,
    JobRow,
    Plan,
    Record,
    TargetState,
    Verdict,
)
from stages.persist import encode, rows
from stages.persist.database import explained, open_for_reading, open_for_writing
from stages.persist.journal import unpack_made
from stages.persist.rows import FindingRow, NotMadeRow, OpenObject, ProductRow, RunRow, Undecided

_T = TypeVar("_T")

_LATEST_OF = f"{rows.SIGHTINGS} WHERE finding = ? AND evidence IS NOT NULL"
_coverage_decoder = msgpack.Decoder(Coverage)
_product_decoder = msgpack.Decoder(Plan | Record)
_decision_decoder = msgpack.Decoder(DecisionRow)


class _Differs(msgspec.Struct, tag="decision-row"):
    """Of a decision only what says that answers differ: the rest is passed over."""

    differs: str = ""


_differs_decoder = msgpack.Decoder(_Differs)


def prepare(path: Path | str, *, lock_wait_ms: int = 5_000) -> None:
    """Make the store, or bring it up to date, before anything is sent anywhere. Raises StoreError."""
    path = Path(path)
    connection, _, _ = open_for_writing(path, lock_wait_ms=lock_wait_ms)
    with explained(path, "writing to it"):
        connection.execute("BEGIN IMMEDIATE")  # a store that cannot be written says so here
        connection.execute("ROLLBACK")
    connection.close()


def forget_snapshot(path: Path | str, name: str) -> None:
    """Remove the state that a stage left under this name. Raises StoreError."""
    path = Path(path)
    connection, _, _ = open_for_writing(path, lock_wait_ms=5_000)
    with explained(path, "writing to it"):
        connection.execute("DELETE FROM snapshots WHERE name = ?", (name,))
    connection.close()


def keep_snapshot(path: Path | str, name: str, state: bytes) -> None:
    """Put a state under this name, in place of what a stage left there; makes the store where there is none. Raises StoreError."""
    path = Path(path)
    connection, _, _ = open_for_writing(path, lock_wait_ms=5_000)
    with explained(path, "writing to it"):
        connection.execute("INSERT OR REPLACE INTO snapshots (name, state, written_at) VALUES (?, ?, ?)", (name, state, time.time()))
    connection.close()


class Store:
    """A store, opened for reading; a run may be writing to it. Every method raises StoreError when the file fails."""

    def __init__(self, path: Path | str) -> None:
        self.path = Path(path)
        self._connection = open_for_reading(self.path)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        self._connection.close()

    # ── Runs ──────────────────────────────────────────────────────────────────────────────────────────────────────────

    def runs(self) -> list[RunRow]:
        """All runs, the newest first."""
        return [self._decoded(rows.run_row, row) for row in self._all(f"{rows.RUNS} ORDER BY seq DESC")]

    def run(self, name: str) -> RunRow:
        """The run of this id or unambiguous beginning of it; "last" is the newest. Raises UsageError where there is none."""
        return self._decoded(rows.run_row, self._run(name))

    def interrupted(self) -> list[RunRow]:
        """Runs that `--resume` can go on with, the newest first."""
        return [run for run in self.runs() if run.state == "interrupted" and not run.pruned and run.request is not None]

    def api(self, digest: str) -> Api | None:
        """The normalised document that a run was made of."""
        for (blob,) in self._all("SELECT model FROM apis WHERE digest = ?", digest):
            return self._decoded(encode.unpack_api, blob)
        return None

    # ── Findings ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def findings(self, run: str = "last", *, notes: bool = False) -> list[FindingRow]:
        """What the run shows, the gravest first; with ``notes`` also, behind, what is noted only or was not seen again."""
        seq = self._run(run)[0]
        which = "" if notes else " AND note = 0 AND sightings.state = 'confirmed'"
        found = self._all(f"{rows.SIGHTINGS} WHERE sightings.run = ? AND evidence IS NOT NULL AND merged_into = ''{which}", seq)
        return sorted([self._finding_row(row) for row in found], key=rows.gravity)

    def gone(self, run: str = "last") -> list[FindingRow]:
        """Findings (and notes) of earlier runs that this one did not see although it looked; each as it was seen last."""
        seq = self._run(run)[0]
        found: list[FindingRow] = []
        for (finding,) in self._all("SELECT finding FROM sightings WHERE run = ? AND standing = 'gone'", seq):
            before = self._all(f"{_LATEST_OF} AND sightings.run < ? ORDER BY seq DESC LIMIT 1", finding, seq)
            found += [msgspec.structs.replace(self._finding_row(row), standing="gone") for row in before]
        return sorted(found, key=rows.gravity)

    def finding(self, name: str) -> FindingRow:
        """The finding of this id, or unambiguous beginning of it, as it was seen last; where another stands for it now, that one.

        Raises UsageError where there is none.
        """
        ids = self._all("SELECT DISTINCT finding FROM sightings WHERE substr(finding, 1, ?) = ? LIMIT 6", len(name), name)
        if not ids or not name:
            raise UsageError(f"there is no finding {name!r} in {self.path}: `sentinel findings` lists them")
        if len(ids) > 1:
            raise UsageError(f"finding {name!r} is ambiguous: {', '.join(row[0] for row in ids[:5])}: give more of it")
        latest = self._all(f"{_LATEST_OF} ORDER BY seq DESC LIMIT 1", ids[0][0])
        if not latest:
            raise UsageError(f"the evidence of finding {name!r} is not kept any more in {self.path}")
        row = self._finding_row(latest[0])
        return self.finding(row.finding.merged_into) if row.finding.merged_into else row

    # ── What happened in a run ────────────────────────────────────────────────────────────────────────────────────────

    def verdicts(self, run: str = "last") -> Iterator[Verdict]:
        """Every committed verdict, by (ordinal, attempt), as a resumed run folds them: without ``exchange``, ``made`` and ``removed``."""
        seq = self._run(run)[0]
        with explained(self.path, "reading it"):
            failures = rows.by_trial(self._connection.execute(rows.FAILURES, (seq,)))
            for row in self._connection.execute(rows.VERDICTS, (seq,)):
                yield self._decoded(rows.verdict, row, failures(row[0], row[1]))

    def count(self, run: str = "last") -> int:
        """How many verdicts the run has."""
        return int(self._all("SELECT count(*) FROM verdicts WHERE run = ?", self._run(run)[0])[0][0])

    def exchanges(self, run: str = "last") -> Iterator[Exchange]:
        """The kept exchanges, by (ordinal, attempt) of their trials; all there were if the run's ``keep`` is "all"."""
        seq = self._run(run)[0]
        with explained(self.path, "reading it"):
            for (blob,) in self._connection.execute("SELECT exchange FROM exchanges WHERE run = ? ORDER BY ordinal, attempt", (seq,)):
                yield self._decoded(encode.unpack_exchange, blob, self._body)

    def exchange(self, run: str, ordinal: int, attempt: int) -> Exchange | None:
        """One kept exchange."""
        seq = self._run(run)[0]
        for (blob,) in self._all("SELECT exchange FROM exchanges WHERE run = ? AND ordinal = ? AND attempt = ?", seq, ordinal, attempt):
            return self._decoded(encode.unpack_exchange, blob, self._body)
        return None

    def coverage(self, run: str = "last") -> Coverage | None:
        """The last word of score on the run's coverage."""
        for (blob,) in self._all("SELECT coverage FROM coverage WHERE run = ?", self._run(run)[0]):
            return self._decoded(_coverage_decoder.decode, blob)
        return None

    def jobs(self, run: str = "last") -> list[JobRow]:
        row = self._run(run)
        return [self._decoded(rows.job, row[1], job) for job in self._all(rows.JOBS, row[0])]

    def decisions(self, run: str = "last") -> Iterator[DecisionRow]:
        """How the run's jobs were routed, in the order of the jobs."""
        seq = self._run(run)[0]
        with explained(self.path, "reading it"):
            for (blob,) in self._connection.execute("SELECT decision FROM decisions WHERE run = ? ORDER BY job", (seq,)):
                yield self._decoded(_decision_decoder.decode, blob)

    def decision(self, run: str, job: int) -> DecisionRow | None:
        """How one job was routed."""
        for (blob,) in self._all("SELECT decision FROM decisions WHERE run = ? AND job = ?", self._run(run)[0], job):
            return self._decoded(_decision_decoder.decode, blob)
        return None

    def differing(self, run: str = "last") -> list[DecisionRow]:
        """Those of the run's decisions whose job two implementations answered differently that should not, in the order of the jobs."""
        seq = self._run(run)[0]
        with explained(self.path, "reading it"):
            blobs = self._connection.execute("SELECT decision FROM decisions WHERE run = ? ORDER BY job", (seq,))
            found = [blob for (blob,) in blobs if self._decoded(_differs_decoder.decode, blob).differs]
        return [self._decoded(_decision_decoder.decode, blob) for blob in found]

    def products(self, run: str = "last") -> Iterator[ProductRow]:
        """The plans and records that the run's agents made, job by job."""
        seq = self._run(run)[0]
        with explained(self.path, "reading it"):
            for job, position, agent, body in self._connection.execute(rows.PRODUCTS, (seq,)):
                yield ProductRow(job=job, position=position, agent=agent, answer=self._decoded(_product_decoder.decode, body))

    def not_made(self, run: str = "last") -> list[NotMadeRow]:
        """What agents could not make, by operation, agent and reason, the most frequent first."""
        found = self._all(rows.NOT_MADE, self._run(run)[0])
        return [
            NotMadeRow(operation=operation, agent=agent, reason=reason, count=count, nothing=bool(nothing and count))
            for operation, agent, reason, count, nothing in found
        ]

    def target_states(self, run: str = "last") -> list[TargetState]:
        """What was heard of the target as a whole, in order."""
        row = self._run(run)
        states = self._all("SELECT state, detail, after_ordinal FROM target_states WHERE run = ? ORDER BY id", row[0])
        return [TargetState(run=row[1], state=state, detail=detail, after_ordinal=after) for state, detail, after in states]

    def made_open(self, run: str = "last") -> list[OpenObject]:
        """Objects still to be removed from the target: what lies deeper before what it lies in, then the last made first."""
        found = self._all("SELECT ordinal, attempt, object FROM made WHERE run = ? AND removed = 0", self._run(run)[0])
        objects = [OpenObject(ordinal=ordinal, attempt=attempt, made=self._decoded(unpack_made, blob)) for ordinal, attempt, blob in found]
        once = {each.made.path: each for each in sorted(objects, key=rows.depth)}  # one that was made again and again is one
        return sorted(once.values(), key=rows.depth, reverse=True)

    def intents_undecided(self, run: str = "last") -> list[Undecided]:
        """Unsafe requests that may have happened. While the run's process lives, those on their way do not count."""
        row = self._run(run)
        alive = self._decoded(rows.run_row, row).state == "running"
        found = self._all(
            "SELECT ordinal, attempt, step, request FROM intents WHERE run = ? AND undecided >= ? ORDER BY ordinal, attempt, step",
            row[0],
            int(alive),
        )
        return [Undecided(ordinal=ordinal, attempt=attempt, step=step, request=request) for ordinal, attempt, step, request in found]

    def snapshot(self, name: str) -> bytes | None:
        """The state that a stage left under this name."""
        for (state,) in self._all("SELECT state FROM snapshots WHERE name = ?", name):
            return bytes(state)
        return None

    # ── Inside ────────────────────────────────────────────────────────────────────────────────────────────────────────

    def _all(self, sql: str, *parameters: Any) -> list[Any]:
        with explained(self.path, "reading it"):
            return self._connection.execute(sql, parameters).fetchall()

    def _run(self, name: str) -> Any:
        if name == "last":
            newest = self._all(f"{rows.RUNS} ORDER BY seq DESC LIMIT 1")
            if not newest:
                raise UsageError(f"there is no run in {self.path} yet")
            return newest[0]
        found = self._all(f"{rows.RUNS} WHERE runs.id = ?", name)
        if not found and name:
            found = self._all(f"{rows.RUNS} WHERE substr(runs.id, 1, ?) = ? ORDER BY seq DESC LIMIT 6", len(name), name)
        if not found:
            raise UsageError(f'there is no run {name!r} in {self.path}: give the id of one, or "last"')
        if len(found) > 1:
            raise UsageError(f"run {name!r} is ambiguous: {', '.join(row[1] for row in found[:5])}: give more of it")
        return found[0]

    def _body(self, digest: bytes) -> bytes:
        for compressed, content in self._all("SELECT compressed, content FROM bodies WHERE digest = ?", digest):
            return encode.unpack_body(compressed, content)
        raise StoreError(f"store {self.path}: is corrupt: body {digest.hex()} is missing: move it away to begin a new one")

    def _finding_row(self, row: Any) -> FindingRow:
        run, standing, evidence, first_run, first_seen_at, last_run, last_seen_at = row
        return FindingRow(
            finding=self._decoded(encode.unpack_finding, evidence, self._body),
            standing=standing,
            run=run,
            first_run=first_run or run,
            first_seen_at=first_seen_at,
            last_run=last_run or run,
            last_seen_at=last_seen_at,
        )

    def _decoded(self, decode: Callable[..., _T], *args: Any) -> _T:
        try:
            return decode(*args)
        except (msgspec.MsgspecError, zlib.error, ValueError, TypeError, IndexError, RecursionError) as error:  # text that is no UTF-8, ...
            raise StoreError(
                f"store {self.path}: a row cannot be read, it is corrupt ({error}): move it away to begin a new one"
            ) from error
