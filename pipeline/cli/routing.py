"""``sentinel routing``: what was measured of the implementations of agents, and why each job went where it went."""

import argparse
import pathlib
import sys
from typing import TYPE_CHECKING, Any

from pipeline.cli import options
from pipeline.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from pipeline.messages import DecisionRow
    from stages.persist import Store

EPILOG = """\
Without a job: what is known now, by agent and implementation. With the number of a job: the reasons in numbers, and what happened.

exit codes: 0 it is shown; 2 usage, or there is nothing to show"""


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("of_job", metavar="JOB", nargs="?", type=int, help="explain the routing of this job")
    parser.add_argument("--run", metavar="RUN", default="last", dest="of_run", help="the run of the job; default: the last run")
    parser.add_argument("--forget", action="store_true", help="forget what was measured")
    parser.add_argument("--export", metavar="FILE", help="write what was measured to a file, as JSON")
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    options.add_store(parser)


def run(arguments: argparse.Namespace) -> int:
    from pipeline.config.paths import store_path
    from stages.persist import Store, forget_snapshot

    path = store_path(arguments.store or "")
    if arguments.forget:
        forget_snapshot(path, "routing")
        print("what was measured is forgotten: the configured order decides again")
        return ExitCode.CLEAN
    with Store(path) as store:
        if arguments.of_job is not None:
            _explain(store, arguments.of_run, arguments.of_job, as_json=arguments.json)
        else:
            _table(store, arguments.export, as_json=arguments.json)
    return ExitCode.CLEAN


def _table(store: "Store", export: str | None, *, as_json: bool) -> None:
    import msgspec

    from pipeline.cli.text import table
    from stages.dispatch.routing import SetAside, imported, summary

    data = store.snapshot("routing")
    if data is None:
        raise UsageError(f"nothing was measured yet: no run in {store.path} has ended")
    if export is not None:
        try:
            pathlib.Path(export).write_bytes(data)
        except OSError as error:
            raise UsageError(f"{export} cannot be written: {error.strerror}") from None
        return
    state = imported(data)
    if isinstance(state, SetAside):
        raise UsageError(f"what was measured cannot be used: {state.reason}")
    rows = sorted(summary(state), key=lambda row: (row.agent, -row.efficiency, row.arm))
    if as_json:
        for row in rows:
            print(msgspec.json.encode(row).decode())
        return
    head = ("AGENT", "ARM", "ANSWERS/MS", "JOB MS", "CPU MS", "QUEUE MS", "SAMPLES", "SHADOWS", "FAILED", "STATE", "90 % HELD")
    shown = [
        (
            row.agent,
            f"{row.arm} {row.version}".strip(),
            f"{row.efficiency:.2f}",
            f"{row.wall_ms:.1f}",
            f"{row.cpu_ms:.1f}",
            f"{row.queue_ms:.1f}",
            row.samples,
            row.shadows or "",
            row.failed + row.timeouts or "",
            row.breaker,
            f"{100 * row.held:.0f} % of {row.predictions}" if row.predictions else "",
        )
        for row in rows
    ]
    print(table(head, shown))


def _explain(store: "Store", run: str, job: int, *, as_json: bool) -> None:
    import msgspec

    found = store.decision(run, job)
    if found is None:
        raise UsageError(f"run {store.run(run).id} has no job {job}")
    plan = msgspec.json.decode(found.plan)
    if as_json:
        print(msgspec.json.encode({**msgspec.to_builtins(found), "plan": plan}).decode())
    else:
        sys.stdout.write(explained(found, plan))


def explained(row: "DecisionRow", plan: dict[str, Any]) -> str:
    """The decision in words and numbers."""
    from pipeline.cli.text import table

    lines = [
        f"job {row.job} of run {row.run}: {row.agent}, {row.group or 'all operations'}, {plan['size']} answers asked",
        f"decided by {plan['why']}: {plan['mode']} over {', '.join(plan['order']) or 'no arm'}",
        "",
    ]
    head = ("ARM", "EXPECTED MS", "90 % WITHIN", "START MS", "SCORE", "UNCERTAIN", "RELIABLE", "STATE", "SAMPLES")
    lines.append(
        table(
            head,
            [
                (
                    reason["arm"],
                    f"{reason['expected_ms']:.1f}",
                    f"{reason['low_ms']:.1f} to {reason['high_ms']:.1f}",
                    f"{reason['start_ms']:.1f}",
                    f"{reason['score']:.2f}",
                    f"{reason['uncertainty']:.2f}",
                    f"{100 * reason['reliability']:.0f} %",
                    reason["breaker"],
                    reason["samples"],
                )
                for reason in plan["reasons"]
            ],
        )
    )
    lines += ["", "what happened:"]
    for one in row.tries:
        cold = ", cold" if one.cold else ""
        what = f"{one.answers} answers" if one.kind == "answered" else one.kind
        why = f": {one.why}" if one.why else ""
        lines.append(
            f"  {one.arm}{' (shadow)' if one.shadow else ''}: {what} in {one.wall_ms:.1f} ms (CPU {one.cpu_ms:.1f} ms, waited "
            f"{one.queue_ms:.1f} ms{cold}){why}"
        )
    if row.differs:
        lines.append(f"ANSWERS DIFFER: those of {row.differs} are not those that count, although both claim to be deterministic")
    return "\n".join(lines) + "\n"
