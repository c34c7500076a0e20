"""Messages to rows: what one transaction writes."""

import sqlite3
import time
from collections import Counter
from typing import assert_never

import msgspec

from pipeline.errors import StoreError
from pipeline.events import log
from pipeline.messages import (
    Coverage,
    DecisionRow,
    Exchange,
    Finding,
    Intents,
    JobRow,
    MadeNow,
    NotMade,
    Products,
    RunEnded,
    RunRequested,
    RunStarted,
    Snapshot,
    TargetState,
    ToPersist,
    Verdict,
    VerdictBatch,
)
from stages.persist import bulk, encode, history, owner, secrecy
from stages.persist.config import PersistConfig
from stages.persist.interned import Interned
from stages.persist.journal import Journal

_INSERT_VERDICTS = """
INSERT INTO verdicts (run, ordinal, attempt, purpose, agent, arm, job, epoch, digest, operation, outcome, status, duration_us, started_ms,
                      correction, settled)
"""
_TOLD_AGAIN = """
ON CONFLICT DO UPDATE SET purpose = excluded.purpose, agent = excluded.agent, arm = excluded.arm, job = excluded.job,
    epoch = excluded.epoch, digest = excluded.digest, operation = excluded.operation, outcome = excluded.outcome, status = excluded.status,
    duration_us = excluded.duration_us, started_ms = excluded.started_ms, correction = excluded.correction,
    settled = coalesce(excluded.settled, settled)
"""

_REPLACED = "what the store has under that name was replaced or removed since the run began: it stays as it is"

_VerdictRow = tuple[int, int, int, int, int, int, int, int, bytes, int, int, int, int, int, float, bytes | None]
_FailureRow = tuple[int, int, int, int, int, str, str]


class _Run:
    """What the writer must remember of one run between transactions."""

    def __init__(self, seq: int, target: str, request: RunRequested | None, samples: int) -> None:
        self.seq = seq
        self.target = target
        self.request = request
        self.samples = samples
        self.kept_of_cause: Counter[str] = Counter()
        self.coverage: Coverage | None = None
        self.visited = False  # started again without resuming it, as clean-up does: what is known of it stays
        self.last_failing = -1  # the greatest ordinal of a case with failures: a verdict behind it replaces none


class Recorder:
    """Writes messages through one connection; the transaction around them is the caller's. Not for use after an error."""

    def __init__(self, connection: sqlite3.Connection, config: PersistConfig) -> None:
        self._connection = connection
        self._config = config
        self._interned = Interned(connection)
        self._journal = Journal(connection)
        self._runs: dict[str, _Run] = {}
        self._verdicts: list[_VerdictRow] = []
        self._failures: dict[tuple[int, int, int], list[_FailureRow]] = {}
        self._replaced: list[tuple[int, int, int]] = []  # trials whose failures, if any are stored, a verdict replaces
        self._started: set[str] = set()
        self._left_out: set[str] = set()  # names of states of which that was told

    def record(self, messages: list[ToPersist]) -> None:
        """Write the rows of ``messages``, in order. Raises sqlite3.Error, and StoreError for a run that another process carries out."""
        self._interned.refresh()
        for message in messages:
            match message:
                case VerdictBatch():
                    run = self._run(message.run)
                    for verdict in message.verdicts:
                        self._verdict(run, verdict)
                case Intents():
                    self._journal.intend(self._run(message.run).seq, message)
                case MadeNow():
                    self._journal.made_now(self._run(message.run).seq, message)
                case JobRow():
                    self._job(self._run(message.run).seq, message)
                case DecisionRow():
                    self._decision(self._run(message.run).seq, message)
                case Products():
                    self._products(self._run(message.run).seq, message)
                case NotMade():
                    self._not_made(self._run(message.run).seq, message)
                case Finding():
                    self._finding(self._run(message.run), message)
                case Coverage():
                    self._coverage(self._run(message.run), message)
                case TargetState():
                    self._target_state(self._run(message.run).seq, message)
                case Snapshot():
                    self._snapshot(message)
                case RunStarted():
                    self._start(message)
                case RunEnded():
                    self._end(self._run(message.run), message)
                case _:
                    assert_never(message)
        self._flush()

    def forget(self) -> None:
        """Rows were removed: nothing read before may be relied on."""
        self._interned.forget()

    def _run(self, name: str) -> _Run:
        """The run's memory; a run of another process's making (clean-up after a crash) is read from the store."""
        run = self._runs.get(name)
        if run is not None:
            return run
        stored = encode.text(name)
        row = self._connection.execute("SELECT seq, target, request FROM runs WHERE id = ?", (stored,)).fetchone()
        if row is None:  # rows without their run would be lost to every report
            self._connection.execute(
                "INSERT INTO runs (id, target, api, keep, state, started_at, owner) VALUES (?, '', '', 'findings', 'running', ?, ?)",
                (stored, time.time(), owner.this_process()),
            )
            row = self._connection.execute("SELECT seq, target, request FROM runs WHERE id = ?", (stored,)).fetchone()
        (samples,) = self._connection.execute("SELECT count(*) FROM exchanges WHERE run = ? AND failing = 0", (row[0],)).fetchone()
        try:
            request = encode.unpack_request(row[2]) if row[2] else None
        except (msgspec.MsgspecError, ValueError, TypeError) as error:
            raise StoreError(f"the row of run {name} cannot be read, it is corrupt ({error}): move the store away") from error
        run = _Run(row[0], row[1], request, samples)
        (last,) = self._connection.execute("SELECT max(ordinal) FROM failures WHERE run = ?", (row[0],)).fetchone()
        run.last_failing = -1 if last is None else last
        self._runs[name] = run
        return run

    def _start(self, started: RunStarted) -> None:
        request, api = started.request, started.api
        if request.run in self._started:
            return  # told by more than one stage
        self._started.add(request.run)
        run_name = encode.text(request.run)
        row = self._connection.execute("SELECT request IS NOT NULL, state, owner FROM runs WHERE id = ?", (run_name,)).fetchone()
        if row is not None and row[1] == "running" and row[2] != owner.this_process() and owner.alive(row[2]):
            raise StoreError(f"run {request.run} is being carried out by another process ({row[2].split()[1]}): let that end first")
        if row is not None and row[0] and not request.resume:
            run = self._run(request.run)
            run.visited = True
            self._journal.resumed(run.seq)
            return
        known = self._connection.execute("SELECT 1 FROM apis WHERE digest = ?", (api.digest,)).fetchone()
        if known is None:
            self._connection.execute(
                "INSERT INTO apis (digest, title, version, model) VALUES (?, ?, ?, ?)",
                (api.digest, encode.text(api.title), encode.text(api.version), encode.pack_api(api)),
            )
        self._connection.execute(
            "INSERT INTO runs (id, target, api, request, keep, state, started_at, owner) VALUES (?, ?, ?, ?, ?, 'running', ?, ?)"
            " ON CONFLICT (id) DO UPDATE SET target = excluded.target, api = excluded.api, request = excluded.request, state = 'running',"
            " reason = '', detail = '', ended_at = NULL, resumed = resumed + 1, owner = excluded.owner,"
            " keep = CASE WHEN keep = 'all' THEN excluded.keep ELSE keep END",
            (
                run_name,
                encode.text(secrecy.url(started.base_url)),
                api.digest,
                encode.pack_request(request),
                request.keep,
                started.started_at,
                owner.this_process(),
            ),
        )
        self._runs.pop(request.run, None)
        run = self._run(request.run)
        run.request = request
        self._journal.resumed(run.seq)

    def _end(self, run: _Run, ended: RunEnded) -> None:
        self._journal.ended(run.seq)
        self._runs.pop(ended.run, None)
        self._started.discard(ended.run)
        if run.visited:
            return
        state = "interrupted" if ended.reason == "interrupted" else "ended"
        self._connection.execute(
            "UPDATE runs SET state = ?, reason = ?, detail = ?, ended_at = ?, owner = '' WHERE seq = ?",
            (state, ended.reason, encode.text(ended.detail), time.time(), run.seq),
        )
        if run.request is not None and run.coverage is not None:
            history.missed(self._connection, run.seq, run.request, run.coverage, target=run.target, reason=ended.reason)

    def _verdict(self, run: _Run, verdict: Verdict) -> None:
        name = self._interned.name
        seq, ordinal, attempt = run.seq, verdict.ordinal, verdict.attempt
        self._verdicts.append(
            (
                seq,
                ordinal,
                attempt,
                name(verdict.purpose),
                name(verdict.agent),
                name(verdict.arm),
                verdict.job,
                verdict.epoch,
                bytes.fromhex(verdict.digest),
                name(verdict.operation),
                name(verdict.outcome),
                verdict.status,
                round(verdict.duration_ms * 1000),
                round(verdict.started_at * 1000),
                verdict.correction,
                None if verdict.settled is None else encode.pack_settled(verdict.settled),
            )
        )
        trial = (seq, ordinal, attempt)
        is_case = verdict.purpose != "cleanup"  # those stand behind all cases, whenever they are sent
        if ordinal <= run.last_failing or not is_case:
            self._replaced.append(trial)
        if verdict.failures or trial in self._failures:
            run.last_failing = max(run.last_failing, ordinal) if is_case else run.last_failing
            self._failures[trial] = [
                (*trial, position, self._interned.cause(failure), encode.text(failure.step), encode.text(failure.detail))
                for position, failure in enumerate(verdict.failures)
            ]
        if verdict.exchange is not None and self._is_kept(run, verdict):
            self._exchange(seq, verdict, verdict.exchange)
        self._journal.judged(seq, verdict)

    def _is_kept(self, run: _Run, verdict: Verdict) -> bool:
        """Score sends what it thinks worth keeping; here that is bounded, so that a thousand failures of one cause keep a few."""
        if run.request is not None and run.request.keep == "all":
            return True
        if not verdict.failures:
            run.samples += 1
            return run.samples <= self._config.sample_exchanges
        kept = False
        for failure in verdict.failures:
            if run.kept_of_cause[failure.key] < self._config.exchanges_per_cause:
                run.kept_of_cause[failure.key] += 1
                kept = True
        return kept

    def _exchange(self, seq: int, verdict: Verdict, exchange: Exchange) -> None:
        uses: list[bytes] = []
        packed = encode.pack_exchange(exchange, lambda body: self._used(body, uses))
        self._connection.execute(
            "INSERT INTO exchanges (run, ordinal, attempt, failing, exchange) VALUES (?, ?, ?, ?, ?)"
            " ON CONFLICT DO UPDATE SET failing = excluded.failing, exchange = excluded.exchange",
            (seq, verdict.ordinal, verdict.attempt, int(bool(verdict.failures)), packed),
        )
        self._use(seq, f"{verdict.ordinal}/{verdict.attempt}", uses)

    def _finding(self, run: _Run, finding: Finding) -> None:
        standing = history.sighted(self._connection, finding, target=run.target, now=time.time())
        uses: list[bytes] = []
        evidence = encode.pack_finding(finding, lambda body: self._used(body, uses))
        self._connection.execute(
            "INSERT INTO sightings (run, finding, standing, state, check_name, severity, operation, title, note, merged_into, evidence)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET standing = excluded.standing, state = excluded.state,"
            " severity = excluded.severity, operation = excluded.operation, title = excluded.title, note = excluded.note,"
            " merged_into = excluded.merged_into, evidence = excluded.evidence",
            (
                run.seq,
                finding.id,
                standing,
                finding.state,
                finding.check,
                finding.severity,
                encode.text(finding.operation),
                encode.text(finding.title),
                int(finding.note),
                finding.merged_into,
                evidence,
            ),
        )
        self._connection.execute("DELETE FROM body_uses WHERE run = ? AND owner = ?", (run.seq, finding.id))
        self._use(run.seq, finding.id, uses)

    def _used(self, body: bytes, uses: list[bytes]) -> bytes:
        digest = self._interned.body(body)
        uses.append(digest)
        return digest

    def _use(self, seq: int, by: str, digests: list[bytes]) -> None:
        self._connection.executemany(
            "INSERT OR IGNORE INTO body_uses (run, owner, digest) VALUES (?, ?, ?)", [(seq, by, digest) for digest in digests]
        )

    def _job(self, seq: int, job: JobRow) -> None:
        name = self._interned.name
        self._connection.execute(
            "INSERT OR REPLACE INTO jobs (run, job, epoch, agent, operation_group, arm, reason, answers, requested, wall_us, cpu_us,"
            " queue_us, failed, deterministic) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                seq,
                job.job,
                job.epoch,
                name(job.agent),
                name(job.group),
                name(job.arm),
                encode.text(job.reason),
                job.answers,
                job.requested,
                round(job.wall_ms * 1000),
                round(job.cpu_ms * 1000),
                round(job.queue_ms * 1000),
                encode.text("\n".join(" ".join(failed.splitlines()) for failed in job.failed)),
                int(job.deterministic),
            ),
        )

    def _decision(self, seq: int, decision: DecisionRow) -> None:
        self._connection.execute(
            "INSERT OR REPLACE INTO decisions (run, job, decision) VALUES (?, ?, ?)", (seq, decision.job, encode.encode(decision))
        )

    def _products(self, seq: int, message: Products) -> None:
        agent = self._interned.name(message.agent)
        self._connection.executemany(
            "INSERT OR REPLACE INTO products (run, job, position, agent, kind, ordinal, body) VALUES (?, ?, ?, ?, ?, ?, ?)",
            [(seq, message.job, one.position, agent, one.kind, one.ordinal, one.body) for one in message.products],
        )

    def _not_made(self, seq: int, message: NotMade) -> None:
        name = self._interned.name
        self._connection.execute("DELETE FROM not_made WHERE run = ? AND job = ?", (seq, message.job))  # made again in a resumed run
        self._connection.executemany(
            "INSERT INTO not_made (run, job, operation, reason, agent, ordinals) VALUES (?, ?, ?, ?, ?, ?)",
            [
                (seq, message.job, name(operation), encode.text(reason), name(message.agent), count)
                for operation, reason, count in message.rows
            ],
        )

    def _coverage(self, run: _Run, coverage: Coverage) -> None:
        if run.visited:
            return
        run.coverage = coverage
        self._connection.execute("INSERT OR REPLACE INTO coverage (run, coverage) VALUES (?, ?)", (run.seq, encode.encode(coverage)))

    def _target_state(self, seq: int, state: TargetState) -> None:
        self._connection.execute(
            "INSERT INTO target_states (run, state, detail, after_ordinal) VALUES (?, ?, ?, ?)",
            (seq, state.state, encode.text(state.detail), state.after_ordinal),
        )

    def _snapshot(self, snapshot: Snapshot) -> None:
        name = encode.text(snapshot.name)
        stored = self._connection.execute("SELECT state FROM snapshots WHERE name = ?", (name,)).fetchone()
        if (stored and stored[0]) != snapshot.before:
            if name not in self._left_out:
                log("snapshot_left_out", level="warning", name=snapshot.name, reason=_REPLACED)
            self._left_out.add(name)
            return
        self._connection.execute(
            "INSERT OR REPLACE INTO snapshots (name, state, written_at) VALUES (?, ?, ?)", (name, snapshot.state, time.time())
        )

    def _flush(self) -> None:
        """Verdicts and failures go in bulk, which is several times cheaper than one by one."""
        self._connection.executemany("DELETE FROM failures WHERE run = ? AND ordinal = ? AND attempt = ?", self._replaced)
        bulk.execute_with_rows(self._connection, _INSERT_VERDICTS, self._verdicts, _TOLD_AGAIN)
        bulk.execute_with_rows(self._connection, "INSERT INTO failures", [row for rows in self._failures.values() for row in rows])
        self._replaced.clear()
        self._verdicts.clear()
        self._failures.clear()
