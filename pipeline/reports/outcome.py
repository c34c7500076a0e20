"""What the end of a run means: one rule for the command's exit code and for every report."""

from pipeline.errors import ExitCode
from pipeline.messages import Coverage


def exit_code(reason: str, *, faults: int, coverage: Coverage | None) -> ExitCode:
    """``reason`` of RunEnded (empty: it never came), the number of confirmed findings, and the coverage.

    An interrupted run says so whatever it found; findings win over "not tested".
    """
    if reason in {"", "interrupted"}:
        return ExitCode.INTERRUPTED
    if faults:
        return ExitCode.FINDINGS
    if coverage is None or not coverage.tested:
        return ExitCode.NOT_TESTED
    return ExitCode.CLEAN


def why_not_tested(reason: str, coverage: Coverage | None) -> str:
    """In words, empty where it was tested."""
    if coverage is not None:
        return "" if coverage.tested else coverage.reason or "too little of it answered"
    return "the run was interrupted before anything was counted" if reason in {"", "interrupted"} else "nothing was sent"
