"""A machine in simulated time: attempts share cores, workers are cold or warm, plans are carried out as dispatch does it.

Closed loop: ``in_flight`` callers, each with the next job once it was answered. Attempts that compute share the cores equally, at most
one core each; one that hangs uses none. A failed or killed attempt costs its worker (the next start is cold).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from heapq import heappop, heappush
from math import inf
from typing import Protocol

from pipeline.messages import TryKind
from stages.dispatch.race import ASKED_AGAIN_MS
from tests.bench.routing.worlds import ATTEMPTS, HANGS, World, judged_choice


@dataclass(slots=True)
class Wish:
    """What a policy wants: arms in order, when each starts beside those before it, how long one attempt may take, how often round."""

    order: Sequence[int]
    delays_ms: Sequence[float]
    deadlines_ms: Sequence[float]
    rounds: int = 2
    ticket: int = 0


@dataclass(slots=True)
class Seen:
    """What a policy is told of an ended attempt."""

    job: int
    ticket: int
    arm: int
    kind: TryKind
    wall_ms: float
    cpu_ms: float
    cold: bool
    shadow: bool
    worth: float


class Chooser(Protocol):
    """A policy under test."""

    def decide(self, machine: "Machine", job: int) -> Wish: ...
    def learn(self, machine: "Machine", seen: Seen) -> None: ...
    def shadow(self, machine: "Machine", ticket: int) -> tuple[int, float] | None: ...
    def may_start_second(self, ticket: int) -> bool: ...


@dataclass(slots=True, eq=False)
class Attempt:
    run: "Run"
    arm: int
    work: float  # CPU milliseconds to go
    hang: float  # idle milliseconds after that
    fails: bool
    cold: bool
    began: float
    shadow: bool = False
    cpu: float = 0.0
    over: bool = False


@dataclass(slots=True, eq=False)
class Run:
    job: int
    wish: Wish
    began: float
    place: int = 0  # of the next arm to start
    rounds: int = 0
    active: list[Attempt] = field(default_factory=list)
    tried: list[int] = field(default_factory=list)
    done: bool = False


@dataclass(slots=True)
class Result:
    """What came of one policy in one world: a row a job, by job."""

    wall_ms: list[float]
    value: list[float]
    slowdown: list[float]  # wall by the best arm's mean
    right: list[bool | None]  # the first choice, where arms differ by more than 20 %
    near: list[bool]  # the first choice within 5 % of the best
    first: list[int]
    live_cpu: float = 0.0
    twice_cpu: float = 0.0
    failures: int = 0
    seconds: int = 0

    @property
    def efficiency(self) -> float:
        return sum(self.value) / sum(self.wall_ms)


class Machine:
    """Runs one policy through one world."""

    def __init__(self, world: World, chooser: Chooser, *, replaces: bool = False) -> None:
        self.world = world
        self._replaces = replaces  # a worker that was lost is started anew at once, as the pools of dispatch do
        self.now = 0.0
        self._chooser = chooser
        self._running: list[Attempt] = []
        self._timers: list[tuple[float, int, str, Run | Attempt]] = []
        self._serial = 0
        self._warm = [0] * world.arms
        self._loaded: list[int] = []
        jobs = world.jobs
        self.result = Result([0.0] * jobs, [0.0] * jobs, [0.0] * jobs, [None] * jobs, [False] * jobs, [-1] * jobs)

    def warm(self, arm: int) -> bool:
        """Whether an attempt there would start at once."""
        return arm in self._loaded if self.world.memory else self._warm[arm] > 0

    def idle_cores(self) -> float:
        """What nobody uses."""
        return max(0.0, self.world.cores - sum(attempt.work > 0 for attempt in self._running))

    def carry_out(self) -> Result:
        """All jobs of the world."""
        waiting = iter(range(self.world.jobs))
        self._waiting = waiting
        for _ in range(self.world.in_flight):
            self._next_job()
        open_jobs = self._open
        while open_jobs() and self._step():
            pass
        return self.result

    def _open(self) -> bool:
        return any(not attempt.shadow for attempt in self._running)

    def _step(self) -> bool:
        running = self._running
        computing = sum(attempt.work > 0 for attempt in running)
        rate = min(1.0, self.world.cores / computing) if computing else 1.0
        soonest, nearest = inf, None
        for attempt in running:
            ends = attempt.work / rate if attempt.work > 0 else attempt.hang
            if ends < soonest:
                soonest, nearest = ends, attempt
        timed = bool(self._timers) and self._timers[0][0] <= self.now + soonest
        step = max(0.0, self._timers[0][0] - self.now) if timed else soonest
        if nearest is None and not timed:
            return False
        self.now += step
        for attempt in running:
            if attempt.work > 0:
                attempt.work -= rate * step
                attempt.cpu += rate * step
            else:
                attempt.hang -= step
        if timed:
            _, _, kind, what = heappop(self._timers)
            if isinstance(what, Attempt):
                if kind == "started":
                    self._warm[what.arm] += 1
                elif not what.over:
                    self._end(what, "cancelled" if kind == "stop" else "timeout")
            elif not what.done and what.place < len(what.wish.order) and kind == f"second {what.place} {what.rounds}":
                if self._chooser.may_start_second(what.wish.ticket):
                    self.result.seconds += 1
                    self._start_next(what)
                else:
                    self._timer(self.now + max(what.wish.delays_ms[what.place], ASKED_AGAIN_MS), kind, what)
        elif nearest is not None:
            nearest.work = min(nearest.work, 0.0)
            if nearest.hang <= 1e-9:
                self._end(nearest, "failed" if nearest.fails else "answered")
        return True

    def _next_job(self) -> None:
        job = next(self._waiting, None)
        if job is None:
            return
        wish = self._chooser.decide(self, job)
        self.result.first[job] = wish.order[0]
        self.result.right[job], self.result.near[job] = judged_choice(self.world, job, wish.order[0])
        self._start_next(Run(job, wish, self.now))

    def _start_next(self, run: Run) -> None:
        arm, place = run.wish.order[run.place], run.place
        run.place += 1
        run.active.append(self._start(run, arm, run.wish.deadlines_ms[place], shadow=False))
        if run.place < len(run.wish.order) and run.wish.delays_ms[run.place] < inf and run.rounds == 0:
            self._timer(max(self.now, run.began + run.wish.delays_ms[run.place]), f"second {run.place} 0", run)

    def _start(self, run: Run, arm: int, limit_ms: float, *, shadow: bool) -> Attempt:
        world = self.world
        draw = world.draws[run.job][arm][min(run.tried.count(arm), ATTEMPTS - 1)]
        run.tried.append(arm)
        work = world.median_ms(arm, run.job) * draw.noise
        hang = (draw.stall - 1) * work if draw.stalls < world.stalls else 0.0
        fails = draw.fails < world.failing(arm, run.job)
        if fails:
            hangs = draw.stall * work if draw.at < 0.1 + 0.9 * HANGS else 0.0
            work, hang = work * draw.at, hangs
        cold = not self.warm(arm)
        if cold:
            work += world.cold_ms[arm]
        if world.memory:
            self._loaded = [*[other for other in self._loaded if other != arm][-(world.memory - 1) :], arm]
        elif not cold:
            self._warm[arm] -= 1
        attempt = Attempt(run, arm, work, hang, fails, cold, self.now, shadow)
        self._running.append(attempt)
        self._timer(self.now + limit_ms, "stop" if shadow else "deadline", attempt)
        return attempt

    def _timer(self, at: float, kind: str, what: Run | Attempt) -> None:
        self._serial += 1
        heappush(self._timers, (at, self._serial, kind, what))

    def _end(self, attempt: Attempt, kind: TryKind) -> None:
        run, world = attempt.run, self.world
        attempt.over = True
        self._running.remove(attempt)
        stuck = kind == "cancelled" and attempt.work <= 0
        if kind in ("failed", "timeout") or stuck:
            if world.memory and attempt.arm in self._loaded and kind != "cancelled":
                self._loaded.remove(attempt.arm)
            elif self._replaces:
                self._timer(self.now + world.cold_ms[attempt.arm], "started", attempt)
        else:
            self._warm[attempt.arm] += 1
        if attempt.shadow or kind == "cancelled":
            self.result.twice_cpu += attempt.cpu
        else:
            self.result.live_cpu += attempt.cpu
        value = world.sizes[run.job] * world.worth[attempt.arm] if kind == "answered" else 0.0
        told = Seen(
            run.job, run.wish.ticket, attempt.arm, kind, self.now - attempt.began, attempt.cpu, attempt.cold, attempt.shadow, value
        )  # fmt: skip
        self._chooser.learn(self, told)
        if attempt.shadow:
            return
        run.active.remove(attempt)
        if kind == "answered":
            self._answered(run, value)
        elif kind in ("failed", "timeout") and not run.done:
            self._fall_back(run)

    def _answered(self, run: Run, value: float) -> None:
        run.done = True
        for loser in list(run.active):
            self._end(loser, "cancelled")
        self._close(run, value)
        shadow = self._chooser.shadow(self, run.wish.ticket)
        if shadow is not None:
            self._start(run, shadow[0], shadow[1], shadow=True)
        self._next_job()

    def _close(self, run: Run, value: float) -> None:
        job, result = run.job, self.result
        result.wall_ms[job] = self.now - run.began
        result.value[job] = value
        result.slowdown[job] = result.wall_ms[job] / self.world.mean_ms(self.world.ranked(job)[0], job)

    def _fall_back(self, run: Run) -> None:
        if run.place < len(run.wish.order):
            self._start_next(run)
        elif not run.active:
            run.rounds += 1
            run.place = 0
            if run.rounds < run.wish.rounds:
                self._start_next(run)
                return
            run.done = True
            self.result.failures += 1
            self._close(run, 0.0)
            self._next_job()
