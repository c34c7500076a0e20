"""What is known, for tables and the service: a line an agent and arm, and predicted times."""

from math import exp

from msgspec import Struct

from stages.dispatch.routing.kalman import scaled
from stages.dispatch.routing.ordering import time_ms
from stages.dispatch.routing.state import RouterState


class Line(Struct, frozen=True, kw_only=True):
    """One arm at one agent, over its window. Times are means of answered callers' and shadow attempts that were warm; NaN-free.
    ``all_ms`` is what all attempts took, ``twice_ms`` what of it went into shadows and into attempts that were stopped.

    ``efficiency`` is answers a millisecond; ``worth`` is that of an answer, or None where none was ever credited; ``held`` is the share of
    the 90 % intervals of this arm (all agents) that held, of ``predictions``.
    """

    agent: str
    arm: str
    version: str
    machine: str
    outcomes: int
    samples: int
    efficiency: float
    wall_ms: float
    cpu_ms: float
    queue_ms: float
    answers: int
    new: int
    cold: int
    shadows: int
    failed: int
    timeouts: int
    all_ms: float
    twice_ms: float
    worth: float | None
    breaker: str
    held: float
    predictions: int


class Time(Struct, frozen=True, kw_only=True):
    """Of a warm job: its mean, and the bounds that are to hold nine times of ten."""

    expected_ms: float
    low_ms: float
    high_ms: float


def predicted(state: RouterState, arm: str, agent: str, size: int) -> Time | None:
    """How long a job of that size will take; None where nothing was ever measured of the arm at the agent."""
    model = state.arms.get(arm)
    if model is None or agent not in model.windows or agent not in state.agents or not model.latency.samples:
        return None
    seen = model.predict(scaled(size), state.agents.index(agent), state.jobs)
    return Time(expected_ms=time_ms(seen.mean + seen.noise / 2), low_ms=time_ms(seen.low), high_ms=time_ms(seen.high))


def summary(state: RouterState) -> list[Line]:
    """All that was measured."""
    lines: list[Line] = []
    for name, model in state.arms.items():
        values = state.values.get("" if model.deterministic else "/" + name, {})
        for agent, window in model.windows.items():
            warm = [row for row in window.rows if row.kind == "answered" and not row.cold]
            wall = sum(row.wall_ms for row in warm)
            count = max(len(warm), 1)
            value = values.get(agent)
            lines.append(
                Line(
                    agent=agent, arm=name, version=model.version, machine=model.machine, outcomes=len(window.rows), samples=window.samples,
                    efficiency=sum(row.answers for row in warm) / wall if wall > 0 else 0.0, wall_ms=wall / count,
                    cpu_ms=sum(row.cpu_ms for row in warm) / count, queue_ms=sum(row.queue_ms for row in warm) / count,
                    answers=sum(row.answers for row in warm), new=sum(row.new for row in warm), cold=sum(row.cold for row in window.rows),
                    shadows=sum(row.shadow for row in window.rows), failed=sum(row.kind == "failed" for row in window.rows),
                    timeouts=sum(row.kind == "timeout" for row in window.rows), all_ms=sum(row.wall_ms for row in window.rows),
                    twice_ms=sum(row.wall_ms for row in window.rows if row.shadow or row.kind == "cancelled"),
                    worth=exp(value.worth.mean) if value is not None and value.worth.samples else None,
                    breaker=window.breaker.state(state.jobs), held=model.coverage.held / max(model.coverage.asked, 1),
                    predictions=model.coverage.asked,
                )
            )  # fmt: skip
    return lines
