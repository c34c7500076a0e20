"""All that reports tell of one run, read from the store once."""

from dataclasses import dataclass, field
from typing import Literal

from pipeline.errors import ExitCode
from pipeline.messages import Coverage, DecisionRow, JobRow, Operation, OperationCoverage, TargetState
from pipeline.reports.again import options_again, store_option
from pipeline.reports.outcome import exit_code, why_not_tested
from stages.persist import FindingRow, NotMadeRow, OpenObject, RunRow, Store, Undecided

Reached = Literal["success", "answered", "no answer", "withheld", "skipped", "not tried"]


@dataclass(frozen=True, slots=True)
class OperationTold:
    """One operation: what was tried there, and how far that came."""

    coverage: OperationCoverage
    group: str
    not_made: list[NotMadeRow] = field(default_factory=list)

    @property
    def key(self) -> str:
        return self.coverage.operation

    @property
    def reached(self) -> Reached:
        """success: it took a valid request, with a 2xx; answered: something else only; the rest say why it has no answer."""
        statuses = self.coverage.statuses
        valid = statuses if self.coverage.valid is None else self.coverage.valid
        if any(status.startswith("2") for status in valid):
            return "success"
        if any(status != "0" for status in statuses):
            return "answered"
        if self.coverage.skipped:
            return "skipped"
        if self.coverage.requests:
            return "no answer"
        return "withheld" if self.coverage.withheld else "not tried"


@dataclass(frozen=True, slots=True)
class Told:
    """``faults`` are confirmed and no notes; ``notes`` is the rest that the run saw, unconfirmed suspicions among it.

    ``set_aside`` are those of the ``jobs`` that no implementation did, ``differing`` how those were routed that two implementations
    answered differently although both claim to be deterministic; ``again`` are the options that a command for this run needs, ``store``
    the one that a command which only reads needs.
    """

    run: RunRow
    openapi: str
    problems: int
    operations: list[OperationTold]
    faults: list[FindingRow]
    notes: list[FindingRow]
    gone: list[FindingRow]
    coverage: Coverage | None
    trials: int
    states: list[TargetState]
    undecided: list[Undecided]
    left_behind: list[OpenObject]
    jobs: int
    set_aside: list[JobRow]
    differing: list[DecisionRow]
    again: str = ""
    store: str = ""

    @property
    def exit_code(self) -> ExitCode:
        return exit_code(self.run.reason, faults=len(self.faults), coverage=self.coverage)

    @property
    def why_not_tested(self) -> str:
        return why_not_tested(self.run.reason, self.coverage)

    @property
    def requests(self) -> int:
        return self.coverage.requests if self.coverage is not None else 0

    @property
    def duration_ms(self) -> float | None:
        """From the first start to the last end; None while there is no end."""
        return (self.run.ended_at - self.run.started_at) * 1000 if self.run.ended_at is not None else None

    def reached(self, how: Reached) -> int:
        """How many operations came so far and no further."""
        return sum(operation.reached == how for operation in self.operations)


def _group(operation: Operation) -> str:
    """As its authors sort it, by its first tag; else by the first segment of its path."""
    return operation.tags[0] if operation.tags else "/" + operation.path.lstrip("/").partition("/")[0]


def told(store: Store, run: str = "last") -> Told:
    """Read the run ("last", its id or an unambiguous beginning of it). Raises UsageError where there is none, StoreError."""
    row = store.run(run)
    found = store.findings(row.id, notes=True)
    coverage = store.coverage(row.id)
    api = store.api(row.api)
    jobs = store.jobs(row.id)
    groups = {operation.key: _group(operation) for operation in api.operations} if api is not None else {}
    not_made: dict[str, list[NotMadeRow]] = {}
    for one in store.not_made(row.id):
        not_made.setdefault(one.operation, []).append(one)
    covered = coverage.operations if coverage is not None else []
    return Told(
        run=row,
        openapi=api.openapi if api is not None else "",
        problems=len(api.problems) if api is not None else 0,
        operations=[OperationTold(one, groups.get(one.operation, ""), not_made.get(one.operation, [])) for one in covered],
        faults=[one for one in found if one.is_fault],
        notes=[one for one in found if not one.is_fault],
        gone=[one for one in store.gone(row.id) if one.is_fault],
        coverage=coverage,
        trials=store.count(row.id),
        states=store.target_states(row.id),
        undecided=store.intents_undecided(row.id),
        left_behind=store.made_open(row.id),
        jobs=len(jobs),
        set_aside=[job for job in jobs if job.set_aside],
        differing=store.differing(row.id),
        again=options_again(store, row),
        store=store_option(store),
    )
