"""What may stand in a state read from outside: what the router itself can have written, number by number.

Each bound is that of the code which writes the number. Within them formulas hold and everything is learned anew in a bounded number of
jobs; beyond them that is not so: a clock of jobs that is far ahead holds shadows back for ever.
"""

from collections.abc import Iterator, Mapping, Sequence
from math import log, sqrt
from typing import TYPE_CHECKING, TypeAlias

from stages.dispatch.routing.breaker import BROKEN, FIRST_BACKOFF, FORGET, LONGEST_BACKOFF, OPENS, USUAL, Breaker
from stages.dispatch.routing.drift import ALARM, SOONER
from stages.dispatch.routing.hedge import LONGEST, Tokens
from stages.dispatch.routing.kalman import CURVATURES, LEVELS, NOISE_RANGE, SLOPES, UNKNOWN_LEVEL, LatencyFilter, Level, scaled
from stages.dispatch.routing.shadow import CREDIT, LOOKS, PATIENCE, SAVED_JOBS, Shadows
from stages.dispatch.routing.tracker import LEAST_MS, LONGEST_MS, WIDTHS, ArmModel, Value, Window

if TYPE_CHECKING:
    from stages.dispatch.routing.state import RouterState

MOST_ARMS = 256
MOST_TYPES = 32
MOST_JOBS = 10**15  # doubles count them one by one
MOST_ASKED = 10**9  # of sizes and answers that a window keeps
MOST_WORTH = 1e9  # of an answer
OUTCOMES = 4 * MOST_ARMS  # of one job, over all arms, rounds and shadows
IN_FLIGHT = 64  # jobs of one session: so many second starts may be owed, or come back, between two decisions
MEANS = (LEVELS, SLOPES, CURVATURES)
TYPE_MEANS = (-16.0, 16.0)  # of the coefficient of one agent: as far as any times lie from those of another
VARIANCES = (2 * UNKNOWN_LEVEL, 2.0, 2.0)  # of them: no prior and no time without jobs makes them wider
TYPE_VARIANCE = 2.0
ROUNDING = 1e-6

Number: TypeAlias = tuple[str, float, float, float]  # where it stands, the number, the least and the most that it may be


def fault(state: "RouterState") -> str:
    """What is wrong with a state read from outside, or ""."""
    return _shape(state) or next((_told(*number) for number in _numbers(state) if not number[2] <= number[1] <= number[3]), "")


def _told(where: str, value: float, least: float, most: float) -> str:
    said = f"{value:.6g}" if abs(value) <= 1e300 else "beyond all bounds"
    return f"{where} is {said}, which the router never writes: it is from {least:.6g} to {most:.6g}"


# ── shapes ───────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _shape(state: "RouterState") -> str:
    if len(state.agents) > MOST_TYPES or len(set(state.agents)) < len(state.agents):
        return f"agents has more than {MOST_TYPES} names, or one of them twice"
    if len(state.arms) > MOST_ARMS:
        return f"arms has more than {MOST_ARMS} names"
    for name, arm in state.arms.items():
        at, size, covariance = f"arms[{name!r}]", len(arm.latency.mean), arm.latency.covariance
        if not 3 <= size <= 3 + max(len(state.agents), 1):
            return f"{at}.latency is out of shape: it has {size} coefficients, and {len(state.agents)} agents are known"
        if len(covariance) != size or any(len(row) != size for row in covariance):
            return f"{at}.latency.covariance is out of shape: it has no {size} rows of {size}"
        if not _symmetric(covariance):
            return f"{at}.latency.covariance is not symmetric"
        if not _positive(covariance):
            return f"{at}.latency.covariance is not positive definite"
        if len(arm.last) > 3:
            return f"{at}.last has more than the last three times"
        if sorted(arm.residuals.recent) != arm.residuals.ordered:
            return f"{at}.residuals do not agree: those in order are not those as they came"
    return ""


def _symmetric(rows: Sequence[Sequence[float]]) -> bool:
    return all(abs(value - rows[j][i]) < ROUNDING for i, row in enumerate(rows) for j, value in enumerate(row[:i]))


def _positive(rows: Sequence[Sequence[float]]) -> bool:
    """Whether it is the covariance of any random numbers, but for rounding: Cholesky's factorisation goes through."""
    factor: list[list[float]] = []
    for i, row in enumerate(rows):
        made: list[float] = []
        for j, before in enumerate(factor):
            made.append((row[j] - sum([made[k] * before[k] for k in range(j)])) / before[j])
        pivot = row[i] + ROUNDING - sum([value * value for value in made])
        if not pivot > 0:
            return False
        factor.append([*made, sqrt(pivot)])
    return True


# ── numbers ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _numbers(state: "RouterState") -> Iterator[Number]:
    """Every number of a state of the right shape; what bounds another comes before it."""
    yield "jobs", state.jobs, 0, MOST_JOBS
    for name, arm in state.arms.items():
        yield from _arm(f"arms[{name!r}]", arm, len(state.agents), state.jobs)
    for name, values in state.values.items():
        yield from _values(f"values[{name!r}]", values, state.jobs)
    for name, tokens in (("tokens", state.tokens), ("model_tokens", state.model_tokens)):
        yield from _tokens(name, tokens)
    for name, shadows in (("shadows", state.shadows), ("model_shadows", state.model_shadows)):
        yield from _shadows(name, shadows, state.jobs)


def _arm(at: str, arm: ArmModel, types: int, jobs: int) -> Iterator[Number]:
    yield from _latency(f"{at}.latency", arm.latency, jobs)
    yield f"{at}.cusum.high", arm.cusum.high, 0, ALARM
    yield f"{at}.cusum.low", arm.cusum.low, 0, SOONER * ALARM
    for ratio in arm.residuals.recent:
        yield f"{at}.residuals.recent", ratio, 1 / LONGEST, LONGEST
    yield f"{at}.coverage.width", arm.coverage.width, *WIDTHS
    yield f"{at}.coverage.asked", arm.coverage.asked, 0, OUTCOMES * jobs
    yield f"{at}.coverage.held", arm.coverage.held, 0, arm.coverage.asked
    for u, kind, observed in arm.last:
        yield f"{at}.last: a size", u, scaled(0), scaled(MOST_ASKED)
        yield f"{at}.last: an agent", kind, 0, max(types, 1) - 1
        yield f"{at}.last: a time", observed, log(LEAST_MS), log(LONGEST_MS)
    if arm.cold_ms != -1.0:
        yield f"{at}.cold_ms", arm.cold_ms, 0, LONGEST_MS
    yield f"{at}.cpu_share", arm.cpu_share, 0, 4
    yield f"{at}.used_at", arm.used_at, 0, jobs
    for agent, window in arm.windows.items():
        yield from _window(f"{at}.windows[{agent!r}]", window, jobs)


def _latency(at: str, latency: LatencyFilter, jobs: int) -> Iterator[Number]:
    for place, mean in enumerate(latency.mean):
        least, most = MEANS[place] if place < 3 else TYPE_MEANS
        yield f"{at}.mean[{place}]", mean, least, most
    for place, row in enumerate(latency.covariance):
        yield f"{at}.covariance[{place}][{place}]", row[place], 1e-12, VARIANCES[place] if place < 3 else TYPE_VARIANCE
    yield f"{at}.noise", latency.noise, *NOISE_RANGE
    yield f"{at}.at", latency.at, 0, jobs
    yield f"{at}.samples", latency.samples, 0, OUTCOMES * jobs


def _window(at: str, window: Window, jobs: int) -> Iterator[Number]:
    yield f"{at}.samples", window.samples, 0, OUTCOMES * jobs
    yield from _breaker(f"{at}.breaker", window.breaker, jobs)
    moment, time, count = f"{at}.rows: a moment", f"{at}.rows: a time", f"{at}.rows: a count"
    for row in window.rows:
        yield moment, row.at_ms, -1e18, 1e18
        for ms in (row.wall_ms, row.cpu_ms, row.queue_ms):
            yield time, ms, 0, LONGEST_MS
        for answers in (row.size, row.answers, row.new):
            yield count, answers, 0, MOST_ASKED
        yield f"{at}.rows: a worth", row.worth, -1, MOST_WORTH


def _breaker(at: str, breaker: Breaker, jobs: int) -> Iterator[Number]:
    closed = breaker.opened_at == -1
    yield f"{at}.evidence", breaker.evidence, 0, OPENS + (0 if closed else 2 * log(BROKEN / USUAL[0]))
    yield f"{at}.usual", breaker.usual, *USUAL
    for name, count in (("answered", breaker.answered), ("failed", breaker.failed)):
        yield f"{at}.{name}", count, 0, 1 / (1 - FORGET) + ROUNDING
    if not closed:
        yield f"{at}.opened_at", breaker.opened_at, 0, jobs
    yield f"{at}.backoff", breaker.backoff, FIRST_BACKOFF, LONGEST_BACKOFF


def _values(at: str, values: Mapping[str, Value], jobs: int) -> Iterator[Number]:
    share = log((MOST_ASKED + 0.5) / 0.5)
    for agent, value in values.items():
        yield from _level(f"{at}[{agent!r}].yielded", value.yielded, -share, share, jobs)
        yield from _level(f"{at}[{agent!r}].worth", value.worth, log(0.01), log(MOST_WORTH + 0.01), jobs)


def _level(at: str, level: Level, least: float, most: float, jobs: int) -> Iterator[Number]:
    yield f"{at}.mean", level.mean, least - ROUNDING, most + ROUNDING
    yield f"{at}.variance", level.variance, 1e-12, 1
    yield f"{at}.samples", level.samples, 0, OUTCOMES * jobs


def _tokens(at: str, tokens: Tokens) -> Iterator[Number]:
    yield f"{at}.held", tokens.held, -IN_FLIGHT, IN_FLIGHT


def _shadows(at: str, shadows: Shadows, jobs: int) -> Iterator[Number]:
    yield f"{at}.live_ms", shadows.live_ms, 0, LONGEST_MS
    yield f"{at}.budget_ms", shadows.budget_ms, -MOST_ASKED * LONGEST_MS, SAVED_JOBS * shadows.live_ms + ROUNDING
    yield f"{at}.next_job", shadows.next_job, 0, jobs + PATIENCE
    yield f"{at}.last_job", shadows.last_job, 0, jobs
    yield f"{at}.in_flight", shadows.in_flight, 0, OUTCOMES * jobs
    yield f"{at}.credit", shadows.credit, -OUTCOMES * jobs, CREDIT
    yield f"{at}.looks", shadows.looks, 0, LOOKS
