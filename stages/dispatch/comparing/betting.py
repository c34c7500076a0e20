"""Is there a difference, and how large? A test that may be looked at after every round, and an interval that holds at every look.

Of each round comes d, the logarithm of how many times better the first side was. Under the claim "the typical d is t" nobody can expect to
win by betting on the sign of (d - t), however he chooses when to stop: his capital passes 1/alpha with probability at most alpha (Ville
1939). Bets pay the clipped distance, (d - t) / c within [-1, 1] (the psi function of Huber 1964), so a stall is one lost bet like any
other; and they are made at eight stakes side by side, whose mean is the capital (a mixture, as Robbins 1970; Waudby-Smith and Ramdas,
Estimating means of bounded random variables by betting, 2024). Every t at which somebody became rich is outside the interval.

Exact where the rounds are drawn independently from one population, with c fixed before: the first ones set it and are not bet on. Where
both sides are the same and chance decides which goes first, d has equal chances of either sign, so then no assumption is needed at all.
"""

from collections.abc import Iterable, Sequence
from math import exp, inf, isfinite, isnan
from typing import Literal, TypeAlias

from msgspec import Struct

Verdict: TypeAlias = Literal["first", "second", "equivalent", "none"]

STAKES = (0.02, 0.05, 0.1, 0.2, 0.35, 0.55, 0.8, 0.98)  # of the capital; the small ones find small differences, the large ones large soon
SCALE_ROUNDS = 5  # rounds that set c
CLIP = 1.5  # c in standard deviations, by the median absolute deviation: nearly as good as the mean on normal noise
NORMAL_MAD = 1.4826  # standard deviation by median absolute deviation of a normal sample
LEAST_SCALE = 0.005  # what differs by less than half a percent is as good as equal
STEPS = 30  # halvings in the search for an end of the interval
BALANCED = 1e-6  # a sum of clipped distances that is as good as none


class Bettor:
    """One who bets on plus, at every stake: his capital, of 1 at first, ``now`` and at its ``best``."""

    def __init__(self) -> None:
        self._by_stake = [1.0 / len(STAKES)] * len(STAKES)
        self.now = 1.0
        self.best = 1.0

    def take(self, x: float) -> None:
        """A round's outcome, within [-1, 1]. Who has won beyond what a float can hold stays rich; nobody loses all."""
        by_stake = self._by_stake = [capital * (1.0 + stake * x) for capital, stake in zip(self._by_stake, STAKES, strict=True)]
        self.now = sum(by_stake)
        self.best = max(self.best, self.now)


class SignTest:
    """Which side has more of what only one side had (a failure, say); ``alpha`` of it by either side."""

    def __init__(self, alpha: float) -> None:
        self._passes = 2 / alpha
        self._bettors = {"first": Bettor(), "second": Bettor()}

    def take(self, x: float) -> None:
        """Plus for the first side, minus for the second, at most 1."""
        self._bettors["first"].take(x)
        self._bettors["second"].take(-x)

    @property
    def p(self) -> float:
        """Valid at every look, and never rising."""
        return min(1.0, 2 / max(bettor.best for bettor in self._bettors.values()))

    @property
    def verdict(self) -> Verdict:
        """For which side it is shown."""
        first, second = self._bettors["first"].best, self._bettors["second"].best
        if max(first, second) < self._passes:
            return "none"
        return "first" if first >= second else "second"


class Estimate(Struct, frozen=True, kw_only=True):
    """How many times better the first side is: the typical ratio with the bounds of its interval (0 and infinity: not bounded yet)."""

    rounds: int
    ratio: float
    low: float
    high: float
    p: float
    verdict: Verdict


class Comparison:
    """One measure of two sides, round by round. ``margin``: within this ln ratio they count as equivalent."""

    def __init__(self, *, alpha: float, margin: float) -> None:
        self._passes = 2 / alpha
        self._test = SignTest(alpha)
        self._margin = margin
        self._above, self._below = Bettor(), Bettor()  # that t is above -margin, below margin
        self._first: list[float] = []
        self._rounds: list[float] = []
        self._clip = 0.0

    @property
    def rounds(self) -> int:
        """How many were taken."""
        return len(self._first) + len(self._rounds)

    def take(self, d: float) -> bool:
        """One round: ln of how many times better the first side was; infinite where one side made nothing. False: it is no number."""
        if isnan(d):
            return False
        if len(self._first) < SCALE_ROUNDS:
            self._first.append(d)
            self._clip = CLIP * scale(self._first)
            return True
        self._rounds.append(d)
        self._test.take(self._x(d, 0.0))
        self._above.take(self._x(d, -self._margin))
        self._below.take(-self._x(d, self._margin))
        return True

    @property
    def p(self) -> float:
        """Of "no difference"; valid at every look."""
        return self._test.p

    @property
    def verdict(self) -> Verdict:
        """Which side is shown to be better; else whether both are shown to lie within the margin."""
        if self._test.verdict == "none" and min(self._above.best, self._below.best) >= self._passes:
            return "equivalent"
        return self._test.verdict

    @property
    def within_margin(self) -> bool:
        """Whether both are shown to lie within the margin, whatever else is shown."""
        return min(self._above.best, self._below.best) >= self._passes

    def estimate(self) -> Estimate:
        """What is known now. Costs time in proportion to the rounds."""
        low, high = self.interval()
        typical = min(max(self._typical(), low), high)
        return Estimate(
            rounds=self.rounds, ratio=_exp(typical), low=_exp(low), high=_exp(high), p=self.p, verdict=self.verdict
        )  # fmt: skip

    def interval(self) -> tuple[float, float]:
        """The t that nobody became rich against at any look. Where the ratio changed meanwhile there may be none: then, at this look."""
        low, high = self._end(1, ever=True), self._end(-1, ever=True)
        if low <= high:
            return low, high
        return self._end(1, ever=False), self._end(-1, ever=False)

    def _x(self, d: float, t: float) -> float:
        return min(max((d - t) / self._clip, -1.0), 1.0)

    def _end(self, sign: int, *, ever: bool) -> float:
        """The greatest t that d is shown to lie above (sign 1), or the least that it is shown to lie below (sign -1)."""
        finite = sorted(sign * d for d in self._rounds if isfinite(d)) or [0.0]
        outside = sign * (finite[0] - self._clip)  # beyond these two, nothing changes any more
        inside = sign * (finite[-1] + self._clip)
        if not self._rich(outside, sign, ever=ever):
            return -sign * inf
        if self._rich(inside, sign, ever=ever):  # by what is infinite alone
            return sign * inf
        for _ in range(STEPS):
            between = (outside + inside) / 2
            if self._rich(between, sign, ever=ever):
                outside = between
            else:
                inside = between
        return outside

    def _rich(self, t: float, sign: int, *, ever: bool) -> bool:
        """Whether who bet that d is above (sign 1) or below (sign -1) t passed the threshold: ever, or stands above it now."""
        bettor = Bettor()
        for d in self._rounds:
            bettor.take(sign * self._x(d, t))
            if ever and bettor.best >= self._passes:
                return True
        return bettor.now >= self._passes

    def _typical(self) -> float:
        """Huber's estimate of location: where the clipped distances balance, in the middle where they do so over a range."""
        rounds = self._rounds or self._first
        finite = [d for d in rounds if isfinite(d)] or [0.0]
        if not rounds:
            return 0.0
        low, high = min(finite) - self._clip, max(finite) + self._clip
        first, last = self._balance(rounds, low, high, BALANCED), self._balance(rounds, low, high, -BALANCED)
        if first == last:
            return first
        ends = [end for end in (first, last) if isfinite(end)]
        return sum(ends) / max(len(ends), 1)

    def _balance(self, rounds: Sequence[float], low: float, high: float, weight: float) -> float:
        """The t, to a hair, from which on the clipped distances sum up to no more than ``weight``; infinite where that is not within."""

        def heavy(t: float) -> bool:
            return sum([self._x(d, t) for d in rounds]) > weight

        if heavy(high):
            return inf
        if not heavy(low):
            return -inf
        for _ in range(STEPS):
            between = (low + high) / 2
            low, high = (between, high) if heavy(between) else (low, between)
        return high


def least_rounds(alpha: float) -> int:
    """Rounds before which nothing can be shown, though each speaks for one side as clearly as can be."""
    bettor, rounds = Bettor(), SCALE_ROUNDS
    while bettor.best < 2 / alpha:
        bettor.take(1.0)
        rounds += 1
    return rounds


def scale(sample: Sequence[float]) -> float:
    """The standard deviation by the median absolute deviation, of what is finite; never below the least that counts."""
    finite = [d for d in sample if isfinite(d)]
    if len(finite) < 2:
        return LEAST_SCALE
    centre = middle(finite)
    return max(NORMAL_MAD * middle([abs(d - centre) for d in finite]), LEAST_SCALE)


def middle(values: Iterable[float]) -> float:
    """The median; 0 where it lies between the two infinities."""
    ordered = sorted(values)
    low, high = ordered[(len(ordered) - 1) // 2], ordered[len(ordered) // 2]
    return 0.0 if low == -inf and high == inf else (low + high) / 2


def _exp(value: float) -> float:
    return inf if value > 700 else exp(value)
