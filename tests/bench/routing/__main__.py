"""The simulation of routing: ``python -m tests.bench.routing [--seeds 100] [--jobs 600] [--quick] [--plots DIR]``.

Prints tables, the targets beside what was measured, and ends with 1 where one is missed. ``--quick`` has a few seeds, and so its own,
loose bounds (``loose``), which it ends with 1 for; the time that it takes is one of them.
"""

import argparse
import os
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from pipeline.errors import SentinelError
from tests.bench.bounds import Bound, judged
from tests.bench.measure import table
from tests.bench.routing import loose
from tests.bench.routing.report import calibration, part_table, pictures, tables, targets
from tests.bench.routing.runs import Score, compared, cost, parts, reaction, restart
from tests.bench.routing.worlds import WORLDS

WITHIN_S = 600.0  # all of it, on two cores
BUSY = 3.0  # times what the router takes where nothing else is under way
RESTART_WORLDS = ("stationary", "crossover", "types")


def _compared(task: tuple[str, int, int]) -> dict[str, Score]:
    return compared(*task)


def _reaction(task: tuple[str, int]) -> int:
    return reaction(*task)


def _restart(task: tuple[str, int]) -> tuple[float, float]:
    return restart(*task)


def _parts(task: tuple[str, int, int]) -> dict[str, float]:
    return parts(*task)


def own_cost(outcomes: int, slack: float = 1.0) -> list[Bound]:
    """The router's own time: at four arms, at 64, and after many outcomes; ``slack``: by how much a busy machine may stretch it."""
    four, many = cost(4, outcomes), cost(64, 4000)
    print(f"\nthe router's own cost (medians): four arms {four.decide_us:.0f} µs to decide, {four.record_us:.0f} µs to record; "
          f"64 arms {many.decide_us:.0f} and {many.record_us:.0f} µs; after {outcomes:,} outcomes")  # fmt: skip
    return [
        Bound(what="deciding at four arms, µs", measured=four.decide_us, most=300 * slack),
        Bound(what="recording at four arms, µs", measured=four.record_us, most=100 * slack),
        Bound(what="deciding at 64 arms over at four, by arms", measured=many.decide_us / four.decide_us / 16, most=1.5 * slack),
        Bound(
            what=f"deciding after {outcomes:,} outcomes over the second 1,000", measured=four.decide_us / four.early_us, most=1.5 * slack
        ),
        Bound(what="objects gained in the second half of them", measured=four.grown, most=1000),
        Bound(what="memory gained in the second half of them, MB", measured=four.grown_mb, most=1 * slack),
    ]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=100)
    parser.add_argument("--first-seed", type=int, default=0, help="other seeds than those reported are for choosing parameters")
    parser.add_argument("--jobs", type=int, default=600)
    parser.add_argument("--outcomes", type=int, default=100_000, help="recorded to see whether memory and time grow")
    parser.add_argument("--cost", action="store_true", help="only: the router's own cost, over so many outcomes")
    parser.add_argument("--quick", action="store_true", help="a few seeds and loose bounds, in less than half a minute")
    parser.add_argument("--plots", type=Path, help="a directory for pictures; needs the extra `plots`")
    parser.add_argument("--parts", action="store_true", help="instead: what the router makes with each of its parts left out")
    arguments = parser.parse_args()
    if arguments.quick:
        arguments.first_seed, arguments.seeds = loose.SEEDS.start, len(loose.SEEDS)
        arguments.jobs, arguments.outcomes = loose.JOBS, 10_000
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
    if arguments.plots:
        try:
            pictures(scores, arguments.plots)
        except SentinelError as error:
            print(f"no pictures: {error}", file=sys.stderr)
    if arguments.quick:
        ratios = [bound for world, rows in scores.items() for bound in loose.against(world, rows)]
        bounds = [*ratios, *loose.changed(jobs, lost), *own_cost(arguments.outcomes, slack=BUSY)]
        return judged([*bounds, Bound(what="seconds", measured=time.perf_counter() - began, most=loose.WITHIN_S)])
    rows = targets(scores, jobs, lost)
    print(f"\n{table(['target', 'measured', 'over seeds', 'wanted', ''], [row.row() for row in rows])}")
    missed = judged([*own_cost(arguments.outcomes), Bound(what="seconds", measured=time.perf_counter() - began, most=WITHIN_S)])
    return 1 if missed or not all(row.holds or row.beyond for row in rows) else 0


if __name__ == "__main__":
    sys.exit(main())
