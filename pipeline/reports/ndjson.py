"""The report for programs: one JSON object a line, ``type`` first (docs/reports.md describes every field)."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import msgspec

from pipeline.errors import ExitCode
from pipeline.reports.objects import finding_object
from pipeline.reports.told import OperationTold, Told
from stages.persist import FindingRow

_OUTCOMES = {
    ExitCode.CLEAN: "clean",
    ExitCode.FINDINGS: "findings",
    ExitCode.NOT_TESTED: "not tested",
    ExitCode.INTERRUPTED: "interrupted",
}


def ndjson(told: Told) -> Iterator[str]:
    """The lines, without their ends: run, every operation, findings, notes, summary."""
    yield _line(_run(told))
    for operation in told.operations:
        yield _line(_operation(operation))
    for row in [*told.faults, *told.notes]:
        yield _line(row_object(row, again=told.again))
    yield _line(_summary(told))


def row_object(row: FindingRow, *, again: str = "") -> dict[str, Any]:
    """A finding with its history: ``standing`` in this run, ``since`` when it is known."""
    since = {"run": row.first_run, "at": row.first_seen_at}
    return {**finding_object(row.finding, again=again), "standing": row.standing, "since": since}


def _line(value: dict[str, Any]) -> str:
    return msgspec.json.encode(value).decode()


def _run(told: Told) -> dict[str, Any]:
    run, request = told.run, told.run.request
    return {
        "type": "run",
        "id": run.id,
        "target": run.target,
        "source": request.spec if request is not None else "",
        "api": {"title": run.title, "version": run.version, "openapi": told.openapi, "digest": run.api, "problems": told.problems},
        "seed": request.seed if request is not None else None,
        "agents": request.agents if request is not None else [],
        "started_at": run.started_at,
        "ended_at": run.ended_at,
        "state": run.state,
        "reason": run.reason,
        "detail": run.detail,
        "resumed": run.resumed,
        "keep": run.keep,
        "jobs": told.jobs,
        "jobs_set_aside": len(told.set_aside),
        "jobs_differing": len(told.differing),
    }


def _operation(operation: OperationTold) -> dict[str, Any]:
    coverage = operation.coverage
    return {
        "type": "operation",
        "operation": coverage.operation,
        "group": operation.group,
        "reached": operation.reached,
        "requests": coverage.requests,
        "statuses": coverage.statuses,
        "valid_statuses": coverage.valid,
        "foreign": coverage.foreign,
        "documented": coverage.documented,
        "parameters": coverage.parameters,
        "classes": len(coverage.classes),
        "branches": coverage.branches_known,
        "withheld": coverage.withheld,
        "skipped": coverage.skipped,
        "not_made": [{"agent": one.agent, "reason": one.reason, "count": one.count, "nothing": one.nothing} for one in operation.not_made],
    }


def _summary(told: Told) -> dict[str, Any]:
    operations = {how: told.reached(how) for how in ("success", "answered", "no answer", "withheld", "skipped", "not tried")}
    return {
        "type": "summary",
        "run": told.run.id,
        "exit_code": int(told.exit_code),
        "outcome": _OUTCOMES[told.exit_code],
        "tested": told.coverage is not None and told.coverage.tested,
        "why_not_tested": told.why_not_tested,
        "findings": len(told.faults),
        "notes": len(told.notes),
        "severities": dict(Counter(row.finding.severity for row in told.faults)),
        "standings": dict(Counter(row.standing for row in told.faults)),
        "gone": [{"id": row.finding.id, "operation": row.finding.operation, "title": row.finding.title} for row in told.gone],
        "requests": told.requests,
        "trials": told.trials,
        "operations": {"total": len(told.operations), **{how.replace(" ", "_"): count for how, count in operations.items()}},
        "pairs": sum(len(operation.coverage.statuses.keys() - {"0"}) for operation in told.operations),
        "target": [{"state": state.state, "detail": state.detail, "after_ordinal": state.after_ordinal} for state in told.states],
        "may_have_happened": [
            {"ordinal": one.ordinal, "attempt": one.attempt, "step": one.step, "request": one.request} for one in told.undecided
        ],
        "left_behind": [{"path": one.made.path, "operation": one.made.operation, "remover": one.made.remover} for one in told.left_behind],
        "duration_ms": round(told.duration_ms) if told.duration_ms is not None else None,
    }
