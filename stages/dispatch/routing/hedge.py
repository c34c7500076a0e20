"""When to start a second arm beside the first: never, after a delay, or at once (a race).

With X the time of the first arm, relative to its prediction, and r the relative cost of the second, a second start at d saves
E(X - d - r)⁺ and takes E min((X - d)⁺, r) of work beside the first; the delay of the greatest worth, saving less price times work, is
taken. X is the sample of the last residuals; a run that was stopped would have taken longer: it counts as ``CENSORED`` times what was
seen.
"""

from bisect import bisect_left, bisect_right, insort
from itertools import accumulate
from math import exp

from msgspec import Struct

CENSORED = 3.0
LONGEST = 60.0  # times the prediction: more says no more
QUANTILES = (0.5, 0.7, 0.8, 0.9)
LATEST = 0.95  # the quantile at which a second start is made even where the sample holds no gain: stalls are rarer than samples
REFUND = 0.75
HEAD_START = 64  # jobs, since the first ones are when there is most to learn
OF_LATE = 0.99  # by which work weighs less with every job
FEWEST = 5  # residuals before the sample is believed


class Residuals(Struct, kw_only=True):
    """The last observed times over their predictions: as they came, and sorted."""

    recent: list[float] = []
    ordered: list[float] = []

    def add(self, ratio: float, window: int, *, censored: bool) -> None:
        """Take in one ratio; the oldest beyond the window go."""
        ratio = min(max(ratio * (CENSORED if censored else 1.0), 1.0 / LONGEST), LONGEST)
        self.recent.append(ratio)
        insort(self.ordered, ratio)
        excess = len(self.recent) - window
        if excess == 1:
            del self.ordered[bisect_left(self.ordered, self.recent.pop(0))]
        elif excess > 1:  # the window was made smaller
            del self.recent[:excess]
            self.ordered = sorted(self.recent)

    def best_delay(self, second: float, price: float, spread: float, unsure: float, *, race: bool) -> float:
        """The best delay, relative to the prediction; 0: a race. ``second``: the other arm's cost, also relative;
        ``spread``: the standard deviation of ln X where there is no sample yet; ``unsure``: that of the prediction itself."""
        sample = self.ordered
        count = len(sample)
        if count < FEWEST:
            return exp(1.645 * spread)
        sums = [0.0, *accumulate(sample)]
        whole = sums[-1]
        best, chosen = 0.0, sample[min(int(LATEST * count), count - 1)]
        delays = [sample[int(q * count)] for q in QUANTILES]
        for delay in [0.0, *delays] if race else delays:
            late = bisect_right(sample, delay + second)
            started = bisect_right(sample, delay)
            saved = whole - sums[late] - (count - late) * (delay + second)
            work = sums[late] - sums[started] - (late - started) * delay + (count - late) * second
            worth = saved - price * work
            if worth > best:
                best, chosen = worth, delay
        return chosen * exp(0.5 * unsure) if chosen else 0.0


class Tokens(Struct, kw_only=True):
    """How many second starts may be made: so many a job, saved up to a cap."""

    held: float = 6.0

    def earn(self, income: float, cap: float) -> None:
        """One more job."""
        self.held = min(self.held + income, cap)

    def spend(self) -> None:
        """A second arm started."""
        self.held -= 1.0

    def refund(self) -> None:
        """The second arm won: what it took was no waste."""
        self.held += REFUND


class Spent(Struct, kw_only=True):
    """What was lately spent on answers that count, and on work that another did, too: second starts that lost, firsts that lost to them,
    shadows. Of one session: it is not kept."""

    counted: int = 0  # answers, up to ``HEAD_START``
    counted_ms: float = 0.0
    twice_ms: float = 0.0

    def age(self) -> None:
        """One more job."""
        self.counted_ms *= OF_LATE
        self.twice_ms *= OF_LATE

    def count(self, wall_ms: float) -> None:
        """An answer that counts took so long."""
        self.counted = min(self.counted + 1, HEAD_START)
        self.counted_ms += wall_ms

    def within(self, share: float) -> bool:
        """Whether work done twice is at most that part of the work that counts; of the first ``HEAD_START`` jobs that is not asked."""
        return share > 0.0 and (self.counted < HEAD_START or self.twice_ms <= share * self.counted_ms)
