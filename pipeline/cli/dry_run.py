"""``sentinel run --dry-run``: what would be sent, what of it is destructive, how long it takes. Reads the document, sends no test."""

import fnmatch
import sys
from typing import TYPE_CHECKING

from msgspec import Struct

from pipeline.cli.idle import idle
from pipeline.cli.text import counted, printable, table
from pipeline.config import durations
from pipeline.config.model import OverrideConfig, PipelineConfig
from pipeline.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from pipeline.messages import Api, Operation

_CHANGING = ("PUT", "PATCH", "DELETE")
_READING = ("GET", "HEAD", "OPTIONS", "TRACE")


class Prospect(Struct, frozen=True, kw_only=True):
    """What a run would do with one operation. ``effect``: reads, makes, changes or removes."""

    operation: "Operation"
    effect: str
    left_out: str = ""  # why nothing is sent
    withheld: str = ""  # which of its requests the safety rule keeps back


def dry_run(config: PipelineConfig) -> int:
    from pipeline.cli.reading import understood

    document = understood(config)
    found = prospects(document.api, config)
    sent = [prospect for prospect in found if not prospect.left_out]
    if not sent:
        raise UsageError("no operation is left to test: every one is skipped by an override")
    for warning in idle(config.overrides, document.api.operations):
        print(printable(warning), file=sys.stderr)
    for line in _lines(document.base_url, config, found, sent):
        print(printable(line) if "\n" not in line else line)
    return ExitCode.CLEAN


def prospects(api: "Api", config: PipelineConfig) -> list[Prospect]:
    """All operations in the order of the first pass: makers before takers, removers last. Raises ``UsageError`` where no glob matches."""
    from stages.ingest.target import selected

    chosen = {operation.key for operation in selected(api, config.run.operations).operations}
    operations = sorted(api.operations, key=lambda operation: (operation.method == "DELETE", operation.level))
    return [_prospect(operation, config, chosen=operation.key in chosen) for operation in operations]


def _prospect(operation: "Operation", config: PipelineConfig, *, chosen: bool) -> Prospect:
    overrides = [override for override in config.overrides if fnmatch.fnmatchcase(operation.key, override.operation)]
    left_out = next((override.skip for override in reversed(overrides) if override.skip), "")
    if not chosen:
        left_out = "no --operations glob matches"
    effect = "removes" if operation.method == "DELETE" else "changes" if operation.method in _CHANGING else "makes"
    effect = "reads" if operation.method in _READING else effect
    withheld = ""
    if operation.method in _CHANGING and not left_out and not _allowed(overrides, config):
        withheld = f"except to what {operation.maker} made" if operation.maker else "the run makes no such object"
    return Prospect(operation=operation, effect=effect, left_out=left_out, withheld=withheld)


def _allowed(overrides: list[OverrideConfig], config: PipelineConfig) -> bool:
    said = [override.allow_unsafe for override in overrides if override.allow_unsafe is not None]
    return said[-1] if said else config.execute.allow_unsafe


def _lines(base_url: str, config: PipelineConfig, found: list[Prospect], sent: list[Prospect]) -> list[str]:
    agents = ", ".join(config.testing)
    where = base_url or "(no server: name one with --url)"
    lines = [f"nothing was sent. A run would test {len(sent)} of {counted(len(found), 'operation')} at {where} with {agents}:"]
    rows = [(prospect.operation.key, prospect.effect, _remark(prospect)) for prospect in found]
    lines += ["", table(("OPERATION", "EFFECT", ""), rows), ""]
    lines += ["requests by phase:", *_phases(config, sent), ""]
    lines += ["destructive:", *_destructive(config, sent), ""]
    return [*lines, "how long:", *_duration(config, sent)]


def _remark(prospect: Prospect) -> str:
    return f"left out: {prospect.left_out}" if prospect.left_out else f"withheld: {prospect.withheld}" if prospect.withheld else ""


def _phases(config: PipelineConfig, sent: list[Prospect]) -> list[str]:
    first = len(sent) * len(config.testing)
    share = config.dispatch.suspicion_share
    limit = config.run.max_requests
    first = first if limit is None else min(first, limit)
    hooks = [f"  before        {counted(len(config.execute.hooks), 'hook')}"] if config.execute.hooks else []
    if limit is None:
        return [
            *hooks,
            f"  first pass    {first}: one best guess for every operation, makers before takers",
            f"  exploration   as many as the time allows, {share:.0%} of them kept for checking findings again",
            f"  clean-up      one for every object made ({counted(_makers(sent), 'operation')} can make some)"
            if config.dispatch.cleanup
            else "",
        ]
    rest = limit - first
    return [
        *hooks,
        f"  first pass    {first}: one best guess for every operation, makers before takers",
        f"  exploration   up to {round(rest * (1 - share))}, and {rest - round(rest * (1 - share))} kept for checking findings again",
        f"  clean-up      one for every object made ({counted(_makers(sent), 'operation')} can make some)"
        if config.dispatch.cleanup
        else "",
    ]


def _makers(sent: list[Prospect]) -> int:
    return sum(any(output.made for output in prospect.operation.outputs) for prospect in sent)


def _destructive(config: PipelineConfig, sent: list[Prospect]) -> list[str]:
    changing = [prospect for prospect in sent if prospect.effect in {"changes", "removes"}]
    free = [prospect for prospect in changing if not prospect.withheld]
    kept = [prospect for prospect in changing if prospect.withheld and prospect.operation.maker]
    never = [prospect for prospect in changing if prospect.withheld and not prospect.operation.maker]
    making = [prospect for prospect in sent if prospect.effect == "makes"]
    lines = [f"  {counted(len(making), 'operation')} may make objects or have other effects (POST)"] if making else []
    if not config.dispatch.cleanup and making:
        lines.append("  what the run makes stays: dispatch.cleanup is off")
    lines += [f"  {counted(len(kept), 'operation')} may change or remove only what the run itself made"] if kept else []
    lines += [f"  {counted(len(never), 'operation')} withheld: the run makes no object for that (allow_unsafe is off)"] if never else []
    lines += [f"  {prospect.operation.key} may hit any object: allow_unsafe is on" for prospect in free]
    return lines or ["  nothing: every operation only reads"]


def _duration(config: PipelineConfig, sent: list[Prospect]) -> list[str]:
    settings, limits = config.run, config.execute
    ends = [f"after {durations.text(settings.time_ms)}"] if settings.time_ms is not None else []
    ends += [f"after {settings.max_requests} requests"] if settings.max_requests is not None else []
    lines = ["  it ends " + (" or ".join(ends) if ends else "only when nothing is left to test, or with Ctrl-C")]
    if config.dispatch.cleanup:
        lines.append(f"  and up to {durations.text(max(config.dispatch.cleanup_ms, 1))} of clean-up")
    if limits.requests_per_second:
        seconds = len(sent) * len(config.testing) / limits.requests_per_second
        lines.append(f"  the first pass takes at least {seconds:.0f} s at {limits.requests_per_second:g} requests a second")
    return lines
