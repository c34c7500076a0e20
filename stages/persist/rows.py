"""What a reader of the store gets, and how it is made from the tables' rows."""

from collections.abc import Callable, Iterator
from typing import Any, Literal

from msgspec import Struct

from pipeline.messages import Failure, Finding, JobRow, Made, Plan, Record, RunRequested, Settled, Severity, Verdict
from stages.persist import encode, owner
from stages.persist.history import Standing

_SEVERITIES: tuple[Severity, ...] = ("critical", "high", "medium", "low", "info")


class RunRow(Struct, frozen=True, kw_only=True):
    """One run. ``state``: running (its process lives), ended, or interrupted (stopped on request, or its process is gone)."""

    id: str
    target: str
    api: str  # digest
    title: str  # of the API
    version: str  # of the API
    keep: Literal["findings", "all"]  # "all": every exchange is there, so that the run can be fed back (--answers)
    state: Literal["running", "ended", "interrupted"]
    reason: str  # of RunEnded; empty until then
    detail: str
    started_at: float
    ended_at: float | None
    resumed: int  # how often
    pruned: bool  # retention has removed its rows; what still stands open is there
    request: RunRequested | None  # None for rows whose RunStarted never came


class FindingRow(Struct, frozen=True, kw_only=True):
    """A finding as one run saw it, and its history at the target."""

    finding: Finding
    standing: Standing  # in that run
    run: str
    first_run: str
    first_seen_at: float | None
    last_run: str
    last_seen_at: float | None

    @property
    def is_fault(self) -> bool:
        """Whether it is one to be mended: no note, and seen again. Such findings make a run end with exit code 1."""
        return not self.finding.note and self.finding.state == "confirmed"


class Undecided(Struct, frozen=True, kw_only=True):
    """An unsafe request that may have happened: it was about to leave, and its verdict never came."""

    ordinal: int
    attempt: int
    step: str
    request: str  # "METHOD path template"


class OpenObject(Struct, frozen=True, kw_only=True):
    """An object that a run made at the target and did not remove."""

    ordinal: int
    attempt: int
    made: Made


class ProductRow(Struct, frozen=True, kw_only=True):
    """An answer that was kept and not sent: ``position`` among those of its job."""

    job: int
    position: int
    agent: str
    answer: Plan | Record


class NotMadeRow(Struct, frozen=True, kw_only=True):
    """Why an agent could not make some of the tests of an operation, and how many of them; ``nothing``: none at all was sent."""

    operation: str
    agent: str
    reason: str
    count: int
    nothing: bool


RUNS = """
SELECT seq, runs.id, target, api, coalesce(apis.title, ''), coalesce(apis.version, ''), keep, state, reason, detail, started_at, ended_at,
       resumed, pruned, owner, request
FROM runs LEFT JOIN apis ON apis.digest = runs.api
"""

SIGHTINGS = """
SELECT runs.id, sightings.standing, evidence, first_run, first_seen_at, last_run, last_seen_at
FROM sightings JOIN runs ON runs.seq = sightings.run LEFT JOIN findings ON findings.id = sightings.finding
"""

VERDICTS = """
SELECT ordinal, attempt, purpose.name, agent.name, arm.name, job, epoch, digest, operation.name, outcome.name, status, duration_us,
       started_ms, correction, settled
FROM verdicts
JOIN names AS purpose ON purpose.id = verdicts.purpose
JOIN names AS agent ON agent.id = verdicts.agent
JOIN names AS arm ON arm.id = verdicts.arm
JOIN names AS operation ON operation.id = verdicts.operation
JOIN names AS outcome ON outcome.id = verdicts.outcome
WHERE run = ? ORDER BY ordinal, attempt
"""

FAILURES = """
SELECT ordinal, attempt, step, detail, key, check_name, severity, title, rule, operation, signature, note
FROM failures JOIN causes ON causes.id = failures.cause
WHERE run = ? ORDER BY ordinal, attempt, position
"""

PRODUCTS = """
SELECT job, position, agent.name, body FROM products JOIN names AS agent ON agent.id = products.agent
WHERE run = ? ORDER BY job, position
"""

NOT_MADE = """
SELECT operation.name, agent.name, reason, sum(ordinals), (not_made.agent, not_made.operation) NOT IN
       (SELECT DISTINCT agent, operation FROM verdicts WHERE verdicts.run = not_made.run)
FROM not_made
JOIN names AS operation ON operation.id = not_made.operation
JOIN names AS agent ON agent.id = not_made.agent
WHERE not_made.run = ? GROUP BY not_made.operation, not_made.agent, reason ORDER BY sum(ordinals) DESC, operation.name, agent.name, reason
"""

JOBS = """
SELECT job, epoch, agent.name, operation_group.name, arm.name, reason, answers, requested, wall_us, cpu_us, queue_us, failed,
       deterministic
FROM jobs
JOIN names AS agent ON agent.id = jobs.agent
JOIN names AS operation_group ON operation_group.id = jobs.operation_group
JOIN names AS arm ON arm.id = jobs.arm
WHERE run = ? ORDER BY job
"""


def run_row(row: Any) -> RunRow:
    _, name, target, api, title, version, keep, state, reason, detail, started_at, ended_at, resumed, pruned, who, request = row
    return RunRow(
        id=name,
        target=target,
        api=api,
        title=title,
        version=version,
        keep=keep,
        state="interrupted" if state == "running" and not owner.alive(who) else state,
        reason=reason,
        detail=detail,
        started_at=started_at,
        ended_at=ended_at,
        resumed=resumed,
        pruned=bool(pruned),
        request=encode.unpack_request(request) if request else None,
    )


def gravity(row: FindingRow) -> tuple[bool, int, str, str, str]:
    """The order in which findings are shown: faults before notes, the gravest first, then by operation."""
    finding = row.finding
    return not row.is_fault, _SEVERITIES.index(finding.severity), finding.operation, finding.check, finding.id


def depth(one: OpenObject) -> tuple[int, int, int]:
    return one.made.path.count("/"), one.ordinal, one.attempt


def by_trial(rows: Iterator[Any]) -> Callable[[int, int], list[Failure]]:
    """Failures of the trial asked for; trials are asked for in order, so that the two cursors walk side by side."""
    ahead = next(rows, None)

    def of(ordinal: int, attempt: int) -> list[Failure]:
        nonlocal ahead
        found: list[Failure] = []
        while ahead is not None and (ahead[0], ahead[1]) <= (ordinal, attempt):
            if (ahead[0], ahead[1]) == (ordinal, attempt):
                _, _, step, detail, key, check, severity, title, rule, operation, signature, note = ahead
                found.append(
                    Failure(
                        key=key,
                        check=check,
                        severity=severity,
                        title=title,
                        rule=rule,
                        operation=operation,
                        step=step,
                        signature=signature,
                        detail=detail,
                        note=bool(note),
                    )
                )
            ahead = next(rows, None)
        return found

    return of


def verdict(row: Any, failures: list[Failure]) -> Verdict:
    ordinal, attempt, purpose, agent, arm, job, epoch, digest, operation, outcome, status, duration_us, started_ms, correction, settled = (
        row
    )
    fold: Settled | None = None
    if settled is not None:
        credit, knowledge = encode.unpack_settled(settled)
        fold = Settled(ordinal=ordinal, job=job, operation=operation, agent=agent, credit=credit, knowledge=knowledge)
    return Verdict(
        ordinal=ordinal,
        attempt=attempt,
        purpose=purpose,
        agent=agent,
        arm=arm,
        job=job,
        epoch=epoch,
        digest=digest.hex(),
        operation=operation,
        outcome=outcome,
        status=status,
        duration_ms=duration_us / 1000,
        failures=failures,
        settled=fold,
        correction=correction,
        started_at=started_ms / 1000,
    )


def job(run: str, row: Any) -> JobRow:
    job, epoch, agent, group, arm, reason, answers, requested, wall_us, cpu_us, queue_us, failed, deterministic = row
    return JobRow(
        run=run,
        job=job,
        epoch=epoch,
        agent=agent,
        group=group,
        arm=arm,
        reason=reason,
        answers=answers,
        requested=requested,
        wall_ms=wall_us / 1000,
        cpu_ms=cpu_us / 1000,
        queue_ms=queue_us / 1000,
        failed=failed.split("\n") if failed else [],
        deterministic=bool(deterministic),
    )
