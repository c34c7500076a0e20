"""What one pair of measurements says, by each metric: pure."""

from collections.abc import Callable, Sequence
from math import inf, isfinite, log

from msgspec import Struct

from pipeline.messages import Answer, Case
from stages.agents.wire import encode_answer


class Measured(Struct, frozen=True, kw_only=True):
    """One job, done by one arm (``path``: the arms asked, in order, where those before failed). ``why``: of a failure, else empty.

    ``cpu_ms`` is that of the worker; ``covered`` counts what its answers cover.
    """

    path: tuple[str, ...]
    why: str = ""
    wall_ms: float = 0.0
    cpu_ms: float = 0.0
    answers: Sequence[Answer] = ()
    covered: int = 0
    deterministic: bool = False

    @property
    def failed(self) -> bool:
        """Whether there is no answer to the job."""
        return self.why != ""


Metric = Callable[[Measured, Measured], float | None]


def _ratio(better: float, worse: float) -> float | None:
    """ln (better / worse); None where a clock has said what no time can be."""
    if not (isfinite(better) and isfinite(worse) and better > 0 and worse > 0):
        return None
    return log(better / worse)


def _time(first: Measured, second: Measured) -> float | None:
    return None if first.failed or second.failed else _ratio(second.wall_ms, first.wall_ms)


def _cpu(first: Measured, second: Measured) -> float | None:
    return None if first.failed or second.failed else _ratio(second.cpu_ms, first.cpu_ms)


def _made(first: float, second: float) -> float | None:
    """As ``_ratio``, of what was made: nothing at all is infinitely worse than anything."""
    if first > 0 and second > 0:
        return _ratio(first, second)
    return inf if first > 0 else -inf if second > 0 else None


def _efficiency(first: Measured, second: Measured) -> float | None:
    times = [side.wall_ms for side in (first, second) if not side.failed]
    if any(not isfinite(time) or time <= 0 for time in times):
        return None
    return _made(*(0.0 if side.failed else len(side.answers) / side.wall_ms for side in (first, second)))


def _worth(first: Measured, second: Measured) -> float | None:
    return _made(*(0.0 if side.failed else float(side.covered) for side in (first, second)))


# By name: ln of how many times better the first of two is, infinite where one made nothing, None where the pair does not say. A job that
# failed has no time and is not compared by it; it made nothing, and counts as that.
METRICS: dict[str, Metric] = {"time": _time, "cpu": _cpu, "efficiency": _efficiency, "worth": _worth}


def covered(answers: Sequence[Answer]) -> int:
    """How much a job's answers cover, as far as that is known without a target: parameter classes and schema branches, as score counts
    them; of answers that are no cases, the different ones."""
    cases = [answer for answer in answers if isinstance(answer, Case)]
    if len(cases) < len(answers):
        return len({encode_answer(answer) for answer in answers})
    return len({(case.operation, name) for case in cases for name in case.classes})


def first_difference(one: Sequence[Answer], other: Sequence[Answer]) -> int | None:
    """The position of the first answer that is not the same byte for byte; None: there is none."""
    for position, (left, right) in enumerate(zip(one, other, strict=False)):
        if encode_answer(left) != encode_answer(right):
            return position
    return None if len(one) == len(other) else min(len(one), len(other))
