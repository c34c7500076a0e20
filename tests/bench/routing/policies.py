"""The policies that are compared: the router of dispatch, and baselines. All fall back to the next arm when one fails."""

from collections import deque
from collections.abc import Callable
from math import exp, inf, log, sqrt
from random import Random

from msgspec.structs import replace

from stages.dispatch.routing import (
    IMPLEMENTATIONS,
    MODELS,
    ArmFacts,
    JobFacts,
    Outcome,
    Policy,
    Router,
    RouterState,
    RoutingPlan,
    breaker,
    drift,
    router,
)
from tests.bench.routing.machine import Machine, Seen, Wish
from tests.bench.routing.worlds import World

NAMES = [f"arm-{number}" for number in range(64)]
CREDITED_AFTER = 16  # jobs, from a job's answers to the word on what they were worth: two rounds of an API with some thirty operations
KIND_NAMES = [f"agent-{number}" for number in range(64)]


class Routed:
    """The router, told what dispatch would tell it: what a job's answers were worth ``CREDITED_AFTER`` jobs later, of models."""

    def __init__(self, world: World, seed: int, policy: Policy | None = None, state: RouterState | None = None) -> None:
        names = NAMES[: world.arms]
        rng = Random(f"router/{seed}")
        self.router = Router(
            policy or IMPLEMENTATIONS, dict.fromkeys(KIND_NAMES[: world.types], names), lambda: rng.gauss(0.0, 1.0),
            models=policy or MODELS, state=state,
        )  # fmt: skip
        self._facts = [
            [
                ArmFacts(name=name, warm=warm, deterministic=not world.models, model=world.models, workers=world.in_flight)
                for warm in (False, True)
            ]
            for name in names
        ]
        self._sent: deque[tuple[int, int, float]] = deque()  # job, ticket, worth: answered and not yet told what they were worth
        self.last_plan: RoutingPlan | None = None

    def decide(self, machine: Machine, job: int) -> Wish:
        world = machine.world
        while self._sent and self._sent[0][0] + CREDITED_AFTER <= job:
            _, ticket, worth = self._sent.popleft()
            self.router.credit(ticket, worth)
        facts = JobFacts(
            agent=KIND_NAMES[world.kinds[job]], size=world.sizes[job],
            arms=tuple([both[machine.warm(arm)] for arm, both in enumerate(self._facts)]), idle_cores=max(0.0, machine.idle_cores() - 1.0),
        )  # fmt: skip
        plan = self.last_plan = self.router.decide(facts)
        return Wish([NAMES.index(name) for name in plan.order], plan.delays_ms, plan.deadlines_ms, plan.rounds, plan.ticket)

    def learn(self, machine: Machine, seen: Seen) -> None:
        later = machine.world.models and not seen.shadow and seen.kind == "answered"
        if later:
            self._sent.append((seen.job, seen.ticket, seen.worth))
        self.router.record(
            Outcome(
                ticket=seen.ticket, arm=NAMES[seen.arm], kind=seen.kind, wall_ms=seen.wall_ms, cpu_ms=seen.cpu_ms, cold=seen.cold,
                shadow=seen.shadow, answers=machine.world.sizes[seen.job], new=machine.world.sizes[seen.job],
                worth=None if seen.shadow or later else seen.worth,
            ),
            machine.now,
        )  # fmt: skip

    def shadow(self, machine: Machine, ticket: int) -> tuple[int, float] | None:
        plan = self.router.shadow(ticket, machine.idle_cores())
        return None if plan is None else (NAMES.index(plan.arm), plan.stop_after_ms)

    def may_start_second(self, ticket: int) -> bool:
        return self.router.may_start_second(ticket)


class Baseline:
    """What baselines share: fixed deadlines, nothing beside the order."""

    def __init__(self, world: World, seed: int) -> None:
        self.world = world
        self.rng = Random(f"baseline/{seed}")

    def order(self, job: int) -> list[int]:
        return list(range(self.world.arms))

    def delays(self, job: int, order: list[int]) -> list[float]:
        return [inf] * len(order)

    def decide(self, machine: Machine, job: int) -> Wish:
        order = self.order(job)
        return Wish(order, self.delays(job, order), [self.world.deadline_ms] * len(order))

    def learn(self, machine: Machine, seen: Seen) -> None:
        pass

    def shadow(self, machine: Machine, ticket: int) -> tuple[int, float] | None:
        return None

    def may_start_second(self, ticket: int) -> bool:
        return True


class RaceAll(Baseline):
    """Every arm at every job, at once."""

    def delays(self, job: int, order: list[int]) -> list[float]:
        return [0.0] * len(order)


class Oracle(Baseline):
    """Knows what each arm truly takes, fails and is worth at the moment; never hedges. This is 100 %."""

    def order(self, job: int) -> list[int]:
        return self.world.ranked(job)


class HedgedOracle(Oracle):
    """The same, and starts the second arm when the first has taken longer than 19 of 20 times."""

    def delays(self, job: int, order: list[int]) -> list[float]:
        return [0.0, self.world.median_ms(order[0], job) * exp(1.645 * self.world.noise), *[inf] * (len(order) - 2)]


class Windowed(Baseline):
    """Means over the last 100 outcomes by arm and agent type; each arm is tried five times first. A failure is time without worth."""

    span = 100

    def __init__(self, world: World, seed: int) -> None:
        super().__init__(world, seed)
        self.logs: dict[tuple[int, int], deque[tuple[float, float]]] = {}
        self.asked: dict[int, int] = {}
        self.means: dict[tuple[int, int], float] = {}  # of logs that have not changed since
        self.spreads: dict[tuple[int, int], tuple[float, float]] = {}

    def learn(self, machine: Machine, seen: Seen) -> None:
        if seen.kind != "cancelled":
            key = seen.arm, machine.world.kinds[seen.job]
            self.means.pop(key, None)
            self.spreads.pop(key, None)
            self.logs.setdefault(key, deque(maxlen=self.span)).append((seen.wall_ms, seen.worth))

    def log(self, arm: int, kind: int) -> deque[tuple[float, float]]:
        return self.logs.get((arm, kind)) or deque()

    def mean(self, arm: int, kind: int) -> float:
        """ln of worth by millisecond over the window."""
        mean = self.means.get((arm, kind))
        if mean is None:
            log_ = self.log(arm, kind)
            mean = self.means[arm, kind] = log((sum(worth for _, worth in log_) + 0.1) / (sum(wall for wall, _ in log_) + 1e-9))
        return mean

    def spread(self, arm: int, kind: int) -> tuple[float, float]:
        """Mean and standard deviation of ln of worth by millisecond of single jobs."""
        spread = self.spreads.get((arm, kind))
        if spread is None:
            spread = self.spreads[arm, kind] = mean_log(self.log(arm, kind))
        return spread

    def index(self, arm: int, kind: int) -> float:
        return self.mean(arm, kind)

    def order(self, job: int) -> list[int]:
        kind, arms = self.world.kinds[job], range(self.world.arms)
        self.asked[kind] = self.asked.get(kind, 0) + 1
        lacking = [arm for arm in arms if len(self.log(arm, kind)) < 5]
        if lacking and self.asked[kind] <= 5 * len(arms):
            first = lacking[0]
        else:
            indices = [self.index(arm, kind) if len(self.log(arm, kind)) else -inf for arm in arms]
            first = max(arms, key=indices.__getitem__)
        return [
            first,
            *(arm for arm in sorted(arms, key=lambda arm: -self.mean(arm, kind) if self.log(arm, kind) else 0.0) if arm != first),
        ]


class EpsilonGreedy(Windowed):
    """One job in ten goes to a random arm."""

    def order(self, job: int) -> list[int]:
        order = super().order(job)
        if self.rng.random() < 0.1:
            first = self.rng.choice(order)
            order = [first, *(arm for arm in order if arm != first)]
        return order


class Ucb(Windowed):
    """UCB1 (Auer et al. 2002) on ln of worth by millisecond of single jobs, over the window."""

    def index(self, arm: int, kind: int) -> float:
        total = sum(len(self.log(other, kind)) for other in range(self.world.arms))
        return self.spread(arm, kind)[0] + 0.5 * sqrt(2 * log(total + 1) / len(self.log(arm, kind)))


class Thompson(Windowed):
    """A normal draw around the window's mean of ln of worth by millisecond (Thompson 1933)."""

    def index(self, arm: int, kind: int) -> float:
        mean, deviation = self.spread(arm, kind)
        return mean + self.rng.gauss(0, 1) * deviation / sqrt(len(self.log(arm, kind)))


def mean_log(rows: deque[tuple[float, float]]) -> tuple[float, float]:
    """Mean and standard deviation of ln((worth + 0.1) / ms)."""
    values = [log((worth + 0.1) / (wall + 1e-9)) for wall, worth in rows]
    mean = sum(values) / len(values)
    return mean, sqrt(sum((value - mean) ** 2 for value in values) / len(values)) + 0.1


PARTS: dict[str, Callable[[Policy], Policy]] = {
    "whole": lambda policy: policy,
    "without hedging": lambda policy: replace(policy, hedge=False),
    "without shadows": lambda policy: replace(policy, shadow_share=0.0),
    "draws instead of shadows": lambda policy: replace(policy, shadow_share=0.0, draw_every=15),
    "without first races": lambda policy: replace(policy, first_races=False),
    "a cold start for nothing": lambda policy: replace(policy, start_jobs=1e9),
    "a cold start at once": lambda policy: replace(policy, start_jobs=1.0),
}
PATCHES: dict[str, tuple[object, str, object]] = {
    "without drift alarm": (drift, "ALARM", inf),
    "without size": (router, "scaled", lambda size: 0.0),
    "without breaker": (breaker, "OPENS", inf),
}

Maker = Callable[[World, int], Baseline | Routed]
POLICIES: dict[str, Maker] = {
    "router": Routed,
    "oracle + hedging": HedgedOracle,
    "default order": Baseline,
    "window mean": Windowed,
    "epsilon-greedy": EpsilonGreedy,
    "UCB": Ucb,
    "Thompson": Thompson,
    "race all": RaceAll,
}
