"""Answers per CPU-millisecond of the generating agents, in both languages, beside Schemathesis's own generation of the same operations.

    python -m tests.bench.generation_speed --scratch DIR [--documents NAME=FILE...] [--jobs 60] [--agents NAME...] [--without-schemathesis]

Without ``--documents``: Kinto's, asked of a server that is started for it, and GitHub's (in DIR/node_modules, where `.ci/full` puts it).
Of a document so many operations are taken, spread evenly; each is asked for 200 answers in one job, ordinals 0 to 199, by a worker that has
done the same job under another seed before. CPU time is what the operating system says of the worker's process from the sending of the
job to its end: reading it, making the answers, encoding and writing them. What the worker itself reports stands beside it, in whole
milliseconds a job, rounded down, so that it is less by up to one a job. Schemathesis makes as many cases of the same operations in its
process, warmed by a few, and sends nothing.

The calibration loop is a fixed number of steps of SplitMix64 in this Python, timed at every job: figures of different machines, or of one
that is busy, compare by it: the last columns are its steps per CPU-ms, and the answers per thousand of its steps.

Both agents are held to the bounds, as they are on the machine that measures: nothing is made good by the calibration.
"""

import argparse
import asyncio
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pipeline.messages import Api, ApiSlice, Job, Span
from stages.agents.core.draws import Draws
from stages.agents.wire import Done, Forget
from stages.dispatch.slices import slice_group
from stages.ingest.load import load_api
from tests.bench import targets
from tests.bench.bounds import Bound, judged
from tests.bench.measure import table
from tests.conftest import Conversation

GITHUB = Path("node_modules/@octokit/openapi/generated/api.github.com.json")
ANSWERS = 200  # of a job
STEPS = 2_000  # of the calibration loop
WARM_SEED, SEED = 6, 7
AGENTS = ("functional-positive", "functional-negative")
WORKERS = {"python": [sys.executable, "-m", "stages.agents"], "rust": [str(Path(sys.executable).parent / "sentinel-agents")]}
LEAST = {"python": 8.0, "rust": 60.0}  # answers per CPU-ms
HEAD = ["document", "agent", "by", "jobs", "answers", "per CPU-ms", "per reported ms", "peak MB", "calibration", "per 1,000 steps"]


@dataclass(slots=True)
class Measured:
    """What the jobs of one agent took one worker at one document. Milliseconds are CPU time."""

    document: str
    agent: str
    by: str
    jobs: int = 0
    answers: int = 0
    cpu_ms: float = 0.0
    reported_ms: int = 0
    peak_mb: float = 0.0
    steps: list[float] = field(default_factory=list)  # of the calibration loop, per millisecond

    @property
    def rate(self) -> float:
        return self.answers / self.cpu_ms if self.cpu_ms else 0.0

    @property
    def calibration(self) -> float:
        return statistics.median(self.steps) if self.steps else 0.0

    def row(self) -> list[object]:
        reported = f"{self.answers / self.reported_ms:,.1f}" if self.reported_ms else ""
        peak = f"{self.peak_mb:,.0f}" if self.peak_mb else ""
        return [
            self.document,
            self.agent,
            self.by,
            self.jobs,
            self.answers,
            f"{self.rate:,.2f}",
            reported,
            peak,
            f"{self.calibration:,.0f}",
            f"{1000 * self.rate / self.calibration:,.2f}" if self.calibration else "",
        ]


def calibration() -> float:
    """Steps of SplitMix64 per CPU-millisecond, made by this Python now."""
    begun = time.process_time_ns()
    draws = Draws(0)
    for _ in range(STEPS):
        draws.next()
    return STEPS * 1e6 / (time.process_time_ns() - begun)


def cpu_ms_of(pid: int) -> float:
    """The CPU time of a process so far: clock_getcpuclockid(3) of Linux, whose clock is named by the id's complement."""
    return time.clock_gettime_ns((~pid << 3) | 2) / 1e6


def peak_mb_of(pid: int) -> float:
    """The most memory that a process has had resident."""
    status = Path(f"/proc/{pid}/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")) / 1024


def chosen(api: Api, jobs: int) -> dict[str, tuple[ApiSlice, list[str]]]:
    """The operations that are asked, spread evenly over the document, by group, with its slice."""
    step = max(len(api.operations) // jobs, 1)
    found: dict[str, tuple[ApiSlice, list[str]]] = {}
    for operation in api.operations[::step][:jobs]:
        if operation.group not in found:
            found[operation.group] = slice_group(api, operation.group), []
        found[operation.group][1].append(operation.key)
    return found


def of_workers(name: str, agent: str, groups: dict[str, tuple[ApiSlice, list[str]]]) -> list[Measured]:
    """Both workers at the same jobs, in turn, so that what befalls the machine befalls both."""
    workers = {by: Conversation(command, 600) for by, command in WORKERS.items()}
    results = {by: Measured(name, agent, by) for by in workers}
    for worker in workers.values():
        worker.greet()
    for slice_, keys in groups.values():
        for by, worker in workers.items():
            result = results[by]
            for index, key in enumerate(keys):
                span = Span(operation=key, start=0, count=ANSWERS)
                warm = Job(id=1, agent=agent, slice=slice_.digest, seed=WARM_SEED, spans=[span])
                worker.answers(warm, slice_ if index == 0 else None)
                result.steps.append(calibration())
                begun = cpu_ms_of(worker.process.pid)
                made, end = worker.answers(Job(id=2, agent=agent, slice=slice_.digest, seed=SEED, spans=[span]))
                result.cpu_ms += cpu_ms_of(worker.process.pid) - begun
                assert isinstance(end, Done), end
                result.jobs += 1
                result.answers += len(made)
                result.reported_ms += end.cpu_ms
            result.peak_mb = max(result.peak_mb, peak_mb_of(worker.process.pid))
            worker.send(Forget(digest=slice_.digest))
    for worker in workers.values():
        worker.close()
    return list(results.values())


def of_schemathesis(name: str, agent: str, path: Path, groups: dict[str, tuple[ApiSlice, list[str]]], scratch: Path) -> Measured:
    """Schemathesis's generation of the same operations, positive or negative as the agent is."""
    result = Measured(name, agent, "schemathesis")
    python = targets.venv(scratch, "schemathesis", targets.SCHEMATHESIS) / "python"
    keys = [key for _, keys in groups.values() for key in keys]
    asked = {"document": str(path), "mode": agent.removeprefix("functional-"), "operations": keys, "cases": ANSWERS}
    command = [str(python), str(Path(__file__).with_name("schemathesis_generation.py"))]
    with tempfile.TemporaryDirectory() as folder:  # where Hypothesis may keep what it likes
        result.steps.append(calibration())
        done = subprocess.run(command, input=json.dumps(asked), capture_output=True, text=True, check=True, timeout=3600, cwd=folder)
        result.steps.append(calibration())
    told = json.loads(done.stdout.splitlines()[-1])
    result.jobs, result.answers, result.cpu_ms, result.peak_mb = told["operations"], told["cases"], told["cpu_ms"], told["peak_mb"]
    return result


def documents(arguments: argparse.Namespace) -> dict[str, Path]:
    """The documents by name."""
    if arguments.documents:
        return {name: Path(path) for name, _, path in (one.partition("=") for one in arguments.documents)}
    kinto = arguments.scratch / "generation" / "kinto.json"
    if not kinto.exists():
        kinto.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory() as state, targets.running(targets.TARGETS["kinto"], arguments.scratch, Path(state)) as url:
            kinto.write_text(json.dumps(targets.document(targets.TARGETS["kinto"], url)))
    return {"Kinto": kinto, "GitHub": arguments.scratch / GITHUB}


def report(results: Sequence[Measured]) -> int:
    """Print the tables; 1 where a bound is missed."""
    print(table(HEAD, [result.row() for result in results]))
    rate = {(result.document, result.agent, result.by): result.rate for result in results}
    print()
    rows = [
        [document, agent, *(f"{rate[document, agent, 'rust'] / other:,.1f}" if other else "" for other in (python, theirs))]
        for document, agent in dict.fromkeys((result.document, result.agent) for result in results)
        for python, theirs in [(rate[document, agent, "python"], rate.get((document, agent, "schemathesis"), 0.0))]
    ]
    print(table(["document", "agent", "Rust to Python", "Rust to Schemathesis"], rows))
    return judged(
        [
            Bound(what=f"{result.document}: {result.agent} per CPU-ms, {result.by}", measured=result.rate, least=LEAST[result.by])
            for result in results
            if result.by in LEAST
        ]
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scratch", type=Path, required=True)
    parser.add_argument("--documents", nargs="+", default=[], metavar="NAME=FILE")
    parser.add_argument("--jobs", type=int, default=60)
    parser.add_argument("--agents", nargs="+", default=list(AGENTS), choices=AGENTS)
    parser.add_argument("--without-schemathesis", action="store_true")
    arguments = parser.parse_args()
    arguments.scratch = arguments.scratch.resolve()
    results: list[Measured] = []
    for name, path in documents(arguments).items():
        groups = chosen(asyncio.run(load_api(str(path))), arguments.jobs)
        for agent in arguments.agents:
            results += of_workers(name, agent, groups)
            if not arguments.without_schemathesis:
                results.append(of_schemathesis(name, agent, path.resolve(), groups, arguments.scratch))
    return report(results)


if __name__ == "__main__":
    sys.exit(main())
