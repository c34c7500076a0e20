"""Real servers, fresh for each run, tested by Sentinel and by others with the same credentials: what each reaches and what it costs.

A recording proxy counts for all (tests/bench/recorder.py). Run as ``python -m tests.bench.real_servers --scratch DIR``.
"""

import argparse
import json
import re
import shutil
import signal
import statistics
import subprocess
import sys
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.bench import targets
from tests.bench.bounds import Bound, judged
from tests.bench.measure import Cost, measure, table
from tests.bench.targets import TARGETS, Target
from tests.bench.tools import TOOLS, Setting
from tests.servers.launch import ROOT

HEAD = ["target", "tool", "seed", "operations", "with 2xx", "pairs", "5xx", "requests", "per CPU-s", "CPU s", "peak MB", "findings", "exit"]


@dataclass(frozen=True, kw_only=True)
class Reached:
    """One tool at one target with one seed."""

    target: str
    tool: str
    seed: int
    operations: int
    with_2xx: int
    pairs: int
    server_errors: int
    requests: int
    findings: str
    cost: Cost

    def row(self) -> list[object]:
        rate = self.requests / self.cost.cpu_s
        counted = [self.operations, self.with_2xx, self.pairs, self.server_errors, self.requests, rate]
        spent = [self.cost.cpu_s, self.cost.peak_pss_mb, self.findings, self.cost.exit_code]
        return [self.target, self.tool, self.seed, *counted, *spent]


@contextmanager
def recorded(target: Target, document: Path, url: str, out: Path) -> Generator[str]:
    """The recording proxy before the target; its counts are in ``out`` when the context has ended."""
    command = [sys.executable, "-m", "tests.bench.recorder", "--target", url, "--document", str(document), "--out", str(out)]
    with subprocess.Popen([*command, "--prefix", target.prefix], stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip()
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(20)


def run(target: Target, tool: str, seed: int, arguments: argparse.Namespace) -> Reached:
    """One run on a fresh server. Everything it leaves is in SCRATCH/runs/TARGET-TOOL-SEED."""
    folder: Path = arguments.scratch / "runs" / f"{target.name}-{tool}-{seed}"
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "state").mkdir(parents=True)
    document, counts = folder / "openapi.json", folder / "counts.json"
    with targets.running(target, arguments.scratch, folder / "state") as url:
        known = targets.document(target, url)
        document.write_text(json.dumps(known))
        with recorded(target, document, url, counts) as proxied:
            setting = Setting(
                scratch=arguments.scratch,
                document=document,
                url=proxied + target.prefix,
                headers=target.headers,
                seed=seed,
                seconds=arguments.time,
                folder=folder,
                extra=arguments.extra,
            )
            cost = measure(TOOLS[tool](setting), cwd=folder, env={"PYTHONPATH": str(ROOT)}, timeout_s=arguments.time + 120)
    return _reached(target, tool, seed, folder, cost)


def _reached(target: Target, tool: str, seed: int, folder: Path, cost: Cost) -> Reached:
    known = json.loads((folder / "openapi.json").read_text())["paths"]
    methods = {"get", "put", "post", "delete", "options", "head", "patch", "trace"}
    rows = json.loads((folder / "counts.json").read_text())["rows"]
    to_operations = [(row["operation"], row["status"]) for row in rows if row["operation"]]
    return Reached(
        target=target.name,
        tool=tool,
        seed=seed,
        operations=sum(len(methods & item.keys()) for item in known.values()),
        with_2xx=len({operation for operation, status in to_operations if 200 <= status < 300}),
        pairs=len(to_operations),
        server_errors=sum(500 <= status < 600 for _, status in to_operations),
        requests=sum(row["count"] for row in rows),
        findings=FINDINGS[tool](folder, cost.output),
        cost=cost,
    )


def _sentinel_findings(folder: Path, _output: str) -> str:
    report = folder / "findings.ndjson"
    if not report.exists():
        return "none written"
    kinds = [json.loads(line)["type"] for line in report.read_text().splitlines() if line]
    return f"{kinds.count('finding')} + {kinds.count('note')} notes"


def _schemathesis_findings(_folder: Path, output: str) -> str:
    found = re.search(r"(\d+) (?:unique )?failures?", output.rpartition("SUMMARY")[2].rpartition("Seed:")[0])
    return found[1] if found else ("0" if "No issues found" in output else "unknown")


def _apifuzz_findings(_folder: Path, output: str) -> str:
    found = re.search(r"(\d+) failures?", output)
    return found[1] if found else "unknown"


FINDINGS = {"sentinel": _sentinel_findings, "schemathesis": _schemathesis_findings, "apifuzz": _apifuzz_findings}


def compared(results: Sequence[Reached]) -> Iterator[tuple[str, dict[str, list[Reached]]]]:
    """The targets that Sentinel and Schemathesis were run on, with the runs of each."""
    for name in dict.fromkeys(result.target for result in results):
        of = {tool: [result for result in results if (result.target, result.tool) == (name, tool)] for tool in ("sentinel", "schemathesis")}
        if all(of.values()):
            yield name, of


def with_2xx(of: dict[str, list[Reached]]) -> dict[str, float]:
    """Each tool's median of operations with a 2xx."""
    return {tool: statistics.median(result.with_2xx for result in runs) for tool, runs in of.items()}


def bounds(results: Sequence[Reached]) -> list[Bound]:
    """What is asked: at each target at least 90 % of Schemathesis's operations with a 2xx; where all tools ran, as many (operation, status)
    as the best of the others."""
    found = [
        Bound(
            what=f"{name}: operations with 2xx, % of Schemathesis's", measured=100 * median["sentinel"] / median["schemathesis"], least=90
        )
        for name, median in ((name, with_2xx(of)) for name, of in compared(results))
    ]
    for name in dict.fromkeys(result.target for result in results):
        pairs = {tool: [one.pairs for one in results if (one.target, one.tool) == (name, tool)] for tool in TOOLS}
        if all(pairs.values()):
            most = max(statistics.median(counts) for tool, counts in pairs.items() if tool != "sentinel")
            found.append(Bound(what=f"{name}: distinct (operation, status)", measured=statistics.median(pairs["sentinel"]), least=most))
    return found


def not_judged(results: Sequence[Reached]) -> list[str]:
    """What the bounds do not speak of, as not all tools ran."""
    found: list[str] = []
    for name in dict.fromkeys(result.target for result in results):
        missing = [tool for tool in TOOLS if not any((one.target, one.tool) == (name, tool) for one in results)]
        if missing:
            found.append(f"{name}: the bound on distinct (operation, status) is NOT JUDGED: {', '.join(missing)} did not run")
        if {"sentinel", "schemathesis"} & set(missing):
            found.append(f"{name}: the bound on operations with a 2xx is NOT JUDGED")
    return found


def medians(results: Sequence[Reached]) -> str:
    """Sentinel's medians over Schemathesis's, by target."""
    rows: list[list[object]] = []
    for name, of in compared(results):
        median = with_2xx(of)
        rates = {tool: statistics.median(result.requests / result.cost.cpu_s for result in runs) for tool, runs in of.items()}
        reach = 100 * median["sentinel"] / median["schemathesis"]
        rows.append([name, median["sentinel"], median["schemathesis"], f"{reach:.0f} %", rates["sentinel"] / rates["schemathesis"]])
    return table(["target", "with 2xx, Sentinel", "with 2xx, Schemathesis", "ratio", "requests per CPU-s, times"], rows)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scratch", type=Path, required=True, help="folder for venvs, state and results; kept for the next time")
    parser.add_argument("--targets", nargs="+", choices=sorted(TARGETS), default=sorted(TARGETS))
    parser.add_argument("--tools", nargs="+", choices=sorted(TOOLS), default=["sentinel", "schemathesis"])
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--time", type=int, default=90, help="seconds a run; default: 90")
    parser.add_argument("extra", nargs="*", help="more arguments for `sentinel run`, after --")
    arguments = parser.parse_args()
    arguments.scratch = arguments.scratch.resolve()
    results: list[Reached] = []
    for name in arguments.targets:
        for seed in arguments.seeds:
            for tool in arguments.tools:
                results.append(run(TARGETS[name], tool, seed, arguments))
                print(table(HEAD, [results[-1].row()]), flush=True)
    print()
    print(table(HEAD, [result.row() for result in results]))
    print()
    print(medians(results))
    status = judged(bounds(results))
    print("\n".join(not_judged(results)))
    return status


if __name__ == "__main__":
    sys.exit(main())
