"""What goes into the router and what comes out of it: facts of a job, a plan with its reasons, outcomes.

Milliseconds throughout; ``now`` is any clock in milliseconds that its owner passes in. Sizes are answers asked for.
"""

from math import isnan
from typing import Literal, TypeAlias

from msgspec import Struct

from pipeline.messages import TryKind

Mode: TypeAlias = Literal["sequence", "hedge", "race"]
NEVER_MS = float("inf")  # a start that only the failure of those before brings about


class ArmFacts(Struct, frozen=True, kw_only=True, gc=False):
    """One live arm at the moment of deciding. ``warm``: a started worker (a loaded model) is free for the job; ``model``: a language
    model answers; ``last_resort``: it is asked only where all others failed, and never for measuring."""

    name: str
    version: str = ""
    warm: bool = True
    deterministic: bool = False
    model: bool = False
    workers: int = 1
    busy: int = 0  # jobs on its workers
    waiting: int = 0  # jobs in line for one
    last_resort: bool = False


class JobFacts(Struct, frozen=True, kw_only=True):
    """One job. ``arms``: all that serve the agent, whatever their health."""

    agent: str
    size: int
    arms: tuple[ArmFacts, ...]
    idle_cores: float = 1.0


class Reason(Struct, frozen=True, kw_only=True, gc=False):
    """What the router held of one arm for one job. Predictions are NaN-free; ``samples`` says how much they are worth.

    ``expected_ms`` is the mean of a warm run, which lies within ``low_ms`` and ``high_ms`` nine times of ten; ``score`` is the logarithm of
    value by cost, ``uncertainty`` the standard deviation of what is not known of it (noise apart).
    """

    arm: str
    expected_ms: float
    low_ms: float
    high_ms: float
    start_ms: float  # added by a cold start and by waiting in line
    score: float
    uncertainty: float
    reliability: float
    breaker: str
    samples: int


class RoutingPlan(Struct, frozen=True, kw_only=True):
    """Whom to ask. ``order`` has every live arm once; ``delays_ms[i]`` is when, counted from the job's start, arm i starts beside those
    before it (``NEVER_MS``: only after they failed). A failed arm is followed by the next of the order at once, whatever its delay.
    Where all failed, the order is gone through ``rounds`` times in all before the job is set aside. ``deadlines_ms`` are those of single
    attempts. ``why`` says what made the order, ``mode_why`` what made the mode.

    ``facts``, ``cpu_price`` (of a CPU millisecond, in milliseconds) and ``tokens`` (for second starts) are what it was decided by; a plan
    that a fixed rule made does not have them.
    """

    ticket: int
    agent: str
    size: int
    order: tuple[str, ...]
    mode: Mode
    delays_ms: tuple[float, ...]
    deadlines_ms: tuple[float, ...]
    rounds: int
    why: str
    reasons: tuple[Reason, ...]  # in the order of ``order``
    mode_why: str = ""
    facts: JobFacts | None = None
    cpu_price: float = 0.0
    tokens: float = 0.0


class Outcome(Struct, frozen=True, kw_only=True):
    """How one attempt of one arm ended. ``wall_ms`` from its start to its end, queue wait apart; ``worth`` where it is known already."""

    ticket: int
    arm: str
    kind: TryKind
    wall_ms: float
    cpu_ms: float = 0.0
    queue_ms: float = 0.0
    answers: int = 0
    new: int = 0
    worth: float | None = None
    cold: bool = False
    shadow: bool = False


class ShadowPlan(Struct, frozen=True, kw_only=True, gc=False):
    """Do the job once more on ``arm``, for measuring only, and stop it after ``stop_after_ms`` (then its outcome is "cancelled")."""

    ticket: int
    arm: str
    stop_after_ms: float


def finite(value: float, *, least: float, most: float, otherwise: float) -> float:
    """``value`` within [least, most]; ``otherwise`` where it is no number."""
    if isnan(value):
        return otherwise
    return min(max(value, least), most)
