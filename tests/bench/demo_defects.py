"""The demo's ten planted defects: which of them a run finds, and that a run finds nothing else.

With ``--switches`` also one run for each defect switched off: its finding must vanish and nothing else change. Run as
``python -m tests.bench.demo_defects --scratch DIR``; ends with 1 where a defect is missed or anything else is found.
"""

import argparse
import json
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from pipeline.demo import DEFECTS, TOKEN, plant
from tests.bench.measure import measure, table
from tests.servers import launch

Found = set[tuple[str, str]]  # (check, operation)


def planted(seed: int, off: Sequence[str]) -> Found:
    return {(each.defect.check, operation) for operation, each in plant(seed, off).items()}


def found(seed: int, off: Sequence[str], arguments: argparse.Namespace) -> Found:
    """The findings of one run against a fresh demo."""
    folder: Path = arguments.scratch.resolve() / "defects" / "-".join([str(seed), *off])
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    report = folder / "report.ndjson"
    with launch.demo(seed, off=off) as server:
        ends = ["--time", f"{arguments.time}s", "--seed", str(seed), "--store", str(folder / "store.db"), "--report", f"ndjson={report}"]
        who = ["--header", f"Authorization: Bearer {TOKEN}"]
        command = [sys.executable, "-m", "pipeline.cli", "run", server.url, *ends, *who, *arguments.extra]
        measure(command, cwd=folder, env={"PYTHONPATH": str(launch.ROOT)}, timeout_s=arguments.time + 120)
    lines = [json.loads(line) for line in report.read_text("utf-8").splitlines()] if report.exists() else []
    return {(line["check"], line["operation"]) for line in lines if line["type"] == "finding"}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scratch", type=Path, required=True, help="folder for stores and reports")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--time", type=int, default=60, help="seconds a run; default: 60")
    parser.add_argument("--switches", action="store_true", help="also with each defect switched off")
    parser.add_argument("extra", nargs="*", help="more arguments for `sentinel run`, after --")
    arguments = parser.parse_args()
    switches: list[list[str]] = [[], *([[defect.name] for defect in DEFECTS] if arguments.switches else [])]
    rows: list[list[object]] = []
    for seed in arguments.seeds:
        for off in switches:
            expected, seen = planted(seed, off), found(seed, off, arguments)
            missed, more = sorted(expected - seen), sorted(seen - expected)
            rows.append([seed, ", ".join(off) or "-", f"{len(expected & seen)} of {len(expected)}", missed or "-", more or "-"])
            print(table(["seed", "off", "found", "missed", "found beside them"], rows[-1:]), flush=True)
    print()
    print(table(["seed", "off", "found", "missed", "found beside them"], rows))
    return 1 if any(row[3] != "-" or row[4] != "-" for row in rows) else 0


if __name__ == "__main__":
    sys.exit(main())
