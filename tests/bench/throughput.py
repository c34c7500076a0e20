"""Requests per CPU-second of everything but the server, and memory, against a trivial server that answers 1 kB of JSON with a schema.

`sentinel run` in its default configuration (every check on, the store on) with the Rust agents and with the Python agents alone, beside
a bare aiohttp + uvloop loop and beside Schemathesis. Run as ``python -m tests.bench.throughput --scratch DIR``.
"""

import argparse
import sys
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.bench import targets
from tests.bench.bounds import Bound, judged
from tests.bench.measure import Cost, measure, table
from tests.servers import launch

VARIANTS = ["bare", "rust", "python", "schemathesis"]
ARMS = {  # alone, or data would choose between them
    "rust": "[{name: rust, command: [sentinel-agents]}]",
    "python": "[{name: python, command: ['{python}', -m, stages.agents]}]",
}
HEAD = ["client", "requests", "CPU s", "wall s", "requests per CPU-s", "of bare", "times Schemathesis", "peak MB", "growth", "exit"]
WARM = 20_000  # requests after which memory must not grow much


@dataclass(frozen=True, kw_only=True)
class Measured:
    variant: str
    requests: int
    cost: Cost

    @property
    def rate(self) -> float:
        return self.requests / self.cost.cpu_s

    def growth_percent(self) -> float | None:
        """From the memory around the 20,000th request to the most of the last tenth; None for short runs."""
        warm = self.cost.pss_mb_at(WARM)
        last = [sample.pss_bytes / 1e6 for sample in self.cost.samples if sample.progress >= 0.9 * self.requests]
        if warm is None or not last or self.requests < 2 * WARM:
            return None
        return 100 * (max(last) / warm - 1)


def command(variant: str, url: str, arguments: argparse.Namespace, folder: Path) -> Sequence[str]:
    match variant:
        case "bare":
            return [sys.executable, "-m", "tests.bench.bare", url, "--requests", str(arguments.requests)]
        case "schemathesis":
            bin_folder = targets.venv(arguments.scratch, "schemathesis", targets.SCHEMATHESIS)
            limits = ["--checks", "all", "--max-time", str(arguments.schemathesis_time), "--seed", "1", "--max-examples", "1000000"]
            return [str(bin_folder / "schemathesis"), "run", f"{url}/openapi.json", *limits]
        case _:
            ends = ["--max-requests", str(arguments.requests), "--time", "30m", "--seed", "1", "--store", str(folder / "store.db")]
            arms = ["--set", f"dispatch.arms={ARMS[variant]}", "--set", f"dispatch.order.functional-positive=[{variant}]"]
            return [sys.executable, "-m", "pipeline.cli", "run", url, *ends, *arms, *arguments.extra]


def run(variant: str, arguments: argparse.Namespace) -> Measured:
    folder: Path = arguments.scratch / "throughput" / variant
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("store.db*"):
        old.unlink()
    with launch.trivial() as server:

        def count() -> int:
            with urllib.request.urlopen(f"{server.url}/_count", timeout=10) as reply:
                return int(reply.read())

        env = {"PYTHONPATH": str(launch.ROOT)}
        cost = measure(command(variant, server.url, arguments, folder), cwd=folder, env=env, timeout_s=1800, probe=count)
        return Measured(variant=variant, requests=count(), cost=cost)


def report(results: Sequence[Measured]) -> str:
    rate = {result.variant: result.rate for result in results}
    rows = [
        [
            result.variant,
            result.requests,
            result.cost.cpu_s,
            result.cost.wall_s,
            f"{result.rate:,.0f}",
            f"{100 * result.rate / rate['bare']:.1f} %" if "bare" in rate else "-",
            f"{result.rate / rate['schemathesis']:.1f}" if "schemathesis" in rate else "-",
            result.cost.peak_pss_mb,
            "-" if (growth := result.growth_percent()) is None else f"{growth:+.1f} %",
            result.cost.exit_code,
        ]
        for result in results
    ]
    return table(HEAD, rows)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scratch", type=Path, required=True, help="folder for venvs and stores; kept for the next time")
    parser.add_argument("--variants", nargs="+", choices=VARIANTS, default=VARIANTS)
    parser.add_argument("--requests", type=int, default=120_000, help="of all but Schemathesis; default: 120000")
    parser.add_argument("--schemathesis-time", type=int, default=60, help="seconds; default: 60")
    parser.add_argument("extra", nargs="*", help="more arguments for `sentinel run`, after --")
    arguments = parser.parse_args()
    arguments.scratch = arguments.scratch.resolve()
    results: list[Measured] = []
    for variant in arguments.variants:
        results.append(run(variant, arguments))
        print(f"{variant}: {results[-1].requests} requests, {results[-1].cost.cpu_s:.1f} s of CPU", file=sys.stderr, flush=True)
    print(report(results))
    return judged(bounds({result.variant: result for result in results}))


def bounds(of: dict[str, Measured]) -> list[Bound]:
    """What is asked of a trivial target, as far as it was measured."""
    asked: list[Bound] = []
    for variant, least in (("rust", 25), ("python", 15)):
        if variant not in of:
            continue
        mine = of[variant]
        asked.append(Bound(what=f"{variant}: peak memory, MB", measured=mine.cost.peak_pss_mb, most=200))
        if (growth := mine.growth_percent()) is not None:
            asked.append(Bound(what=f"{variant}: growth of memory, %", measured=growth, most=10))
        if "bare" in of:
            asked.append(Bound(what=f"{variant}: of the bare loop, %", measured=100 * mine.rate / of["bare"].rate, least=least))
        if "schemathesis" in of:
            asked.append(Bound(what=f"{variant}: times Schemathesis", measured=mine.rate / of["schemathesis"].rate, least=12))
    return asked


if __name__ == "__main__":
    sys.exit(main())
