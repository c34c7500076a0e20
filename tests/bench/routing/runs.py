"""What is run: every policy in every world, changes of speed, restarts, and the router's own cost. Each returns plain numbers."""

import gc
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass
from math import log, sqrt
from random import Random
from unittest.mock import patch

import psutil

from stages.dispatch.routing import IMPLEMENTATIONS, MODELS, ArmFacts, JobFacts, Outcome, Router, SetAside, exported, imported
from tests.bench.routing.machine import Machine, Result, Wish
from tests.bench.routing.policies import NAMES, PARTS, PATCHES, POLICIES, Oracle, Routed
from tests.bench.routing.worlds import World, made, stationary

CHANGE_AT = 300
AFTER_RESTART = 60
SAMPLE = 1000  # outcomes over which the router itself is timed: the second thousand, and the last


@dataclass(frozen=True, slots=True)
class Score:
    """One policy, one world, one seed. Percentages, but for ``tail`` and counts."""

    efficiency: float
    right: float | None
    near: float
    tail: float
    twice: float
    failures: int
    held: int = 0
    asked: int = 0


def score_of(result: Result, best: Result) -> Score:
    counted = [right for right in result.right if right is not None]
    return Score(
        efficiency=100 * result.efficiency / best.efficiency,
        right=100 * sum(counted) / len(counted) if counted else None,
        near=100 * sum(result.near) / len(result.near),
        tail=sorted(result.slowdown)[int(0.99 * len(result.slowdown))],
        twice=100 * result.twice_cpu / max(result.live_cpu, 1e-9),
        failures=result.failures,
    )


def compared(name: str, seed: int, jobs: int) -> dict[str, Score]:
    """Every policy in one world of one seed, by policy; 100 % is the oracle there."""
    world = made(name, seed, jobs)
    best = Machine(world, Oracle(world, seed)).carry_out()
    scores: dict[str, Score] = {}
    for policy, make in POLICIES.items():
        chooser = make(world, seed)
        score = score_of(Machine(world, chooser).carry_out(), best)
        if isinstance(chooser, Routed):
            arms = chooser.router.state.arms.values()
            held, asked = sum(arm.coverage.held for arm in arms), sum(arm.coverage.asked for arm in arms)
            score = Score(score.efficiency, score.right, score.near, score.tail, score.twice, score.failures, held, asked)
        scores[policy] = score
    return scores


def parts(name: str, seed: int, jobs: int) -> dict[str, float]:
    """Efficiency of the router in one world of one seed, whole and with a part left out."""
    world = made(name, seed, jobs)
    best = Machine(world, Oracle(world, seed)).carry_out().efficiency
    whole = MODELS if world.models else IMPLEMENTATIONS
    found = {part: Machine(world, Routed(world, seed, change(whole))).carry_out().efficiency for part, change in PARTS.items()}
    for part, (module, constant, value) in PATCHES.items():
        with patch.object(module, constant, value):
            found[part] = Machine(world, Routed(world, seed)).carry_out().efficiency
    return {part: 100 * efficiency / best for part, efficiency in found.items()}


def reaction(kind: str, seed: int) -> int:
    """Jobs from a change to the first that is led by the arm that is best since: the best arm degrades, or the other improves silently."""
    rng = Random(f"{kind}/{seed}")
    world = stationary(rng, 2 * CHANGE_AT)
    best = min(range(world.arms), key=world.levels.__getitem__)
    by = max(world.levels) - min(world.levels) + rng.uniform(log(1.5), log(3.0))
    changed, sign = (best, 1) if kind == "degrades" else (1 - best, -1)
    world.moves.append(lambda arm, job: sign * by if arm == changed and job >= CHANGE_AT else 0.0)
    first = Machine(world, Routed(world, seed)).carry_out().first
    return next((job - CHANGE_AT for job in range(CHANGE_AT, len(first)) if first[job] == 1 - best), CHANGE_AT)


class Restarted(Routed):
    """The router, ended and begun again at one job: with its state, or without."""

    def __init__(self, world: World, seed: int, at: int, *, keep: bool) -> None:
        super().__init__(world, seed)
        self._at, self._keep, self._seed = at, keep, seed

    def decide(self, machine: Machine, job: int) -> Wish:
        if job == self._at:
            kept = imported(exported(self.router.state)) if self._keep else None
            if isinstance(kept, SetAside):
                raise RuntimeError(kept.reason)
            self.router = Routed(machine.world, self._seed, state=kept).router
        return super().decide(machine, job)


def restart(name: str, seed: int) -> tuple[float, float]:
    """What the first 60 jobs after a restart lose against going on, in percent: with the state, and without it."""
    world = made(name, seed, CHANGE_AT + AFTER_RESTART)

    def efficiency(chooser: Routed) -> float:
        result = Machine(world, chooser).carry_out()
        return sum(result.value[CHANGE_AT:]) / sum(result.wall_ms[CHANGE_AT:])

    whole = efficiency(Routed(world, seed))
    kept, fresh = (efficiency(Restarted(world, seed, CHANGE_AT, keep=keep)) for keep in (True, False))
    return 100 * (1 - kept / whole), 100 * (1 - fresh / whole)


@dataclass(frozen=True, slots=True)
class Cost:
    """Median microseconds of deciding and of recording; objects and resident megabytes more at the end than at the middle."""

    decide_us: float
    record_us: float
    early_us: float
    grown: int
    grown_mb: float


def cost(arms: int, outcomes: int) -> Cost:
    """The router's own cost at so many arms and eight agents."""
    rng = Random(arms)
    router = Router(IMPLEMENTATIONS, {}, lambda: rng.gauss(0, 1))
    facts = tuple(ArmFacts(name=name, deterministic=True) for name in NAMES[:arms])
    deciding: list[float] = []
    recording: list[float] = []
    early = held = held_mb = 0.0
    for job in range(outcomes):
        before = time.perf_counter()
        plan = router.decide(JobFacts(agent=f"agent-{job % 8}", size=rng.randrange(200), arms=facts))
        middle = time.perf_counter()
        outcome = Outcome(
            ticket=plan.ticket,
            arm=plan.order[job % arms],
            kind="answered",
            wall_ms=20 * rng.lognormvariate(0, 0.3),
            cpu_ms=15.0,
            answers=16,
        )
        between = time.perf_counter()
        router.record(outcome, float(job))
        after = time.perf_counter()
        if job >= outcomes - SAMPLE or SAMPLE <= job < 2 * SAMPLE:
            deciding.append(middle - before)
            recording.append(after - between)
        if job == 2 * SAMPLE:
            early = statistics.median(deciding)
            deciding.clear()
            recording.clear()
        if job == outcomes // 2:
            held, held_mb = _objects(), _resident_mb()
    grown, grown_mb = _objects() - held, _resident_mb() - held_mb
    return Cost(1e6 * statistics.median(deciding), 1e6 * statistics.median(recording), 1e6 * early, int(grown), grown_mb)


def _resident_mb() -> float:
    return psutil.Process().memory_info().rss / 1e6


def _objects() -> int:
    gc.collect()
    return len(gc.get_objects())


NORMAL = 1.959964  # standard deviations of a normal interval of 95 %


def student(degrees: int) -> float:
    """The same of Student's t, exact at one and two degrees of freedom; beyond that by the expansion in 1/degrees (Abramowitz and Stegun
    26.7.5), right to 0.1 % from three on."""
    if degrees < 3:
        return 12.7062 if degrees == 1 else 4.30265
    z, z2 = NORMAL, NORMAL**2
    terms = (
        (z2 + 1) / 4,
        ((5 * z2 + 16) * z2 + 3) / 96,
        (((3 * z2 + 19) * z2 + 17) * z2 - 15) / 384,
        ((((79 * z2 + 776) * z2 + 1482) * z2 - 1920) * z2 - 945) / 92160,
    )
    return z * (1 + sum(term / degrees**power for power, term in enumerate(terms, 1)))


def interval(values: Sequence[float]) -> tuple[float, float]:
    """The mean and the half-width of its 95 % interval over seeds, by Student's t."""
    mean, count = statistics.fmean(values), len(values)
    return mean, student(count - 1) * statistics.stdev(values) / sqrt(count) if count > 1 else 0.0
