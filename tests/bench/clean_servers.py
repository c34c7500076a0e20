"""Servers that obey their documents: the demo's clean twin, the strict FastAPI server, Prism. A finding here is a false alarm.

Prism is a mock without state, so that makers and removers tell it nothing, and it dies of broken bodies, paths and methods (an error that
its validator throws is caught nowhere): it gets valid requests only.

Run as ``python -m tests.bench.clean_servers --scratch DIR``; ends with 1 where anything was found or a run did not test its target.
"""

import argparse
import collections
import json
import sys
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.demo import TOKEN
from tests.bench import prism
from tests.bench.measure import measure, table
from tests.servers import launch


@dataclass(frozen=True, kw_only=True)
class Clean:
    """A server, given the scratch folder; the token that lets in; and what else the command is told. ``document``: where it offers none."""

    start: Callable[[Path], AbstractContextManager[launch.Server]]
    token: str
    document: Callable[[Path], Path] | None = None
    arguments: Sequence[str] = ()


def _of_prism(name: str) -> Clean:
    keys = [part for header in ("X-API-Key: x", "api_key: x") for part in ("--header", header)]
    return Clean(
        start=lambda scratch: prism.running(scratch, name),
        token="any",
        document=lambda scratch: prism.document(scratch, name),
        arguments=["--agents", "functional-positive", *keys],
    )


SERVERS = {
    "demo --clean": Clean(start=lambda _: launch.demo(clean=True), token=TOKEN),
    "strict FastAPI": Clean(start=lambda _: launch.strict(), token="token-clerk"),
    **{f"Prism {name}": _of_prism(name) for name in prism.DOCUMENTS},
}
HEAD = ["server", "seed", "requests", "operations", "with 2xx", "findings", "notes", "exit"]


def lines_of(report: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in report.read_text("utf-8").splitlines()] if report.exists() else []


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scratch", type=Path, required=True, help="folder for stores and reports")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3, 4, 5])
    parser.add_argument("--servers", nargs="+", choices=sorted(SERVERS), default=sorted(SERVERS))
    parser.add_argument("--time", type=int, default=30, help="seconds a run; default: 30")
    parser.add_argument("extra", nargs="*", help="more arguments for `sentinel run`, after --")
    arguments = parser.parse_args()
    rows: list[list[object]] = []
    alarms: list[str] = []
    noted: collections.Counter[str] = collections.Counter()
    for name in arguments.servers:
        clean = SERVERS[name]
        for seed in arguments.seeds:
            folder = arguments.scratch.resolve() / "clean" / f"{name.replace(' ', '')}-{seed}"
            folder.mkdir(parents=True, exist_ok=True)
            report = folder / "report.ndjson"
            report.unlink(missing_ok=True)
            with clean.start(arguments.scratch.resolve()) as server:
                ends = [
                    "--time",
                    f"{arguments.time}s",
                    "--seed",
                    str(seed),
                    "--report",
                    f"ndjson={report}",
                    "--store",
                    str(folder / "store.db"),
                ]
                who = ["--header", f"Authorization: Bearer {clean.token}", *clean.arguments]
                what = [server.url] if clean.document is None else [str(clean.document(arguments.scratch.resolve())), "--url", server.url]
                command = [sys.executable, "-m", "pipeline.cli", "run", *what, *ends, *who, *arguments.extra]
                cost = measure(command, cwd=folder, env={"PYTHONPATH": str(launch.ROOT)}, timeout_s=arguments.time + 120)
            lines = lines_of(report)
            findings = [line for line in lines if line["type"] == "finding"]
            notes = [line for line in lines if line["type"] == "note"]
            operations = [line for line in lines if line["type"] == "operation"]
            reached = [line for line in operations if line["reached"] == "success"]
            requests = sum(line["requests"] + line["foreign"] for line in operations)
            rows.append([name, seed, requests, len(operations), len(reached), len(findings), len(notes), cost.exit_code])
            alarms += [f"{name}, seed {seed}: {line['check']} {line['operation']}: {line['title']}" for line in findings]
            alarms += [f"{name}, seed {seed}: exit {cost.exit_code}: {cost.output[-500:]}"] if cost.exit_code else []
            noted.update(f"{name}: {line['check']} {line['operation']}: {line['title']}" for line in notes)
            print(table(HEAD, rows[-1:]), flush=True)
    print()
    print(table(HEAD, rows))
    for alarm in alarms:
        print(f"FALSE ALARM {alarm}")
    for note, times in noted.most_common():
        print(f"note, {times} times: {note}")
    return 1 if alarms else 0


if __name__ == "__main__":
    sys.exit(main())
