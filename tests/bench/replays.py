"""Every finding of the runs that ``real_servers`` left, replayed on servers with fresh state: which show again, and how often.

Run as ``python -m tests.bench.replays --scratch DIR``, after ``python -m tests.bench.real_servers`` with the same folder. Each replay has a
server of its own, started for it alone.
"""

import argparse
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.bench import targets
from tests.bench.measure import table
from tests.bench.targets import TARGETS, Target
from tests.servers.launch import ROOT

HEAD = ["target", "finding", "seeds", "shown", "severity", "check", "operation", "title"]


@dataclass(frozen=True, kw_only=True)
class Found:
    """A finding and the store of the first run that has it; ``seeds`` of all that do."""

    target: str
    report: dict[str, Any]
    store: Path
    seeds: Sequence[str]


def found_in(runs: Path, target: str) -> list[Found]:
    """The findings of a target's runs, each once: ids are the same in every run of one target."""
    by_id: dict[str, list[tuple[Path, dict[str, Any]]]] = {}
    for folder in sorted(runs.glob(f"{target}-sentinel-*")):
        for report in _findings(folder / "findings.ndjson"):
            by_id.setdefault(report["id"], []).append((folder, report))
    return [
        Found(
            target=target,
            report=seen[0][1],
            store=seen[0][0] / "store.db",
            seeds=[folder.name.rpartition("-")[2] for folder, _ in seen],
        )
        for seen in by_id.values()
    ]


def _findings(report: Path) -> Iterator[dict[str, Any]]:
    for line in report.read_text().splitlines():
        entry = json.loads(line)
        if entry["type"] == "finding":
            yield entry


def shows(target: Target, found: Found, scratch: Path) -> bool:
    """Whether one replay on a fresh server shows the finding again; one that could not be sent whole (exit code 3) does not."""
    state = scratch / "replay" / target.name
    shutil.rmtree(state, ignore_errors=True)
    state.mkdir(parents=True)
    with targets.running(target, scratch, state) as url:
        headers = [part for header in target.headers for part in ("--header", header)]
        where = ["--url", url + target.prefix, "--store", str(found.store)]
        command = [sys.executable, "-m", "pipeline.cli", "replay", found.report["id"], *where, *headers]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    if done.returncode not in {0, 1, 3}:
        raise RuntimeError(f"replay of {found.report['id']} ended with {done.returncode}: {done.stderr[-500:]}")
    return done.returncode == 1


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scratch", type=Path, required=True, help="the folder given to real_servers")
    parser.add_argument("--targets", nargs="+", choices=sorted(TARGETS), default=sorted(TARGETS))
    parser.add_argument("--times", type=int, default=3, help="replays of each finding; default: 3")
    arguments = parser.parse_args()
    scratch = arguments.scratch.resolve()
    rows: list[list[object]] = []
    for name in arguments.targets:
        for found in found_in(scratch / "runs", name):
            report = found.report
            if report["case"] is None:  # it is about the target as a whole
                shown = "no case"
            else:
                shown = f"{sum(shows(TARGETS[name], found, scratch) for _ in range(arguments.times))}/{arguments.times}"
            counted = [",".join(found.seeds), shown]
            rows.append([name, report["id"], *counted, report["severity"], report["check"], report["operation"], report["title"]])
            print(table(HEAD, [rows[-1]]), flush=True)
    print()
    print(table(HEAD, rows))
    return 0


if __name__ == "__main__":
    sys.exit(main())
