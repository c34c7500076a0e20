"""What the service answers on performance (`GET /performance-metrics`), and `sentinel routing --json`: a function of the router's state."""

from collections.abc import Sequence

from msgspec import Struct

from stages.dispatch.routing import Line, RouterState, predicted, summary

SIZES = (1, 4, 16, 64)  # answers asked in a job, for which times are predicted
INTERVAL = 0.9


class Predicted(Struct, frozen=True, kw_only=True):
    """The time of a warm job of ``size`` answers: its mean, and the bounds that are to hold nine times of ten."""

    size: int
    expected_ms: float
    low_ms: float
    high_ms: float


class Calibration(Struct, frozen=True, kw_only=True):
    """How many of the predictions held within their interval, over all agents of the implementation; ``share`` is None without any."""

    wanted: float
    share: float | None
    predictions: int


class Window(Struct, frozen=True, kw_only=True):
    """The last outcomes, which the figures are of. Times are means of answered attempts that were warm."""

    outcomes: int
    wall_ms: float
    cpu_ms: float
    queue_ms: float
    answers: int
    new: int
    cold: int
    shadows: int


class Failures(Struct, frozen=True, kw_only=True):
    """Of the window, by kind; ``share`` of its outcomes."""

    failed: int
    timeouts: int
    share: float


class BreakerState(Struct, frozen=True, kw_only=True):
    """``state``: closed, open or half-open; ``reliability``: the chance that a job is answered, of late; ``trial_in_jobs``: after how many
    jobs an open one may be tried again."""

    state: str
    reliability: float
    trial_in_jobs: int


class Implementation(Struct, frozen=True, kw_only=True):
    """One implementation of one agent. ``efficiency`` is answers a millisecond, ``worth`` that of an answer (None: never credited),
    ``duplicates_share`` the part of its milliseconds that was spent on jobs that another answered."""

    agent: str
    arm: str
    version: str
    machine: str
    deterministic: bool
    language_model: bool
    efficiency: float
    worth: float | None
    samples: int
    window: Window
    predictions: list[Predicted]
    calibration: Calibration
    breaker: BreakerState
    failures: Failures
    duplicates_share: float


class AgentPerformance(Struct, frozen=True, kw_only=True):
    """One agent, its implementations by efficiency, and the part of all their milliseconds that did work twice."""

    agent: str
    duplicates_share: float
    implementations: list[Implementation]


class Performance(Struct, frozen=True, kw_only=True):
    """All that is known; ``jobs`` were decided on in all."""

    jobs: int
    agents: list[AgentPerformance]


def performance(state: RouterState, sizes: Sequence[int] = SIZES) -> Performance:
    """The agents by name, each with what its implementations did within their windows."""
    lines = summary(state)
    agents: list[AgentPerformance] = []
    for agent in sorted({line.agent for line in lines}):
        own = sorted((line for line in lines if line.agent == agent), key=lambda line: (-line.efficiency, line.arm))
        twice = _share(sum(line.twice_ms for line in own), sum(line.all_ms for line in own))
        implementations = [_implementation(state, line, sizes) for line in own]
        agents.append(AgentPerformance(agent=agent, duplicates_share=twice, implementations=implementations))
    return Performance(jobs=state.jobs, agents=agents)


def _implementation(state: RouterState, line: Line, sizes: Sequence[int]) -> Implementation:
    model = state.arms[line.arm]
    breaker = model.windows[line.agent].breaker
    times = [(size, predicted(state, line.arm, line.agent, size)) for size in sizes]
    return Implementation(
        agent=line.agent, arm=line.arm, version=line.version, machine=line.machine, deterministic=model.deterministic,
        language_model=model.language_model, efficiency=line.efficiency, worth=line.worth, samples=line.samples,
        window=Window(
            outcomes=line.outcomes, wall_ms=line.wall_ms, cpu_ms=line.cpu_ms, queue_ms=line.queue_ms, answers=line.answers, new=line.new,
            cold=line.cold, shadows=line.shadows,
        ),
        predictions=[
            Predicted(size=size, expected_ms=time.expected_ms, low_ms=time.low_ms, high_ms=time.high_ms)
            for size, time in times if time is not None
        ],
        calibration=Calibration(wanted=INTERVAL, share=line.held if line.predictions else None, predictions=line.predictions),
        breaker=BreakerState(
            state=line.breaker, reliability=breaker.reliability,
            trial_in_jobs=max(breaker.opened_at + breaker.backoff - state.jobs, 0) if breaker.opened_at >= 0 else 0,
        ),
        failures=Failures(failed=line.failed, timeouts=line.timeouts, share=_share(line.failed + line.timeouts, line.outcomes)),
        duplicates_share=_share(line.twice_ms, line.all_ms),
    )  # fmt: skip


def _share(part: float, whole: float) -> float:
    return part / whole if whole > 0 else 0.0
