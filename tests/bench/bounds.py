"""The bounds that figures are held to: printed beside what was measured, and the exit code of a bench."""

from collections.abc import Sequence
from dataclasses import dataclass

from tests.bench.measure import table


@dataclass(frozen=True, kw_only=True)
class Bound:
    """A figure and what it must not be above (``most``) or below (``least``)."""

    what: str
    measured: float
    most: float | None = None
    least: float | None = None

    @property
    def holds(self) -> bool:
        return (self.most is None or self.measured <= self.most) and (self.least is None or self.measured >= self.least)

    def row(self) -> list[object]:
        wanted = f"at most {self.most:g}" if self.most is not None else f"at least {self.least:g}"
        return [self.what, f"{self.measured:,.2f}", wanted, "holds" if self.holds else "MISSED"]


def judged(bounds: Sequence[Bound]) -> int:
    """Print the bounds; 1 where one is missed, else 0."""
    print()
    print(table(["bound", "measured", "wanted", ""], [bound.row() for bound in bounds]))
    return 0 if all(bound.holds for bound in bounds) else 1
