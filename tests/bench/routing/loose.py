"""What the router is to be at least by a few seeds: the bounds of ``--quick`` and of the test suite, which both take these seeds and jobs.

Worlds and draws are seeded, so figures repeat exactly. The targets that many seeds are held to stand in ``report``.
"""

import statistics
from collections.abc import Mapping, Sequence

from tests.bench.bounds import Bound
from tests.bench.routing.runs import Score

SEEDS = range(3)
JOBS = 250
WITHIN_S = 30.0  # of --quick, on two cores

# By world, of the means over the seeds: % of the oracle's efficiency, % of first choices that are right, and efficiency over that of the
# best policy that only looks at a window. They lie a little below what the whole router has; without one of its parts it falls below them.
RATIOS = {
    "stationary": (94.0, 94.5, 0.95),
    "crossover": (95.0, 95.0, 1.2),
    "abrupt": (99.0, 91.0, 1.1),
    "gradual": (106.0, 89.0, 1.1),
    "periodic": (95.0, 78.0, 1.1),
    "bursts": (170.0, 77.5, 1.15),
    "stalls": (136.0, 94.5, 1.35),
    "types": (100.0, 91.5, 1.35),
    "llm": (88.0, 92.5, 0.97),
    "crowd": (121.0, 79.5, 1.3),
    "chaos": (118.0, 55.0, 2.2),
}
LEARNING = ("window mean", "epsilon-greedy", "UCB", "Thompson")
OVER_DEFAULT = 1.15
LATE = {"degrades": 4, "improves": 8}  # jobs to the new order after a change, median
LOST = 1.0  # % in the first jobs after a restart with the state


def choosing(world: str, efficiency: float, right: float) -> list[Bound]:
    """How well the router does in a world: efficiency in % of the oracle's, first choices that are right in %."""
    least_efficiency, least_right, _ = RATIOS[world]
    return [
        Bound(what=f"{world}: efficiency, % of the oracle's", measured=efficiency, least=least_efficiency),
        Bound(what=f"{world}: first choice right, %", measured=right, least=least_right),
    ]


def against(world: str, rows: Sequence[Mapping[str, Score]]) -> list[Bound]:
    """The same, and against the other policies; ``rows``: by seed, by policy."""
    mean = {policy: statistics.fmean(row[policy].efficiency for row in rows) for policy in rows[0]}
    best = max(mean[policy] for policy in LEARNING)
    return [
        *choosing(world, mean["router"], statistics.fmean(row["router"].right or 0.0 for row in rows)),
        Bound(what=f"{world}: efficiency over the default order's", measured=mean["router"] / mean["default order"], least=OVER_DEFAULT),
        Bound(what=f"{world}: over the best that looks at a window", measured=mean["router"] / best, least=RATIOS[world][2]),
        Bound(what=f"{world}: failures that a caller saw", measured=sum(row["router"].failures for row in rows), most=0),
    ]


def changed(reactions: Mapping[str, Sequence[int]], restarts: Sequence[tuple[float, float]]) -> list[Bound]:
    """How soon a change is followed, and what a restart with the state loses."""
    return [
        *(Bound(what=f"an arm {kind}: jobs to the new order, median", measured=statistics.median(reactions[kind]), most=most)
          for kind, most in LATE.items()),
        Bound(what="lost in 60 jobs after a restart, %", measured=statistics.fmean(kept for kept, _ in restarts), most=LOST),
    ]  # fmt: skip
