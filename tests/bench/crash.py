"""``kill -9`` at random moments of a run against the demo, then ``--resume``: what must hold does hold.

- every trial that was committed before the kill is there after the resumed run, with the same case, and no trial is there twice;
- the resumed run explored the cases that its stored answers make (``--answers``), so the crash changed nothing that is planned;
- after `sentinel cleanup`, where the resumed run left anything, what is left at the demo was made by requests that are listed as undecided;
  nothing is left whose creation the store knows.

Run as ``python -m tests.bench.crash --scratch DIR --times 100``; ends with 1 where something does not hold.
"""

import argparse
import collections
import json
import random
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

from pipeline.demo import TOKEN
from tests.bench import stored
from tests.bench.measure import table
from tests.servers import launch

HEAD = ["kills", "too early", "too late", "committed, least", "most", "undecided", "cleaned up", "left, undecided", "violations"]
GRACE_S = 10.0  # in which the workers of a killed run must have ended


@dataclass(kw_only=True)
class Outcome:
    """One killed and resumed run. ``early``: the kill came before there was a run; ``late``: after its end."""

    early: bool = False
    late: bool = False
    committed: int = 0
    undecided: int = 0
    after_resume: int = 0
    left: int = 0
    violations: list[str] = field(default_factory=list)


def command(name: str, url: str, store: Path, *more: str) -> list[str]:
    who = ["--header", f"Authorization: Bearer {TOKEN}"]
    return [sys.executable, "-m", "pipeline.cli", name, *([url] if url else []), *who, "--store", str(store), *more]


def tell(asked: Sequence[str], output: Path) -> int:
    """Run a command to its end; what it says goes into the file."""
    with output.open("wb") as out:
        return subprocess.run(asked, cwd=launch.ROOT, stdout=out, stderr=subprocess.STDOUT, timeout=400, check=False).returncode


def fetch(url: str) -> Any:
    with urllib.request.urlopen(url, timeout=10) as reply:
        return json.loads(reply.read())


def kill_at(started: Sequence[str], folder: Path, moment_s: float) -> list[str]:
    """Start a run and kill its process, and only that one, with SIGKILL at the moment. Gives what is wrong with its workers' end."""
    with (folder / "killed.txt").open("wb") as output:
        process = subprocess.Popen(started, cwd=launch.ROOT, stdout=output, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)
    time.sleep(moment_s)
    workers = psutil.Process(process.pid).children(recursive=True) if process.poll() is None else []
    process.kill()
    process.wait()
    _, alive = psutil.wait_procs(workers, timeout=GRACE_S)
    return [f"worker {worker.pid} outlives its run" for worker in alive]


def once(seed: int, moment_s: float, arguments: argparse.Namespace) -> Outcome:
    folder: Path = arguments.scratch.resolve() / "crash" / str(seed)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    store, outcome = folder / "store.db", Outcome()
    limits = ["--seed", str(seed), "--max-requests", str(arguments.requests), "--time", "5m", "--keep", "all"]
    with launch.demo(seed=seed, off=["hang"]) as server:
        outcome.violations += kill_at(command("run", server.url, store, *limits), folder, moment_s)
        if not store.exists() or not stored.runs(store):
            outcome.early, outcome.left = True, len(fetch(f"{server.url}/_demo/objects")["made"])
            outcome.violations += ["objects were made before the run was stored"] if outcome.left else []
            return outcome
        (run,) = stored.runs(store)
        if stored.ended(store, run):
            outcome.late = True
            return outcome
        before = stored.trials(store, run)
        outcome.committed = len(before)
        code = tell(command("run", server.url, store, *limits, "--resume", run), folder / "resumed.txt")
        outcome.violations += [f"resuming ended with {code}"] if code not in {0, 1} else []
        after = stored.trials(store, run)
        changed = [key for key, digest in before.items() if after.get(key) != digest]
        outcome.violations += [f"{len(changed)} committed trials are lost or changed"] if changed else []
        outcome.after_resume = len(stored.left(store, run))
        if outcome.after_resume:
            tell(command("cleanup", "", store, run), folder / "cleaned.txt")
        judge_objects(server.url, store, run, outcome)
        tell(command("run", server.url, store, *limits, "--answers", run), folder / "replayed.txt")
        differ = stored.differing(stored.explored(after), stored.explored(stored.trials(store, stored.runs(store)[-1])))
        outcome.violations += [f"{differ} of {len(after)} cases are not those that the answers make"] if differ else []
    return outcome


def judge_objects(url: str, store: Path, run: str, outcome: Outcome) -> None:
    """What is still at the demo must be explained by undecided requests, one object each."""
    rows = fetch(f"{url}/_demo/objects")["made"]
    undecided = collections.Counter(stored.undecided(store, run))
    outcome.undecided, outcome.left = undecided.total(), len(rows)
    outcome.violations += [f"the store knows of {path}, which is left" for path in stored.left(store, run)]
    unexplained = collections.Counter(row["operation"] for row in rows) - undecided
    outcome.violations += [f"{count} objects of {operation} are left and not listed" for operation, count in unexplained.items()]


def whole_s(arguments: argparse.Namespace) -> float:
    """How long a run takes that nobody kills."""
    folder: Path = arguments.scratch.resolve() / "crash" / "whole"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    with launch.demo(seed=arguments.seed, off=["hang"]) as server:
        limits = ["--seed", str(arguments.seed), "--max-requests", str(arguments.requests), "--time", "5m", "--keep", "all"]
        started = time.monotonic()
        tell(command("run", server.url, folder / "store.db", *limits), folder / "whole.txt")
        return time.monotonic() - started


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scratch", type=Path, required=True, help="folder for the stores, one a kill")
    parser.add_argument("--times", type=int, default=10, help="how many runs are killed in their course; default: 10")
    parser.add_argument("--seed", type=int, default=1, help="of the moments; run K has seed SEED + K")
    parser.add_argument("--requests", type=int, default=1500, help="of each run; default: 1500")
    arguments = parser.parse_args()
    draw = random.Random(arguments.seed)
    outcomes: list[Outcome] = []
    latest_s = whole_s(arguments)
    while sum(not outcome.early and not outcome.late for outcome in outcomes) < arguments.times:
        number = len(outcomes)
        if number >= 3 * arguments.times:
            print(f"only {number - sum(outcome.early or outcome.late for outcome in outcomes)} kills met a run")
            return 1
        outcomes.append(once(arguments.seed + number, draw.uniform(0.3, latest_s), arguments))
        for violation in outcomes[-1].violations:
            print(f"run {arguments.seed + number}: {violation}", flush=True)
    committed = [outcome.committed for outcome in outcomes if not outcome.early and not outcome.late]
    violations = sum(len(outcome.violations) for outcome in outcomes)
    undecided, left = sum(outcome.undecided for outcome in outcomes), sum(outcome.left for outcome in outcomes)
    early, late = sum(outcome.early for outcome in outcomes), sum(outcome.late for outcome in outcomes)
    cleaned = sum(outcome.after_resume for outcome in outcomes)
    row = [len(outcomes), early, late, min(committed, default=0), max(committed, default=0), undecided, cleaned, left, violations]
    print(table(HEAD, [row]))
    return 1 if violations else 0


if __name__ == "__main__":
    sys.exit(main())
