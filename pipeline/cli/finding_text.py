"""A finding for a person to read, and as the object that programs read."""

from typing import Any

import msgspec

from pipeline.cli.text import printable
from pipeline.messages import NoReply, Reply, Request
from stages.persist import FindingRow

BODY_CHARACTERS = 2_000


def as_object(row: FindingRow) -> dict[str, Any]:
    """The fields of the NDJSON report's ``finding`` and ``note``, and the history behind them."""
    from pipeline.reports import finding_object

    return {
        **finding_object(row.finding),
        "standing": row.standing,
        "run": row.run,
        "first_run": row.first_run,
        "last_run": row.last_run,
    }


def as_text(row: FindingRow) -> str:
    """Everything about it, ready for a terminal."""
    finding = row.finding
    kind = "note" if finding.note else f"{finding.severity} finding"
    times = f"{finding.occurrences} time{'s' if finding.occurrences != 1 else ''}"
    lines = [
        f"{finding.id}  {printable(finding.title)}",
        "",
        f"  {kind}, {finding.state}, {row.standing}; seen {times} in run {row.run}, first in run {row.first_run}",
        f"  operation  {printable(finding.operation)}",
        *(f"  also at    {printable(also)}" for also in finding.operations if also != finding.operation),
        f"  check      {finding.check} ({finding.agent})",
        f"  rule       {printable(finding.rule)}",
    ]
    lines += [f"             {printable(line)}" for line in finding.detail.splitlines()]
    if finding.request is not None:
        lines += ["", "  request", *_request(finding.request)]
    if finding.reply is not None:
        lines += ["", "  answer", *_reply(finding.reply)]
    if finding.failure is not None:
        lines += ["", "  no answer", *_failure(finding.failure)]
    if finding.curl:
        lines += ["", "  " + "\n  ".join(printable(line) for line in finding.curl.splitlines())]
    lines += ["", f"  again: sentinel replay {finding.id}"]
    return "\n".join(lines)


def _request(request: Request) -> list[str]:
    head = [f"{request.method} {request.url}", *(f"{name}: {value}" for name, value in request.headers)]
    return [f"    {printable(line)}" for line in head] + _body(request.body or b"")


def _reply(reply: Reply) -> list[str]:
    head = [f"{reply.status}, first byte after {reply.first_byte_ms:.0f} ms", *(f"{name}: {value}" for name, value in reply.headers)]
    return [f"    {printable(line)}" for line in head] + _body(reply.body)


def _failure(failure: NoReply) -> list[str]:
    return [f"    {printable(failure.kind)} after {failure.total_ms:.0f} ms" + (f": {printable(failure.detail)}" if failure.detail else "")]


def _body(body: bytes) -> list[str]:
    if not body:
        return []
    try:
        text = msgspec.json.format(body, indent=2).decode()
    except (msgspec.DecodeError, UnicodeDecodeError):
        text = body.decode("utf-8", "backslashreplace")
    rest = f"… ({len(body):,} bytes in all)" if len(text) > BODY_CHARACTERS else ""
    return ["", *(f"    {printable(line)}" for line in text[:BODY_CHARACTERS].splitlines()), *([f"    {rest}"] if rest else [])]
