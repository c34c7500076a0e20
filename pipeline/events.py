"""The catalogue of log events: every ``event`` name the program logs, with its fields and their types.

A log line is one JSON object: ``timestamp``, ``level``, ``event`` and the fields below. Names of fields mean the same everywhere: ``run``,
``job``, ``operation``, ``agent``, ``arm``, ``duration_ms``. Programs read these lines, so names are added, not changed.
"""

from typing import Any

import structlog

CATALOGUE: dict[str, dict[str, type | tuple[type, ...]]] = {
    "run_started": {"run": str, "source": str, "operations": int, "seed": int, "target": str},
    "run_ended": {"run": str, "reason": str, "detail": str},
    "document_read": {"source": str, "size_bytes": int, "operations": int, "problems": int, "duration_ms": (int, float)},
    "job_decided": {"run": str, "job": int, "agent": str, "group": str, "arm": str, "reason": str, "plan": dict},
    "answers_differ": {"run": str, "job": int, "agent": str, "arm": str},
    "arm_left_out": {"run": str, "agent": str, "arm": str, "reason": str},
    "routing_set_aside": {"reason": str},
    "job_done": {"run": str, "job": int, "agent": str, "arm": str, "answers": int, "duration_ms": (int, float), "cpu_ms": (int, float)},
    "job_failed": {"run": str, "job": int, "agent": str, "arm": str, "reason": str},
    "job_set_aside": {"run": str, "job": int, "agent": str, "reason": str},
    "agent_unserved": {"run": str, "agent": str, "reason": str},
    "worker_started": {"arm": str, "pid": int, "duration_ms": (int, float)},
    "worker_recycled": {"arm": str, "pid": int, "jobs": int},
    "worker_lost": {"arm": str, "pid": int, "reason": str},
    "worker_stderr": {"arm": str, "pid": int, "line": str},
    "worker_left_processes": {"arm": str, "pid": int, "killed": int},
    "epoch_planned": {"run": str, "epoch": int, "jobs": int, "cases": int},
    "identity_renewed": {"run": str, "identity": str, "duration_ms": (int, float)},
    "identity_failed": {"run": str, "identity": str, "reason": str},
    "hook_run": {"run": str, "hook": str, "duration_ms": (int, float), "outcome": str},
    "target_state": {"run": str, "state": str, "detail": str},
    "request_withheld": {"run": str, "operation": str, "reason": str},
    "slowed_down": {"run": str, "host": str, "wait_ms": (int, float), "status": int},
    "finding": {"run": str, "finding": str, "check": str, "severity": str, "operation": str, "state": str, "title": str},
    "store_opened": {"path": str, "version": int, "migrated_from": int},
    "snapshot_left_out": {"name": str, "reason": str},
    "store_failed": {"path": str, "reason": str},
    "stage_failed": {"stage": str, "error": str},
    "log_lines_dropped": {"lines": int},
    "draining": {"reason": str, "waiting_for": str},
}

_NUMBERS = {"debug": 10, "info": 20, "warning": 30, "error": 40}


def log(event: str, /, **fields: Any) -> None:
    """Log one event of the catalogue at level info; ``level=`` chooses another ("debug", "warning", "error").

    Raises KeyError for an event that the catalogue does not have: a test of the emitting code finds it.
    """
    known = CATALOGUE[event]
    level = fields.pop("level", "info")
    unknown = fields.keys() - known.keys()
    if unknown:
        raise KeyError(f"event {event!r} has no field {sorted(unknown)}")
    if _wanted(level):
        getattr(structlog.get_logger("sentinel"), level)(event, **fields)


def _wanted(level: str) -> bool:
    """Whether the log takes lines of that level: asked of the logger's class, since to make one costs more than most lines are worth."""
    wrapper = structlog.get_config()["wrapper_class"]
    enabled = getattr(wrapper, "is_enabled_for", None)
    return enabled is None or enabled(wrapper, _NUMBERS[level])
