"""Has an arm changed its speed? A two-sided CUSUM on standardised innovations (Page 1954)."""

from msgspec import Struct

ALLOWANCE = 0.75
ALARM = 6.0
SOONER = 2 / 3  # of it, where times are shorter than predicted: a stall makes a job slower, nothing makes one faster by chance
CLIP = 4.0


class Cusum(Struct, kw_only=True):
    """The two sums, upward and downward."""

    high: float = 0.0
    low: float = 0.0

    def update(self, z: float) -> bool:
        """Take in one innovation, in standard deviations; True: the level has changed (the sums start again)."""
        z = min(max(z, -CLIP), CLIP)
        self.high = max(0.0, self.high + z - ALLOWANCE)
        self.low = max(0.0, self.low - z - ALLOWANCE)
        if self.high <= ALARM and self.low <= SOONER * ALARM:
            return False
        self.high = self.low = 0.0
        return True
