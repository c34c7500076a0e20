"""What is known of each arm: windows of outcomes by agent, and the models that outcomes feed."""

from math import exp, log, sqrt

from msgspec import Struct, field

from pipeline.messages import TryKind
from stages.dispatch.routing.breaker import Breaker
from stages.dispatch.routing.drift import Cusum
from stages.dispatch.routing.facts import Outcome, finite
from stages.dispatch.routing.hedge import Residuals
from stages.dispatch.routing.kalman import LatencyFilter, Level

LONGEST_MS = 1e9
LEAST_MS = 1e-3
NOMINAL = 1.645  # standard deviations of a normal interval of 90 %
WIDTH_RATE = 0.05
WIDTHS = (0.5, 6.0)
COLD_RATE = 0.2
CPU_RATE = 0.05
AFTER_ALARM = 0.05  # variance of the level after a change


class Row(Struct, array_like=True, gc=False):
    """One outcome in a window. What its answers were worth, and how many showed anything new, is known once they were sent."""

    at_ms: float
    kind: TryKind
    wall_ms: float
    cpu_ms: float
    queue_ms: float
    size: int
    answers: int
    new: int
    cold: bool
    shadow: bool
    worth: float = -1.0  # of all its answers; -1: not known


class Window(Struct, kw_only=True):
    """The last outcomes of one arm at one agent, and its breaker there. ``samples`` are the warm answers and measured shadows ever seen."""

    rows: list[Row] = []
    samples: int = 0
    breaker: Breaker = field(default_factory=Breaker)

    def add(self, row: Row, longest: int) -> None:
        """Take in one outcome; the oldest beyond the window go."""
        self.rows.append(row)
        del self.rows[: max(len(self.rows) - longest, 0)]


class Coverage(Struct, kw_only=True):
    """How often the 90 % interval held, and its width, led so that it does (adaptive conformal inference, Gibbs and Candès 2021)."""

    width: float = NOMINAL
    held: int = 0
    asked: int = 0

    def update(self, *, inside: bool) -> None:
        """Whether the last one held."""
        self.asked += 1
        self.held += inside
        self.width = min(max(self.width + WIDTH_RATE * (-0.1 if inside else 0.9), WIDTHS[0]), WIDTHS[1])


class Prediction(Struct, kw_only=True, gc=False):
    """ln ms of a warm run: its mean, the variance of that mean, the noise about it, and the bounds that hold nine times of ten."""

    mean: float
    variance: float
    noise: float
    low: float
    high: float


class ArmModel(Struct, kw_only=True):
    """One arm in one version on one machine."""

    version: str
    machine: str
    deterministic: bool = False  # as it was last seen
    language_model: bool = False
    latency: LatencyFilter
    cusum: Cusum
    residuals: Residuals
    coverage: Coverage
    windows: dict[str, Window] = {}
    last: list[tuple[float, int, float]] = []  # u, type and ln ms of the last three
    cold_ms: float = -1.0  # what a cold start adds; -1: never seen
    cpu_share: float = 1.0  # CPU by wall time
    used_at: int = 0

    def window(self, agent: str) -> Window:
        """Its outcomes at an agent."""
        window = self.windows.get(agent)
        if window is None:
            window = self.windows[agent] = Window()
        return window

    def predict(self, u: float, kind: int, job: int) -> Prediction:
        """Of a warm run."""
        mean, variance = self.latency.predict(u, kind, job)
        noise = self.latency.noise
        half = self.coverage.width * sqrt(variance + noise)
        return Prediction(mean=mean, variance=variance, noise=noise, low=mean - half, high=mean + half)

    def learn_time(self, u: float, kind: int, outcome: Outcome, job: int, window: int) -> tuple[float, bool]:
        """Learn from the time of an attempt; returns the surprise in standard deviations and whether the level has changed.

        One that was stopped says "at least this long": it teaches only where it took longer than was predicted already.
        """
        wall_ms = finite(outcome.wall_ms, least=0.0, most=LONGEST_MS, otherwise=0.0)
        if wall_ms <= 0.0:  # the clock stepped back
            return 0.0, False
        wall_ms = max(wall_ms, LEAST_MS)
        cpu_ms = finite(outcome.cpu_ms, least=0.0, most=LONGEST_MS, otherwise=0.0)
        if cpu_ms > 0.0 and outcome.kind == "answered":
            self.cpu_share += CPU_RATE * (min(cpu_ms / wall_ms, 4.0) - self.cpu_share)
        observed = log(wall_ms)
        if outcome.cold:
            if outcome.kind == "answered" and self.latency.samples:
                extra = max(0.0, wall_ms - exp(self.latency.predict(u, kind, job)[0]))
                self.cold_ms = extra if self.cold_ms < 0 else self.cold_ms + COLD_RATE * (extra - self.cold_ms)
            elif outcome.kind == "answered" and self.cold_ms < 0:
                self.cold_ms = wall_ms
            return 0.0, False
        censored = outcome.kind != "answered"
        if self.latency.samples:
            expected = self.latency.predict(u, kind, job)[0]
            if censored and observed <= expected:
                return 0.0, False
            self.residuals.add(exp(min(max(observed - expected, -20.0), 20.0)), window, censored=censored)
        z = self.latency.update(u, kind, observed, job)
        self.last = [*self.last[-2:], (u, kind, observed)]
        changed = self.cusum.update(z)
        if changed:
            off = sorted(seen - self.latency.predict(at, of, job)[0] for at, of, seen in self.last)
            self.latency.shift(off[len(off) // 2], AFTER_ALARM)
        return z, changed


class Value(Struct, kw_only=True):
    """What answers are worth at one agent: ln of the share of the asked ones that came, ln of worth by answer."""

    yielded: Level
    worth: Level


def answered_share(answers: int, size: int) -> float:
    """ln of the share, defined for no answers and none asked."""
    return log((max(answers, 0) + 0.5) / (max(size, 0) + 0.5))
