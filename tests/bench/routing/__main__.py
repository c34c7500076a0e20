"""The simulation of routing: ``python -m tests.bench.routing [--seeds 100] [--jobs 600] [--quick] [--plots DIR]``.

Prints tables, the targets beside what was measured, and ends with 1 where one is missed (``--quick``: few seeds, always 0).
"""

import argparse
import json
import os
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from tests.bench.bounds import Bound, judged
from tests.bench.measure import table
from tests.bench.routing.report import calibration, part_table, specifications, tables, targets
from tests.bench.routing.runs import Score, compared, cost, parts, reaction, restart
from tests.bench.routing.worlds import WORLDS

QUICK = (4, 300)
RESTART_WORLDS = ("stationary", "crossover", "types")


def _compared(task: tuple[str, int, int]) -> dict[str, Score]:
    return compared(*task)


def _reaction(task: tuple[str, int]) -> int:
    return reaction(*task)


def _restart(task: tuple[str, int]) -> tuple[float, float]:
    return restart(*task)


def _parts(task: tuple[str, int, int]) -> dict[str, float]:
    return parts(*task)


def draw(specification: dict[str, object], path: Path) -> bool:
    """Write a picture as SVG; False: what draws it is not installed."""
    try:
        import vl_convert
    except ImportError:
        return False
    path.write_text(vl_convert.vegalite_to_svg(json.dumps(specification)), encoding="utf-8")
    return True


def own_cost(outcomes: int) -> list[Bound]:
    """The router's own time: at four arms, at 64, and after many outcomes."""
    four, many = cost(4, outcomes), cost(64, 4000)
    print(f"\nthe router's own cost (medians): four arms {four.decide_us:.0f} µs to decide, {four.record_us:.0f} µs to record; "
          f"64 arms {many.decide_us:.0f} and {many.record_us:.0f} µs; after {outcomes:,} outcomes")  # fmt: skip
    return [
        Bound(what="deciding at four arms, µs", measured=four.decide_us, most=300),
        Bound(what="recording at four arms, µs", measured=four.record_us, most=100),
        Bound(what="deciding at 64 arms over at four, by arms", measured=many.decide_us / four.decide_us / 16, most=1.5),
        Bound(what=f"deciding after {outcomes:,} outcomes over the second 1,000", measured=four.decide_us / four.early_us, most=1.5),
        Bound(what="objects gained in the second half of them", measured=four.grown, most=1000),
        Bound(what="memory gained in the second half of them, MB", measured=four.grown_mb, most=1),
    ]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=100)
    parser.add_argument("--first-seed", type=int, default=0, help="other seeds than those reported are for choosing parameters")
    parser.add_argument("--jobs", type=int, default=600)
    parser.add_argument("--outcomes", type=int, default=100_000, help="recorded to see whether memory and time grow")
    parser.add_argument("--cost", action="store_true", help="only: the router's own cost, over so many outcomes")
    parser.add_argument("--quick", action="store_true", help="a few seeds, to see that it runs and roughly holds")
    parser.add_argument("--plots", type=Path, help="a directory for pictures; needs the extra `plots`")
    parser.add_argument("--parts", action="store_true", help="instead: what the router makes with each of its parts left out")
    arguments = parser.parse_args()
    if arguments.quick:
        arguments.seeds, arguments.jobs = QUICK
        arguments.outcomes = 10_000
    seeds = range(arguments.first_seed, arguments.first_seed + arguments.seeds)
    began = time.perf_counter()
    if arguments.cost:
        return judged(own_cost(arguments.outcomes))
    if arguments.parts:
        with ProcessPoolExecutor(os.cpu_count()) as pool:
            left_out = {world: list(pool.map(_parts, [(world, seed, arguments.jobs) for seed in seeds])) for world in WORLDS}
        print(part_table(left_out))
        return 0
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        reactions = {kind: pool.map(_reaction, [(kind, seed) for seed in seeds], chunksize=4) for kind in ("degrades", "improves")}
        restarts = pool.map(_restart, [(world, seed) for world in RESTART_WORLDS for seed in seeds], chunksize=4)
        runs = {world: pool.map(_compared, [(world, seed, arguments.jobs) for seed in seeds], chunksize=2) for world in WORLDS}
        scores = {world: list(rows) for world, rows in runs.items()}
        jobs = {kind: list(values) for kind, values in reactions.items()}
        lost = list(restarts)
    print(f"{arguments.seeds} seeds from {arguments.first_seed}, {arguments.jobs} jobs\n")
    print(tables(scores))
    print(f"\n{calibration(scores)}")
    rows = targets(scores, jobs, lost)
    print(f"\n{table(['target', 'measured', 'over seeds', 'wanted', ''], [row.row() for row in rows])}")
    missed = judged(own_cost(arguments.outcomes))
    for name, specification in specifications(scores).items() if arguments.plots else ():
        arguments.plots.mkdir(parents=True, exist_ok=True)
        if not draw(specification, arguments.plots / f"routing-{name}.svg"):
            print("no pictures: install the extra `plots`", file=sys.stderr)
            break
    print(f"\n{time.perf_counter() - began:.0f} s")
    if arguments.quick:
        return 0
    return 1 if missed or not all(row.holds or row.beyond for row in rows) else 0


if __name__ == "__main__":
    sys.exit(main())
