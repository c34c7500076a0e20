"""One run keeps every answer; then its answers are fed back at 1 and at 32 in flight: all three make the same cases.

Trials are compared by key, but for those that clean up: they follow the order in which answers came.
Run as ``python -m tests.bench.determinism --scratch DIR``; ends with 1 where a case differs.
"""

import argparse
import sys
from pathlib import Path

from pipeline.demo import TOKEN
from tests.bench import stored
from tests.bench.measure import measure, table
from tests.servers import launch

HEAD = ["seed", "answers", "in flight", "cases", "differ", "exit"]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scratch", type=Path, required=True, help="folder for the stores")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--requests", type=int, default=3000)
    parser.add_argument("--in-flight", type=int, nargs="+", default=[1, 32])
    parser.add_argument("extra", nargs="*", help="more arguments for `sentinel run`, after --")
    arguments = parser.parse_args()
    rows: list[list[object]] = []
    for seed in arguments.seeds:
        rows += compare(seed, arguments)
    print(table(HEAD, rows))
    return 1 if any(row[4] for row in rows) else 0


def compare(seed: int, arguments: argparse.Namespace) -> list[list[object]]:
    folder: Path = arguments.scratch.resolve() / "determinism" / str(seed)
    folder.mkdir(parents=True, exist_ok=True)
    store = folder / "store.db"
    for old in folder.glob("store.db*"):
        old.unlink()
    common = ["--seed", str(seed), "--max-requests", str(arguments.requests), "--time", "10m", "--store", str(store), "--keep", "all"]
    who = ["--header", f"Authorization: Bearer {TOKEN}"]
    rows: list[list[object]] = []
    with launch.demo(seed=seed, off=["hang"]) as server:
        tell = [sys.executable, "-m", "pipeline.cli", "run", server.url, *common, *who, *arguments.extra]
        env = {"PYTHONPATH": str(launch.ROOT)}
        cost = measure(tell, cwd=folder, env=env)
        (first,) = stored.runs(store)
        cases = stored.trials(store, first)
        rows.append([seed, "the demo's", "default", len(cases), 0, cost.exit_code])
        for in_flight in arguments.in_flight:
            again = [*tell, "--answers", first, "--set", f"execute.concurrency={in_flight}"]
            cost = measure(again, cwd=folder, env=env)
            run = stored.runs(store)[-1]
            made = stored.trials(store, run) if run != first else {}
            rows.append([seed, "stored", in_flight, len(made), stored.differing(cases, made), cost.exit_code])
    return rows


if __name__ == "__main__":
    sys.exit(main())
