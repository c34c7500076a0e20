"""Servers that obey their documents: the demo's clean twin and the strict FastAPI server. A finding here is a false alarm of Sentinel's.

Run as ``python -m tests.bench.clean_servers --scratch DIR``; ends with 1 where anything was found or a run did not test its target.
"""

import argparse
import collections
import json
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from pipeline.demo import TOKEN
from tests.bench.measure import measure, table
from tests.servers import launch

SERVERS: dict[str, tuple[Callable[[], AbstractContextManager[launch.Server]], str]] = {
    "demo --clean": (lambda: launch.demo(clean=True), TOKEN),
    "strict FastAPI": (launch.strict, "token-clerk"),
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
        start, token = SERVERS[name]
        for seed in arguments.seeds:
            folder = arguments.scratch.resolve() / "clean" / f"{name.replace(' ', '')}-{seed}"
            folder.mkdir(parents=True, exist_ok=True)
            report = folder / "report.ndjson"
            report.unlink(missing_ok=True)
            with start() as server:
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
                who = ["--header", f"Authorization: Bearer {token}"]
                command = [sys.executable, "-m", "pipeline.cli", "run", server.url, *ends, *who, *arguments.extra]
                cost = measure(command, cwd=folder, env={"PYTHONPATH": str(launch.ROOT)}, timeout_s=arguments.time + 120)
            lines = lines_of(report)
            findings = [line for line in lines if line["type"] == "finding"]
            notes = [line for line in lines if line["type"] == "note"]
            operations = [line for line in lines if line["type"] == "operation"]
            reached = [line for line in operations if any(status.startswith("2") for status in line["statuses"])]
            requests = sum(sum(line["statuses"].values()) for line in operations)
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
