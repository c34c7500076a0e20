"""Worlds: job after job, what each arm would take, whether it would fail, what its answers are worth. Seeded; the same for every policy.

A warm attempt takes ``median · lognormal(noise)`` CPU milliseconds, and with a small chance hangs for a multiple of that, idle.
docs/routing-tried.md has every parameter and why. 100 % is the policy that follows ``ranked()``.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from math import exp, log, pi, sin
from random import Random
from typing import Any

NOISE = 0.3
BASE_MS = 40.0  # of a job of 16 cases on the faster arm
FAILS = 0.005
HANGS = 0.2  # of failures: the attempt hangs like a stalled one before it fails; the others crash at once
STALLS = 0.005
STALL_TIMES = (10.0, 50.0)
ATTEMPTS = 3  # draws prepared by job and arm: two rounds and a shadow


@dataclass(frozen=True, slots=True)
class Draw:
    """What chance says of one attempt: noise factor, uniform numbers for failing and stalling, the stall's length, where it fails."""

    noise: float
    fails: float
    stalls: float
    stall: float
    at: float


@dataclass(slots=True)
class World:
    """One seed of one world. Arms are numbered in the configured order; ``speed(arm, job, type)`` is ln of a factor on the median."""

    rng: Random
    arms: int = 2
    jobs: int = 600
    types: int = 1
    in_flight: int = 1
    cores: float = 1.5  # free for workers; runs beyond share them
    noise: float = NOISE
    base_ms: float = BASE_MS
    deadline_ms: float = 20_000.0
    memory: int = 0  # models that may be loaded together; 0: no limit
    stalls: float = STALLS
    models: bool = False
    levels: list[float] = field(default_factory=list)  # by arm: ln factor
    overhead: list[float] = field(default_factory=list)  # by arm: what a job costs, in cases
    cold_ms: list[float] = field(default_factory=list)
    worth: list[float] = field(default_factory=list)
    by_type: list[list[float]] = field(default_factory=list)
    moves: list[Callable[[int, int], float]] = field(default_factory=list)  # (arm, job): added to the level
    bursts: list[tuple[int, int, int, float]] = field(default_factory=list)  # (arm, first job, last job, chance of failing)
    sizes: list[int] = field(default_factory=list)
    kinds: list[int] = field(default_factory=list)
    draws: list[list[list[Draw]]] = field(default_factory=list)
    known: list[tuple[list[float], list[float], list[int]] | None] = field(default_factory=list)  # by job, once asked for

    def prepare(self) -> "World":
        """Draw what all policies will meet."""
        rng = self.rng
        self.sizes = [max(1, min(500, round(exp(rng.gauss(2.8, 1.1)) - 1))) for _ in range(self.jobs)]
        self.kinds = [rng.randrange(self.types) for _ in range(self.jobs)]
        shortest, longest = STALL_TIMES
        self.draws = [
            [
                [
                    Draw(exp(rng.gauss(0, self.noise)), rng.random(), rng.random(), rng.uniform(shortest, longest), rng.uniform(0.1, 1.0))
                    for _ in range(ATTEMPTS)
                ]
                for _ in range(self.arms)
            ]
            for _ in range(self.jobs)
        ]
        return self

    def _truth(self, job: int) -> tuple[list[float], list[float], list[int]]:
        """Medians, efficiencies and the oracle's order at one job; worked out once, for all policies."""
        if not self.known:
            self.known = [None] * self.jobs
        truth = self.known[job]
        if truth is None:
            arms = range(self.arms)
            medians = [self._median_ms(arm, job) for arm in arms]
            means = [median * self._mean_factor() for median in medians]
            order = sorted(arms, key=lambda arm: -self.worth[arm] / means[arm])
            truth = self.known[job] = medians, [self._efficiency(arm, job, means) for arm in arms], order
        return truth

    def median_ms(self, arm: int, job: int) -> float:
        """Of a warm attempt at that job, were it done at that moment."""
        return self._truth(job)[0][arm]

    def mean_ms(self, arm: int, job: int) -> float:
        """Of a warm attempt, hanging included."""
        return self.median_ms(arm, job) * self._mean_factor()

    def efficiencies(self, job: int) -> list[float]:
        """Expected worth a millisecond by arm, when the fastest other arm follows a failure."""
        return self._truth(job)[1]

    def ranked(self, job: int) -> list[int]:
        """Arms by worth over their true mean time at that moment: what the oracle knows. That an attempt will fail is chance."""
        return self._truth(job)[2]

    def _median_ms(self, arm: int, job: int) -> float:
        level = self.levels[arm] + sum(move(arm, job) for move in self.moves)
        if self.by_type:
            level += self.by_type[arm][self.kinds[job]]
        overhead = self.overhead[arm]
        return self.base_ms * exp(level) * (overhead + self.sizes[job]) / (overhead + 16)

    def failing(self, arm: int, job: int) -> float:
        """The chance that an attempt fails at that moment."""
        return max([FAILS, *(chance for who, first, last, chance in self.bursts if who == arm and first <= job <= last)])

    def _mean_factor(self) -> float:
        return exp(self.noise**2 / 2) + self.stalls * (sum(STALL_TIMES) / 2 - 1)

    def _efficiency(self, arm: int, job: int, means: Sequence[float]) -> float:
        fails, mean = self.failing(arm, job), means[arm]
        others = min(means[other] for other in range(self.arms) if other != arm)
        lost = mean * (0.55 + HANGS * (sum(STALL_TIMES) / 2 - 0.55)) + others
        return self.sizes[job] * self.worth[arm] / ((1 - fails) * mean + fails * lost)


def _apart(rng: Random, arms: int, least: float = 1.3, most: float = 4.0) -> list[float]:
    """ln factors of arms: each slower than the one before by a factor of ``least`` to ``most``; which is which is random."""
    levels = [0.0]
    while len(levels) < arms:
        levels.append(levels[-1] + rng.uniform(log(least), log(most)))
    rng.shuffle(levels)
    return levels


def _plain(rng: Random, jobs: int, arms: int = 2, **changes: Any) -> World:
    world = World(rng=rng, arms=arms, jobs=jobs, **changes)
    world.levels = _apart(rng, arms)
    world.overhead = [rng.uniform(4, 8)] * arms
    world.cold_ms = [exp(rng.uniform(log(20), log(300))) for _ in range(arms)]
    world.worth = [1.0] * arms
    return world


def stationary(rng: Random, jobs: int) -> World:
    """Nothing changes."""
    return _plain(rng, jobs).prepare()


def crossover(rng: Random, jobs: int) -> World:
    """One arm costs little a job and much a case, the other the reverse: they cross near the middle size."""
    world = _plain(rng, jobs)
    small, large = rng.uniform(1, 2), rng.uniform(25, 60)
    world.overhead = [small, large] if rng.random() < 0.5 else [large, small]
    world.levels = [rng.uniform(-0.2, 0.2), rng.uniform(-0.2, 0.2)]
    return world.prepare()


def _steps(rng: Random, world: World, times: int) -> None:
    """At random moments the best arm becomes slower, or another faster, so that the best is another one."""
    first, last = world.jobs // 8, world.jobs * 7 // 8
    at = sorted(rng.randrange(first, last) for _ in range(times))
    levels = [list(world.levels)]
    for _ in at:
        now = list(levels[-1])
        best = min(range(world.arms), key=now.__getitem__)
        other = rng.choice([arm for arm in range(world.arms) if arm != best])
        lead = rng.uniform(log(1.3), log(3.0))
        if rng.random() < 0.5:
            now[best] = sorted(now)[1] + lead
        else:
            now[other] = now[best] - lead
        levels.append(now)
    start = levels[0]
    world.moves.append(lambda arm, job: levels[sum(job >= moment for moment in at)][arm] - start[arm])


def abrupt(rng: Random, jobs: int) -> World:
    """Two sudden changes of who is best."""
    world = _plain(rng, jobs)
    _steps(rng, world, 2)
    return world.prepare()


def _drifts(world: World) -> None:
    best = min(range(world.arms), key=world.levels.__getitem__)
    gap = max(world.levels) - min(world.levels)
    world.moves.append(lambda arm, job: (1 if arm == best else -1) * gap * job / world.jobs)


def gradual(rng: Random, jobs: int) -> World:
    """The arms change places, steadily, over the whole run."""
    world = _plain(rng, jobs)
    _drifts(world)
    return world.prepare()


def _waves(rng: Random, world: World) -> None:
    period, phase, swing = rng.uniform(150, 250), rng.uniform(0, 2 * pi), rng.uniform(log(1.5), log(2.5))
    world.moves.append(lambda arm, job: (1 if arm == 0 else -1) * swing / 2 * sin(2 * pi * job / period + phase))


def periodic(rng: Random, jobs: int) -> World:
    """Two arms, equal in the mean, swing against one another with a period of 150 to 250 jobs."""
    world = _plain(rng, jobs)
    world.levels = [rng.uniform(-0.1, 0.1), rng.uniform(-0.1, 0.1)]
    _waves(rng, world)
    return world.prepare()


def _fails(rng: Random, world: World, times: int) -> None:
    for _ in range(times):
        first = rng.randrange(world.jobs)
        world.bursts.append((rng.randrange(world.arms), first, first + rng.randrange(20, 60), rng.uniform(0.2, 0.9)))


def _one_at_a_time(world: World) -> None:
    kept: list[tuple[int, int, int, float]] = []
    for burst in sorted(world.bursts, key=lambda item: item[1]):
        if not kept or burst[1] > kept[-1][2]:
            kept.append(burst)
    world.bursts = kept


def bursts(rng: Random, jobs: int) -> World:
    """Six times an arm, any, fails 20 to 90 of 100 attempts for 20 to 60 jobs; one arm at a time."""
    world = _plain(rng, jobs)
    _fails(rng, world, 6)
    _one_at_a_time(world)
    return world.prepare()


def stalls(rng: Random, jobs: int) -> World:
    """Two to five of a hundred attempts hang for 10 to 50 times their length."""
    return _plain(rng, jobs, stalls=rng.uniform(0.02, 0.05)).prepare()


def types(rng: Random, jobs: int) -> World:
    """Eight agent types; each arm is better at some."""
    world = _plain(rng, jobs, types=8)
    world.by_type = [[rng.gauss(0, 0.5) for _ in range(8)] for _ in range(world.arms)]
    return world.prepare()


def llm(rng: Random, jobs: int) -> World:
    """Three language models, two of which fit into memory; loading takes seconds; speed and worth differ; one core for all."""
    world = _plain(rng, jobs, arms=3, cores=1.0, noise=0.4, base_ms=2500.0, deadline_ms=120_000.0, memory=2, models=True, stalls=0.0)
    world.cold_ms = [rng.uniform(2000, 6000) for _ in range(3)]
    world.worth = [exp(rng.uniform(log(0.6), log(1.6))) for _ in range(3)]
    return world.prepare()


def crowd(rng: Random, jobs: int) -> World:
    """Eight jobs in flight on eight cores, with two sudden changes: what is learned comes late, and what is done twice slows others."""
    world = _plain(rng, jobs, in_flight=8, cores=8.0)
    _steps(rng, world, 2)
    return world.prepare()


def chaos(rng: Random, jobs: int) -> World:
    """All of it: three arms, eight types, three jobs in flight on four cores, steps, drift, waves, bursts and stalls."""
    world = _plain(rng, jobs, arms=3, types=8, in_flight=3, cores=4.0, stalls=rng.uniform(0.02, 0.05))
    world.by_type = [[rng.gauss(0, 0.3) for _ in range(8)] for _ in range(3)]
    world.overhead = [rng.uniform(1, 30) for _ in range(3)]
    _steps(rng, world, 2)
    _waves(rng, world)
    _fails(rng, world, 5)
    _one_at_a_time(world)
    return world.prepare()


WORLDS: dict[str, Callable[[Random, int], World]] = {
    "stationary": stationary,
    "crossover": crossover,
    "abrupt": abrupt,
    "gradual": gradual,
    "periodic": periodic,
    "bursts": bursts,
    "stalls": stalls,
    "types": types,
    "llm": llm,
    "crowd": crowd,
    "chaos": chaos,
}


def made(name: str, seed: int, jobs: int) -> World:
    """A world of that name; the same seed, the same world."""
    return WORLDS[name](Random(f"{name}/{seed}"), jobs)


def judged_choice(world: World, job: int, arm: int) -> tuple[bool | None, bool]:
    """Whether that arm is the best, where the best is ahead by more than 20 % (else None); whether it is within 5 % of the best."""
    scores = world.efficiencies(job)
    best, second = sorted(scores, reverse=True)[:2]
    return scores[arm] == best if best > 1.2 * second else None, scores[arm] >= 0.95 * best
