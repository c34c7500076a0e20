"""Latency by job size: a Kalman filter over the logarithm of the milliseconds of a warm run.

Regressors h = [1, u, u², one-hot agent type], u = (ln(1 + size) - 2.8) / 1.1; the coefficients walk at random (West and Harrison, Bayesian
Forecasting and Dynamic Models, ch. 4). Time passes in jobs, also for arms that did none. Observation noise is tracked from clipped
residuals, innovations are clipped (Huber 1964), so that one stalled job moves little. Small dense algebra on lists: dimension 3 + types.
"""

from math import log1p, sqrt

from msgspec import Struct, field

PRIOR_MEAN = (3.0, 0.7)  # 20 ms at a middle size, until the first sample sets it; growing less than in proportion
PRIOR_VARIANCE = (1.0, 0.16, 0.0225)
TYPE_PRIOR_VARIANCE = 0.16
UNKNOWN_LEVEL = 25.0  # variance of the level before the first sample
DRIFT = (1e-3, 1e-4, 1e-4)  # variance a job
TYPE_DRIFT = 1e-4
FIRST_NOISE = 0.09
NOISE_RATE = 0.06
NOISE_CLIP = 4.0  # an innovation counts for at most so many times its variance
NOISE_RANGE = (4e-4, 4.0)
CLIP = 2.5  # standard deviations an innovation may move the state
OUTLIER = 5.0  # standard deviations beyond which it moves less and less (Hampel 1974): a stall, or a change that the CUSUM will see
LEVELS = (-60.0, 60.0)  # what coefficients are held within: beyond it no time of a job lies, and what is learned from then on ...
SLOPES = (-2.0, 4.0)  # ... would take long to bring them back. Time that grows with the square of the size has a slope of 2.2
CURVATURES = (-1.0, 1.0)
OLDEST = 5000  # jobs of drift that are added at most


def scaled(size: int) -> float:
    """u of a job's size."""
    return (log1p(min(max(size, 0), 1_000_000)) - 2.8) / 1.1


class LatencyFilter(Struct, kw_only=True):
    """The state: coefficients, their covariance, the noise, and the job at which it was last updated."""

    mean: list[float] = field(default_factory=lambda: [*PRIOR_MEAN, 0.0])
    covariance: list[list[float]] = field(
        default_factory=lambda: [[PRIOR_VARIANCE[row] if row == column else 0.0 for column in range(3)] for row in range(3)]
    )
    noise: float = FIRST_NOISE
    at: int = 0
    samples: int = 0

    def widen(self, types: int) -> None:
        """Know at least so many agent types."""
        while len(self.mean) < 3 + types:
            self.mean.append(0.0)
            for row in self.covariance:
                row.append(0.0)
            self.covariance.append([0.0] * (len(self.mean) - 1) + [TYPE_PRIOR_VARIANCE])

    def predict(self, u: float, kind: int, job: int) -> tuple[float, float]:
        """Mean and variance of the expected ln ms of a job of that size and type (noise apart)."""
        mean, rows, at = self.mean, self.covariance, 3 + kind
        if at >= len(mean):
            self.widen(kind + 1)
        u2 = u * u
        first, second, third, own = rows[0], rows[1], rows[2], rows[at]
        variance = (
            first[0] + u2 * second[1] + u2 * u2 * third[2] + own[at]
            + 2 * (u * first[1] + u2 * first[2] + first[at] + u * u2 * second[2] + u * second[at] + u2 * third[at])
        )  # fmt: skip
        age = min(max(job - self.at, 0), OLDEST)
        drift = DRIFT[0] + u2 * DRIFT[1] + u2 * u2 * DRIFT[2] + TYPE_DRIFT
        return mean[0] + u * mean[1] + u2 * mean[2] + mean[at], max(variance, 1e-9) + age * drift

    def update(self, u: float, kind: int, observed: float, job: int) -> float:
        """Learn from ln ms; returns the innovation in standard deviations."""
        self._age(job)
        mean, rows, at = self.mean, self.covariance, 3 + kind
        if at >= len(mean):
            self.widen(kind + 1)
        u2 = u * u
        self.samples += 1
        if self.samples == 1:  # whatever the unit of speed: the level is what was seen, as surely as one sample says
            mean[0] = observed - (u * mean[1] + u2 * mean[2] + mean[at])
            rows[0][0] = UNKNOWN_LEVEL
        gain = [row[0] + u * row[1] + u2 * row[2] + row[at] for row in rows]
        variance = max(gain[0] + u * gain[1] + u2 * gain[2] + gain[at], 1e-9)
        total = variance + self.noise
        spread = sqrt(total)
        residual = observed - (mean[0] + u * mean[1] + u2 * mean[2] + mean[at])
        beyond = abs(residual) / (OUTLIER * spread)
        step = min(max(residual, -CLIP * spread), CLIP * spread) / total / max(beyond, 1.0) ** 2
        mean = self.mean = [value + step * part for value, part in zip(mean, gain, strict=True)]
        mean[0] = min(max(mean[0], LEVELS[0]), LEVELS[1])
        mean[1] = min(max(mean[1], SLOPES[0]), SLOPES[1])
        mean[2] = min(max(mean[2], CURVATURES[0]), CURVATURES[1])
        for index, row in enumerate(rows):
            factor = gain[index] / total
            if factor:
                rows[index] = [value - factor * part for value, part in zip(row, gain, strict=True)]
        if self.samples == 1:  # it says nothing of the noise
            return 0.0
        squared = min(residual * residual, NOISE_CLIP * total) - variance
        noise = self.noise + NOISE_RATE * (max(squared, 0.0) - self.noise)
        self.noise = min(max(noise, NOISE_RANGE[0]), NOISE_RANGE[1])
        return residual / spread

    def shift(self, by: float, variance: float) -> None:
        """The level has changed: move the intercept, and be unsure of it."""
        self.mean[0] = min(max(self.mean[0] + by, LEVELS[0]), LEVELS[1])
        self.covariance[0][0] += variance

    def _age(self, job: int) -> None:
        age = min(max(job - self.at, 0), OLDEST)
        self.at = max(self.at, job)
        for index, row in enumerate(self.covariance):
            most = PRIOR_VARIANCE[index] if index < 3 else TYPE_PRIOR_VARIANCE
            if row[index] < most:
                row[index] += age * (DRIFT[index] if index < 3 else TYPE_DRIFT)


class Level(Struct, kw_only=True):
    """A number that walks at random, seen with noise: the same filter with the regressor 1 alone."""

    mean: float = 0.0
    variance: float = 1.0
    samples: int = 0

    def update(self, observed: float, *, noise: float = 0.25, drift: float = 1e-3) -> None:
        """Learn from one sight of it."""
        variance = min(self.variance + drift, 1.0)
        gain = variance / (variance + noise)
        self.mean += gain * (observed - self.mean)
        self.variance = variance * (1 - gain)
        self.samples += 1
